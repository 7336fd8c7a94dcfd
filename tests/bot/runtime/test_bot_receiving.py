"""How messages come in while something fails: each is answered once, and the log says what was wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from bot_fakes import BACKEND, PICTURE, ScriptedClassifier, run_bot_in, until
from sqlalchemy import event

from bot.config.parsers import Secret
from bot.transport.update_parser import AT_ONCE
from playground import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
UNREACHABLE = "Telegram cannot be reached; trying again"


@contextmanager
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def count_failures(bot: RunningBot, reason: str) -> float:
    labels = {"reason": reason}
    return bot.services.metrics.registry.get_sample_value("bot_polling_failures_total", labels) or 0


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (
            Fault("conflict", "getUpdates"),
            "conflict",
            "another program receives this bot's messages; stop it",
        ),
        (Fault("malformed", "getUpdates"), "telegram", UNREACHABLE),
        (Fault("server_error", "getUpdates"), "telegram", UNREACHABLE),
        (Fault("bad_gateway", "getUpdates"), "telegram", UNREACHABLE),
        (Fault("reset", "getUpdates"), "telegram", UNREACHABLE),
        (Fault("lost_answer", "getUpdates"), "telegram", UNREACHABLE),
        (Fault("truncated", "getUpdates"), "telegram", UNREACHABLE),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_a_failing_poll_is_said_and_loses_nothing(
    playground: Playground, tmp_path: Path, fault: Fault, reason: str, words: str
):
    """Whatever becomes of a poll, the next one brings what it did not, once."""
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    playground.fail(dataclasses.replace(fault))  # counted down while it is used
    with log_lines() as lines:
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()) as bot:
            await playground.wait_for_reply(photo)
            await until(lambda: not playground.pending_updates)
            assert count_failures(bot, reason) == 1

    assert len(playground.replies(photo)) == 1
    assert any(line["event"].startswith(words) for line in lines)


async def test_an_update_that_cannot_be_read_holds_up_nobody(playground: Playground, tmp_path: Path):
    """Of what this version does not understand only the number is taken; what comes with it is answered."""
    playground.world.updates.put("message", {"message_id": 1, "text": "a secret", "chat": "no chat at all"})
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    with log_lines() as lines:
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
            await playground.wait_for_reply(photo)
            await until(lambda: not playground.pending_updates)
            later = await playground.send_photo(playground.private, playground.ana, PICTURE)
            await playground.wait_for_reply(later)
    passed_over = [line for line in lines if line["event"].startswith("an update cannot be read")]
    assert len(passed_over) == 1
    assert "secret" not in str(passed_over)


async def test_a_burst_is_read_in_pieces_and_answered_once_in_order(
    playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A poll may bring a hundred messages; reading them all at once would hold up everything else."""
    monkeypatch.setattr("bot.transport.flood_limits._CHAT_BURST", 100.0)
    texts = [await playground.send_text(playground.private, playground.ana, f"hello {n}") for n in range(50)]
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        for text in texts:
            await playground.wait_for_reply(text)
        await until(lambda: not playground.pending_updates)

    answers = playground.messages(playground.private, from_bot=True)
    assert [answer.reply_to for answer in answers] == texts
    offsets = [int(call.parameters.get("offset", 0)) for call in playground.call_log.calls("getUpdates")]
    steps = [after - before for before, after in itertools.pairwise(sorted(set(offsets))) if before]
    assert max(steps) <= AT_ONCE


async def test_messages_of_a_time_offline_are_answered_when_it_is_over(
    playground: Playground, tmp_path: Path
):
    """Nobody answers at Telegram's address for a while; then all that came meanwhile is answered, once."""
    with log_lines() as lines:
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()) as bot:
            first = await playground.send_text(playground.private, playground.ana, "hello")
            await playground.wait_for_reply(first)
            await playground.stop()
            photos = [
                await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(3)
            ]
            await until(lambda: count_failures(bot, "telegram"))
            await playground.start()
            for photo in photos:
                await playground.wait_for_reply(photo)

    assert [len(playground.replies(photo)) for photo in photos] == [1, 1, 1]
    assert UNREACHABLE in [line["event"] for line in lines]


