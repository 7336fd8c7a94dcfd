"""What is written to PostgreSQL, without a bot: jobs, albums, send times, the move from SQLite."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import AsyncMock

import pytest
from procrastinate.exceptions import ConnectorException
from sqlalchemy.ext.asyncio import create_async_engine

from bot.cli import main
from bot.feedback.correction_store import Correction, CorrectionStore
from bot.feedback.postgres_correction_store import SharedCorrectionStore
from bot.inbox.entry import Stored
from bot.inbox.postgres.workers import Workers
from bot.inbox.queries import InboxTable, Marks
from bot.runtime.move_to_postgres import move_to_postgres
from bot.storage.chat_records import ChatSettings
from bot.storage.database import Storage
from bot.storage.engine import DATABASE_NAME, DatabaseAwayError, StorageError, connect, name_driver
from bot.transport.flood_limits import SharedRateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from postgres_steps import Hosts

BOT_ID = 4_242


@pytest.fixture
async def storage(postgres_url: str) -> AsyncIterator[Storage]:
    opened = await Storage.open(name_driver(postgres_url))
    yield opened
    await opened.close()


@contextmanager
def hold_directory(directory: Path) -> Iterator[None]:
    """Be another process that runs on it: a process is never kept out by a lock of its own."""
    script = (
        "import sys, pathlib; from bot.storage.engine import DirectoryLock; "
        "lock = DirectoryLock(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline()
        try:
            yield
        finally:
            other.kill()


def part(number: int, album: str | None = "7 holiday") -> Stored:
    return Stored(number, "chat 7", 7, album, 1_000.0, f'{{"update_id": {number}}}')


async def test_two_senders_share_one_limit(storage: Storage):
    """Ten a second, ten at once: of thirty the last goes two seconds after the first, whoever sends it."""
    senders = [SharedRateLimiter(storage.engine, BOT_ID, 10.0) for _ in range(2)]
    started = time.monotonic()
    await asyncio.gather(*(senders[number % 2].wait(number) for number in range(1, 31)))
    assert time.monotonic() - started > 1.8


async def test_a_worker_that_fails_while_it_stops_stays_stopped(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    """Cancelled while the database is away, Procrastinate raises what the database did."""
    workers = Workers(storage.engine, BOT_ID, AsyncMock(), lost_seconds=3, connections=6)
    begun = asyncio.Event()

    async def fail_to_stop(**_: object) -> None:
        begun.set()
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            raise ConnectorException from None

    monkeypatch.setattr(workers._app, "run_worker_async", fail_to_stop)
    workers.start(concurrency=2)
    await begun.wait()
    async with asyncio.timeout(60):
        await workers.stop(1.0)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("worker")]


async def test_whoever_gets_no_connection_is_to_try_again(postgres_url: str):
    """While the database does not answer, all are in use; that is no fault of whoever waits for one."""
    engine = create_async_engine(name_driver(postgres_url), pool_size=1, max_overflow=0, pool_timeout=0.05)
    async with connect(engine):
        with pytest.raises(DatabaseAwayError):
            async with connect(engine):
                pass
    await engine.dispose()


async def test_many_may_start_at_once(postgres_url: str):
    opened = await asyncio.gather(*(Storage.open(name_driver(postgres_url)) for _ in range(4)))
    for storage in opened:
        await storage.close()


async def test_hosts_that_are_upgraded_one_by_one_share_a_database(postgres_url: str, hosts: Hosts):
    """One version behind is worked on: the newer one has only added. Two behind is refused."""
    await (await Storage.open(name_driver(postgres_url))).close()
    await hosts.run_statement("UPDATE alembic_version SET version_num = '0002'")
    await (await Storage.open(name_driver(postgres_url))).close()
    await hosts.run_statement("UPDATE alembic_version SET version_num = '0003'")
    with pytest.raises(StorageError, match="made by a newer version"):
        await Storage.open(name_driver(postgres_url))


async def test_settings_hold_on_every_host(storage: Storage, postgres_url: str):
    other = await Storage.open(name_driver(postgres_url))
    await storage.preferences.get_chat_settings(-5)
    await other.preferences.save_chat_settings(-5, ChatSettings(when="every"))
    assert (await storage.preferences.get_chat_settings(-5)).when == "every"
    await other.close()


async def test_an_installation_moves_with_all_that_it_owes(tmp_path: Path, postgres_url: str, hosts: Hosts):
    before = await Storage.open(tmp_path)
    await before.preferences.save_chat_settings(-5, ChatSettings(when="every", utc_offset=60))
    await before.preferences.set_user_language(7, "de")
    faces = CorrectionStore(before.engine, tmp_path / "corrections", bot_id=BOT_ID)
    face = Correction("a" * 32, 7, 1, "sad", "2026-11-25", "2999-01-01")
    assert await faces.keep(face, b"sealed", await faces.begin(7, 1))
    table = InboxTable(before.engine, BOT_ID)
    await table.write([part(1, None), part(2), part(3), part(4, None)], Marks())
    await table.write([], Marks(done={1: time.time()}))
    await before.close()
    with hold_directory(tmp_path), pytest.raises(StorageError, match=r"Nothing was moved.*already running"):
        await move_to_postgres(tmp_path, postgres_url)

    counts = await move_to_postgres(tmp_path, postgres_url)

    assert counts["inbox"] == 4
    after = await Storage.open(name_driver(postgres_url))
    assert await after.preferences.get_chat_settings(-5) == ChatSettings(when="every", utc_offset=60)
    assert await after.preferences.get_user_language(7) == "de"
    moved = SharedCorrectionStore(after.engine, tmp_path / "elsewhere", bot_id=BOT_ID)
    assert await moved.find(7, 1) == face
    assert await moved.read(face) == b"sealed"
    await after.close()
    assert await hosts.ask("SELECT count(*) FROM procrastinate_jobs") == 3, "of what is not done"
    in_order = "SELECT args ->> 'update_id' FROM procrastinate_jobs ORDER BY priority DESC, id LIMIT 1"
    assert await hosts.ask(in_order) == "2"
    with pytest.raises(StorageError, match=r"Nothing was moved.*not empty"):
        await move_to_postgres(tmp_path, postgres_url)
    assert (tmp_path / DATABASE_NAME).exists()


def test_the_commands_say_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, postgres_url: str
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_TOKEN", "123456:" + "a" * 35)
    assert main(["worker"]) == 1
    assert "Set DATABASE_URL" in capsys.readouterr().err
    assert main(["move-to-postgres"]) == 1
    assert "Set DATABASE_URL" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hush@nowhere/x")
    assert main(["migrate"]) == 1
    said = capsys.readouterr().err
    assert "expected postgresql://" in said
    assert "hush" not in said
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    assert main(["migrate"]) == 0
    assert "up to date" in capsys.readouterr().out
