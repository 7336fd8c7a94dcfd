"""Sealed faces on the disk: pairs of file and row, whatever ends the bot, and not beyond their time."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.feedback.correction_store import Correction, CorrectionStore, FaceChanges
from bot.feedback.face_files import FaceFiles
from bot.storage.database import Storage
from bot.storage.engine import StorageError
from classifier.atomic_write import PARTIAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHILD = Path(__file__).with_name("killed_keeper.py")
TODAY = dt.date(2026, 11, 22)
SEALED = b"sealed"


def build_correction(number: int, user_id: int = 7, expires: str = "2027-01-01") -> Correction:
    return Correction(f"{number:032x}", user_id, number, "sad", TODAY.isoformat(), expires)


@pytest_asyncio.fixture
async def store(storage: Storage, tmp_path: Path) -> AsyncIterator[CorrectionStore]:
    opened = CorrectionStore(storage.engine, tmp_path / "corrections", today=lambda: TODAY)
    await opened.repair()
    yield opened


def list_files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "corrections").glob("*"))


async def test_what_was_kept_is_found_and_read(store: CorrectionStore, tmp_path: Path) -> None:
    """By its owner and the question; nobody else's turns up."""
    mine, other = build_correction(1), build_correction(2, user_id=8)
    for correction in (mine, other):
        assert await store.keep(correction, SEALED, generation=0)

    assert await store.list_of(7) == [mine]
    assert await store.count_of(8) == 1
    assert await store.find(7, 1) == mine
    assert await store.find(7, 2) is None
    assert await store.read(mine) == SEALED
    assert list_files(tmp_path) == [mine.file_name, other.file_name]
    assert (tmp_path / "corrections").stat().st_mode & 0o077 == 0


async def test_what_one_bot_is_about_to_keep_is_forgotten_by_another(
    storage: Storage, tmp_path: Path
) -> None:
    """Who says yes to one bot and /forget to another of the same program gives nothing."""
    changes = FaceChanges()
    asked, told = (
        CorrectionStore(storage.engine, tmp_path / "corrections", bot_id=number, changes=changes)
        for number in (1, 2)
    )
    generation = await asked.begin(7, 1)

    assert await told.forget(7) == 0

    assert not await asked.keep(build_correction(1), SEALED, generation)
    assert list_files(tmp_path) == []
    assert await asked.keep(build_correction(2), SEALED, await asked.begin(7, 2))


async def test_halves_of_pairs_are_removed_at_the_start(store: CorrectionStore, tmp_path: Path) -> None:
    """A file without a row, a row without a file, and what was left of writing; whole pairs stay."""
    whole, without_file, without_row = (build_correction(number) for number in (1, 2, 3))
    for correction in (whole, without_file):
        await store.keep(correction, SEALED, generation=0)
    folder = tmp_path / "corrections"
    (folder / without_file.file_name).unlink()
    (folder / without_row.file_name).write_bytes(SEALED)
    (folder / f"{PARTIAL}{without_row.file_name}").write_bytes(SEALED[:3])

    await store.repair()

    assert list_files(tmp_path) == [whole.file_name]
    assert await store.list_of(7) == [whole]