@asynccontextmanager
async def locked_database(_bot: RunningBot, directory: Path) -> AsyncIterator[None]:
    """Another program holds the database."""
    other = sqlite3.connect(directory / "bot.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@asynccontextmanager
async def full_disk(bot: RunningBot, _directory: Path) -> AsyncIterator[None]:
    """There is no room for another page."""
    async with pragma_of_inbox(bot, "max_page_count=1"):
        yield


@asynccontextmanager
async def read_only_disk(bot: RunningBot, _directory: Path) -> AsyncIterator[None]:
    """The system has taken the right to write away, as it does with a disk that fails."""
    async with pragma_of_inbox(bot, "query_only=ON"):
        yield


@asynccontextmanager
async def pragma_of_inbox(bot: RunningBot, pragma: str) -> AsyncIterator[None]:
    engine = bot.services.storage.engine

    def set_pragma(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(engine.sync_engine, "connect", set_pragma)
    await until(lambda: not engine.pool.checkedout())
    await engine.dispose()
    yield
    event.remove(engine.sync_engine, "connect", set_pragma)
    await until(lambda: not engine.pool.checkedout())
    await engine.dispose()


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (locked_database, "is locked by another program"),
        (full_disk, "is full. Free some space on it"),
        (read_only_disk, "cannot be written. Give the bot's user the right"),
    ],
)
async def test_what_cannot_be_kept_stays_with_telegram_and_the_log_says_why(
    playground: Playground, tmp_path: Path, trouble: Any, sentence: str
):
    """A full or read-only disk or a locked database is not called a failing network, and costs no message."""
    if BACKEND.server:
        pytest.skip("what can fail of a file; of PostgreSQL it is tested in tests/bot/postgres")
    with log_lines() as lines:
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()) as bot:
            async with pragma_of_inbox(bot, "busy_timeout=20"):
                async with trouble(bot, tmp_path):
                    # More than the pages in use, and those that are free, have room for.
                    messages = [
                        await playground.send_text(playground.private, playground.ana, "x" * 4_096)
                        for _ in range(20)
                    ]
                    await until(lambda: count_failures(bot, "inbox"))
                    await until(lambda: sentence in (bot.services.inbox.write_error or ""))
                    assert playground.replies(messages[-1]) == []
                for message in messages:
                    await playground.wait_for_reply(message)
            assert count_failures(bot, "telegram") == 0

    assert [len(playground.replies(message)) for message in messages] == [1] * len(messages)
    told = [line for line in lines if line["event"].startswith("messages cannot be kept")]
    assert sentence in told[0]["reason"]


async def test_what_a_webhook_brings_and_cannot_be_kept_is_refused_said_and_counted(
    playground: Playground, tmp_path: Path, unused_tcp_port: int
):
    """Telegram delivers it again until it is in the inbox, and it is answered once."""
    if BACKEND.server:
        pytest.skip("the lock is one of SQLite's file")
    options = {
        "webhook_url": f"http://127.0.0.1:{unused_tcp_port}",
        "webhook_secret": Secret("only-telegram-knows-this"),
        "webhook_port": unused_tcp_port,
    }
    with log_lines() as lines:
        async with (
            run_bot_in(playground, tmp_path, ScriptedClassifier(), **options) as bot,
            pragma_of_inbox(bot, "busy_timeout=20"),
        ):
            async with locked_database(bot, tmp_path):
                text = await playground.send_text(playground.private, playground.ana, "hello")
                await until(lambda: count_failures(bot, "inbox"))
                assert playground.pending_updates
            await playground.wait_for_reply(text)
            await until(lambda: not playground.pending_updates)

    assert len(playground.replies(text)) == 1
    told = [line for line in lines if line["event"].startswith("messages cannot be kept")]
    assert "is locked by another program" in told[0]["reason"]


async def test_a_database_that_is_damaged_while_the_bot_runs_costs_no_message(
    playground: Playground, tmp_path: Path
):
    """Telegram keeps what comes; once a copy is put back, as the log says, the next start answers it."""
    if BACKEND.server:
        pytest.skip("PostgreSQL looks after its own files")
    with log_lines() as lines:
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()) as bot:
            before = await playground.send_photo(playground.private, playground.ana, PICTURE)
            await playground.wait_for_reply(before)
            await until(lambda: not bot.services.inbox.in_flight)
            healthy = damage_inbox(tmp_path / "bot.sqlite3")
            async with pragma_of_inbox(
                bot, "busy_timeout=20"
            ):  # and so in a fresh connection, which remembers nothing
                photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
                await until(lambda: count_failures(bot, "inbox"))
                assert "is damaged. Put back a copy of it" in (bot.services.inbox.write_error or "")
                assert playground.pending_updates
    assert playground.replies(photo) == []
    told = [line for line in lines if line["event"].startswith("messages cannot be kept")]
    assert "is damaged. Put back a copy of it" in told[0]["reason"]

    (tmp_path / "bot.sqlite3").write_bytes(healthy)
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        await playground.wait_for_reply(photo)
    assert [len(playground.replies(message)) for message in (before, photo)] == [1, 1]


def damage_inbox(database: Path) -> bytes:
    """Overwrite the pages that the inbox begins with, and return the file as it was."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        roots = connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'inbox'").fetchall()
    healthy = database.read_bytes()
    with database.open("r+b") as file:
        for (root,) in roots:
            file.seek((root - 1) * size)
            file.write(b"\xa5" * size)
    return healthy


async def test_a_revoked_token_ends_the_bot_and_loses_nothing(playground: Playground, tmp_path: Path):
    """What could not be answered any more is answered, once, by the bot with its new token."""
    classifier = ScriptedClassifier()
    classifier.may_answer.clear()
    async with run_bot_in(playground, tmp_path, classifier, stop_seconds=5) as bot:
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await until(lambda: classifier.asked)
        playground.fail(Fault("unauthorized", count=-1))
        classifier.may_answer.set()
        await playground.send_text(playground.private, playground.ana, "hello")  # ends the poll that waits
        await asyncio.wait_for(bot.refused.wait(), 60)
    assert playground.replies(photo) == []
    playground.faults.clear()
    async with run_bot_in(playground, tmp_path, classifier):
        await playground.wait_for_reply(photo)

    assert len(playground.replies(photo)) == 1
