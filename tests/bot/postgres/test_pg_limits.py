"""Limits that two processes of one bot keep together: none of them is doubled."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, until
from limits_steps import BOT_ID, REFUSED, SEEN

from bot.cli import main
from bot.feedback.correction_store import Correction
from bot.feedback.postgres_correction_store import SharedCorrectionStore
from bot.limits.access_notices import AccessNotices
from bot.limits.chat_throttle import ChatThread, ChatThrottle
from bot.limits.idempotency import IdempotencyKeys
from bot.storage.chat_records import ChatSettings
from bot.storage.database import Storage
from bot.storage.engine import name_driver
from bot.transport.flood_limits import SharedRateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from postgres_steps import Hosts

    from playground import Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
FACE = Correction("a" * 32, 7, 1, "sad", "2026-11-25", "2999-01-01")


@pytest.fixture
async def storages(postgres_url: str) -> AsyncIterator[list[Storage]]:
    """Two hosts' ways to the same database."""
    opened = [await Storage.open(name_driver(postgres_url)) for _ in range(2)]
    yield opened
    for storage in opened:
        await storage.close()


def find_messages(playground: Playground) -> list[Message]:
    return playground.messages(playground.group, from_bot=True)


def list_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_two_workers_give_a_group_no_more_than_its_share(playground: Playground, hosts: Hosts):
    """Two answers a minute wanted, twelve asked for: two, and then one that says the other ten."""
    classifiers = [ScriptedClassifier(), ScriptedClassifier()]
    async with (
        hosts.run("ingress") as ingress,
        hosts.run("worker", classifiers[0]) as one,
        hosts.run("worker", classifiers[1]) as other,
    ):
        wanted = ChatSettings(answers_per_minute=2)
        await ingress.services.storage.preferences.save_chat_settings(playground.group.id, wanted)
        photos = [
            await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
            for _ in range(12)
        ]
        await until(lambda: sum(len(classifier.asked) for classifier in classifiers) == len(photos))
        await hosts.until("SELECT count(*) = 10 FROM gathered")
        await hosts.until("SELECT count(*) = 1 FROM inbox WHERE payload IS NOT NULL")
        assert len(find_messages(playground)) == 2
        for worker in (one, other):
            await worker.services.inbox.stop(60)
        await until(lambda: len(find_messages(playground)) == 3)
        await hosts.until("SELECT count(*) = 0 FROM procrastinate_jobs")
    *_, last = find_messages(playground)
    assert last.text.startswith("10 more photos from a busy minute:")
    assert await hosts.ask("SELECT count(*) = 0 FROM gathered")
    assert len(find_messages(playground)) == 3


async def test_what_a_killed_worker_gathered_is_given_by_another(playground: Playground, hosts: Hosts):
    """Whoever takes it over looks at none of the photos again."""
    classifier = ScriptedClassifier()
    async with hosts.run("ingress") as ingress:
        wanted = ChatSettings(answers_per_minute=1)
        await ingress.services.storage.preferences.save_chat_settings(playground.group.id, wanted)
        lost = await hosts.start_process("worker", "lost")
        for _ in range(4):
            await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
        await hosts.until("SELECT count(*) = 3 FROM gathered")
        await hosts.until("SELECT count(*) = 1 FROM inbox WHERE payload IS NOT NULL")
        lost.kill()
        await lost.wait()
        await hosts.run_statement("UPDATE gathered SET due = 0")
        assert len(find_messages(playground)) == 1
        async with hosts.run("worker", classifier):
            await until(lambda: len(find_messages(playground)) == 2)
            await hosts.until("SELECT count(*) = 0 FROM procrastinate_jobs")
    assert find_messages(playground)[-1].text.startswith("3 more photos from a busy minute:")
    assert classifier.asked == []


async def test_of_many_at_once_no_more_than_the_share_goes_out(storages: list[Storage]):
    throttles = [ChatThrottle(storage.engine, BOT_ID) for storage in storages]
    taken = await asyncio.gather(*(throttles[n % 2].acquire(ChatThread(-5), 3, n) for n in range(20)))
    assert sum(taken) == 3
    waits = await asyncio.gather(
        *(throttles[n % 2].gather(ChatThread(-5), [SEEN, REFUSED], n, user_id=1) for n in range(100, 110))
    )
    (head,) = [number for number, wait in enumerate(waits, start=100) if wait is not None]
    assert len(await throttles[(head + 1) % 2].collect(ChatThread(-5), head)) == 20


async def test_a_button_and_a_refusal_are_once_for_all_processes(storages: list[Storage]):
    keys = [IdempotencyKeys(storage.engine, BOT_ID) for storage in storages]
    taken = await asyncio.gather(*(keys[n % 2].acquire(7, "press 1 yes", n) for n in range(10)))
    assert sum(taken) == 1

    one, other = (AccessNotices(storage.engine, BOT_ID) for storage in storages)
    await one.note(-9)
    assert await other.is_told(-9)
    await one.forget(-9)
    assert not await other.is_told(-9)


def note_waits(sender: SharedRateLimiter, waits: list[float]) -> None:
    """Have it note how long each message is told to wait."""
    take = sender._take

    async def take_and_note(asking: list) -> list[float]:
        told = await take(asking)
        waits.extend(told)
        return told

    sender._take = take_and_note