async def test_a_start_takes_nothing_for_a_half_that_another_bot_is_keeping(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking for files and looking for rows another bot of the program may keep a whole pair."""
    changes = FaceChanges()
    starting, keeping = (
        CorrectionStore(
            storage.engine, tmp_path / "corrections", today=lambda: TODAY, bot_id=number, changes=changes
        )
        for number in (1, 2)
    )
    list_names = FaceFiles.names

    async def list_names_slowly(files: FaceFiles) -> set[str]:
        found = await list_names(files)
        await asyncio.sleep(0.2)
        return found

    monkeypatch.setattr(FaceFiles, "names", list_names_slowly)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(starting.repair())
        await asyncio.sleep(0)
        tasks.create_task(keeping.keep(build_correction(1), SEALED, generation=0))

    assert list_files(tmp_path) == [build_correction(1).file_name]
    assert await keeping.list_of(7) == [build_correction(1)]


async def test_a_write_that_is_cancelled_leaves_no_file(tmp_path: Path) -> None:
    """Nobody would know of it, and so nobody could have it forgotten."""
    writing = asyncio.create_task(FaceFiles(tmp_path / "corrections").write("1.face", bytes(1_000_000)))
    await asyncio.sleep(0)

    writing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await writing
    assert list_files(tmp_path) == []


async def test_a_killed_bot_leaves_no_half_of_a_pair(tmp_path: Path) -> None:
    """Killed again and again in the middle of keeping: at the next start each face is whole or not there."""
    confirmed = 0
    half = tmp_path / "corrections" / build_correction(999).file_name
    half.parent.mkdir()
    half.write_bytes(SEALED)  # so that there is one for certain, whenever the kills come
    for _ in range(3):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            CHILD,
            tmp_path,
            str(confirmed),
            stdout=asyncio.subprocess.PIPE,
            cwd=CHILD.parents[3],
        )
        for _ in range(4):
            confirmed = int(await asyncio.wait_for(child.stdout.readline(), 60))
        child.send_signal(signal.SIGKILL)
        rest, _ = await child.communicate()
        confirmed = int(rest.split()[-1]) if rest.split() else confirmed
    storage = await Storage.open(tmp_path)
    store = CorrectionStore(storage.engine, tmp_path / "corrections", today=lambda: TODAY)
    await store.repair()
    rows = await store.list_of(7)
    await storage.close()

    assert sorted(row.file_name for row in rows) == list_files(tmp_path)
    assert {row.message_id for row in rows} >= set(range(1, confirmed + 1)), "what was confirmed is there"


async def test_what_has_expired_is_deleted(store: CorrectionStore, tmp_path: Path) -> None:
    """On its last day; the others stay."""
    expired, young = build_correction(1, expires="2026-11-22"), build_correction(2, expires="2026-11-23")
    for correction in (expired, young):
        await store.keep(correction, SEALED, generation=0)
    await store.purge()
    assert list_files(tmp_path) == [young.file_name]
    assert await store.list_of(7) == [young]


async def test_forgetting_takes_the_files_and_what_is_on_its_way(
    store: CorrectionStore, tmp_path: Path
) -> None:
    """Only the person's own; a face that was being classified meanwhile comes too late."""
    for number in (1, 2):
        await store.keep(build_correction(number), SEALED, generation=0)
    await store.keep(build_correction(3, user_id=8), SEALED, generation=0)
    generation = await store.begin(7, 4)

    assert await store.forget(7) == 2

    assert not await store.keep(build_correction(4), SEALED, generation)
    assert list_files(tmp_path) == [build_correction(3).file_name]
    assert await store.keep(build_correction(5), SEALED, await store.begin(7, 5))


async def test_a_row_that_cannot_be_written_leaves_no_file(store: CorrectionStore, tmp_path: Path) -> None:
    """The same question is answered once: the second row is refused, and its file goes with it."""
    await store.keep(build_correction(1), SEALED, generation=0)
    twice = Correction("f" * 32, 7, 1, "happy", "2026-11-22", "2027-01-01")

    with pytest.raises(StorageError):
        await store.keep(twice, SEALED, generation=0)

    assert list_files(tmp_path) == [build_correction(1).file_name]


async def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(
    storage: Storage, tmp_path: Path
) -> None:
    """With what the host can do about it; and no row is left behind."""
    (tmp_path / "taken").write_text("a file, not a folder")
    store = CorrectionStore(storage.engine, tmp_path / "taken")

    with pytest.raises(StorageError, match=r"cannot be used .+ room on the disk"):
        await store.keep(build_correction(1), SEALED, generation=0)

    assert await store.list_of(7) == []


async def test_a_question_is_one_bots_one_persons_and_one_messages(storage: Storage, tmp_path: Path) -> None:
    """The messages of different bots, and of different people, have the same numbers."""
    store, of_another = (CorrectionStore(storage.engine, tmp_path / "c", bot_id=bot_id) for bot_id in (1, 2))
    face = build_correction(1)
    await store.keep(face, SEALED, generation=0)
    assert await store.find(7, 1) == face
    assert [await store.find(8, 1), await store.find(7, 2), await of_another.find(7, 1)] == [None] * 3
    assert [await store.count_of(7), await store.count_of(8)] == [1, 0]


async def test_a_sealed_face_is_readable_by_the_bots_user_alone(
    store: CorrectionStore, tmp_path: Path
) -> None:
    """Neither the file nor the folder is open to others."""
    await store.keep(build_correction(1), SEALED, generation=0)
    folder = tmp_path / "corrections"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]


async def test_forgetting_counts_from_the_moment_it_is_asked_for(store: CorrectionStore) -> None:
    """While another change is under way, too: what is kept after it was asked before, and does not stay."""
    generation = await store.begin(7, 1)
    async with store._changes.lock:
        forgetting = asyncio.create_task(store.forget(7))
        keeping = asyncio.create_task(store.keep(build_correction(1), SEALED, generation))
        await asyncio.sleep(0)
        assert await store.begin(7, 2) == generation + 1
    assert (await forgetting, await keeping) == (0, False)
    assert await store.list_of(7) == []


async def test_a_face_whose_file_cannot_be_deleted_keeps_its_row(
    store: CorrectionStore, tmp_path: Path
) -> None:
    """The row names it: without one nobody would delete it later."""
    await store.keep(build_correction(1), SEALED, generation=0)
    (path,) = (tmp_path / "corrections").iterdir()
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageError):
        await store.remove(build_correction(1))
    assert await store.list_of(7) == [build_correction(1)]