@pytest.mark.parametrize(("chat_id", "seconds"), [(-5, 3.0), (5, 1.0)], ids=["group", "person"])
async def test_a_chat_is_sent_no_more_than_telegram_allows(
    storages: list[Storage], chat_id: int, seconds: float
):
    """Twenty at once, then 20 a minute to a group and one a second to a person, whoever sends."""
    senders = [SharedRateLimiter(storage.engine, BOT_ID, 1_000.0) for storage in storages]
    waits: list[float] = []
    for sender in senders:
        note_waits(sender, waits)
    started = time.monotonic()
    await asyncio.gather(*(senders[number % 2].wait(chat_id) for number in range(20)))
    assert waits == [0.0] * 20
    await senders[0].wait(chat_id)
    assert time.monotonic() - started > seconds * 0.9


async def test_messages_that_ask_at_once_share_a_statement(storages: list[Storage], hosts: Hosts):
    """And are put in a row all the same; another bot has its own."""
    sender, of_another = (
        SharedRateLimiter(storages[0].engine, BOT_ID, 30.0),
        SharedRateLimiter(storages[1].engine, 9, 30.0),
    )
    statements: Counter[str] = Counter()

    take = sender._take

    async def count(asking: list) -> list[float]:
        statements["taken"] += 1
        return await take(asking)

    sender._take = count
    started = time.monotonic()
    await asyncio.gather(*(sender.wait(number) for number in range(1, 46)))
    elapsed = time.monotonic() - started
    assert elapsed > 0.45, "45 messages at 30 a second, 30 of which may go at once"
    assert statements["taken"] <= 2
    await of_another.wait(1)
    assert await hosts.ask("SELECT count(*) = 2 FROM send_times WHERE bot_id = 9")


async def test_a_face_given_to_one_host_is_known_to_all(storages: list[Storage], tmp_path: Path):
    """Shown, found and forgotten on another, without a folder in common."""
    one, other = (
        SharedCorrectionStore(storage.engine, tmp_path / str(number), bot_id=BOT_ID)
        for number, storage in enumerate(storages)
    )
    assert await one.keep(FACE, b"sealed", await one.begin(7, 1))
    assert await other.find(7, 1) == FACE
    assert await other.read(FACE) == b"sealed"
    assert await SharedCorrectionStore(storages[0].engine, tmp_path, bot_id=9).find(7, 1) is None
    begun = await one.begin(7, 2)

    assert await other.forget(7) == 1

    assert not await one.keep(Correction("b" * 32, 7, 2, "sad", "2026-11-25", "2999-01-01"), b"x", begun)
    assert await one.list_of(7) == []
    assert list_files(tmp_path) == []


async def test_files_of_an_earlier_version_go_into_the_database(
    storages: list[Storage], tmp_path: Path, hosts: Hosts
):
    """Those that have a row; of the others, those that nobody can be writing any more are removed."""
    store = SharedCorrectionStore(storages[0].engine, tmp_path, bot_id=BOT_ID)
    await store.keep(FACE, b"sealed", await store.begin(7, 1))
    await hosts.run_statement("UPDATE corrections SET sealed = NULL")
    (tmp_path / FACE.file_name).write_bytes(b"from a file")
    half, young = tmp_path / "0.face", tmp_path / "1.face"
    for file in (half, young, tmp_path / f"{FACE.file_name}.part"):
        file.write_bytes(b"half")
    os.utime(half, (0, 0))

    await store.repair()

    assert await SharedCorrectionStore(storages[1].engine, tmp_path / "x", bot_id=BOT_ID).read(FACE) == (
        b"from a file"
    )
    assert list_files(tmp_path) == ["1.face", f"{FACE.file_name}.part"]


async def test_faces_are_copied_for_training(
    storages: list[Storage],
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """The folder holds what the database does: what is forgotten is gone from it at the next copy."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    store = SharedCorrectionStore(storages[0].engine, tmp_path / "none", bot_id=BOT_ID)
    await store.keep(FACE, b"sealed", await store.begin(7, 1))
    folder = tmp_path / "faces"

    async def copy() -> int:
        return await asyncio.to_thread(main, ["copy-corrections", str(folder)])

    assert await copy() == 0
    assert (folder / FACE.file_name).read_bytes() == b"sealed"
    assert "holds 1 sealed faces" in capsys.readouterr().out
    await store.forget(7)
    assert await copy() == 0
    assert not list(folder.iterdir())
    (folder / "thesis.txt").write_text("mine")
    assert await copy() == 1
    assert "something else than sealed faces" in capsys.readouterr().err
    assert (folder / "thesis.txt").exists()


async def test_forget_on_one_worker_holds_on_the_others(playground: Playground, hosts: Hosts):
    """What one worker has gathered is shown by /mydata, and not said after /forget, whoever handles them."""
    async with hosts.run("ingress") as ingress, hosts.run("worker"), hosts.run("worker"):
        wanted = ChatSettings(answers_per_minute=1)
        await ingress.services.storage.preferences.save_chat_settings(playground.group.id, wanted)
        for sender in (playground.ben, playground.ben, playground.ana, playground.ana):
            await playground.send_photo(playground.group, sender, PICTURE, caption="/emotion")
        await hosts.until("SELECT count(*) = 3 FROM gathered")
        asked = await playground.send_text(playground.private, playground.ana, "/mydata")
        file_id = (await playground.wait_for_reply(asked)).file_id
        stored = json.loads(playground.world.files.find(file_id).content)
        assert stored["answers_held_until_a_busy_minute_is_over"] == 2
        forget = await playground.send_text(playground.private, playground.ana, "/forget")
        await playground.wait_for_reply(forget)
        assert await hosts.ask("SELECT count(*) = 1 FROM gathered")
    assert find_messages(playground)[-1].text.count("Looks happy") == 1
