from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from stepped_inbox import SteppedInbox
from telegram.error import NetworkError
from telegram_doubles import build_update

from bot.inbox.base import InboxWriteError
from bot.storage.database import Storage
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from telegram import Bot

_NOBODY = 65_534


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the database's write lock, as another program could."""
    other = sqlite3.connect(directory / "bot.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def locked_for_reading(directory: Path) -> Iterator[None]:
    """Hold the database so that nobody else can even read it."""
    other = sqlite3.connect(directory / "bot.sqlite3", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


@asynccontextmanager
async def limited_inbox(storage: Storage, bot: Bot, pragma: str) -> AsyncIterator[SteppedInbox]:
    """Open an inbox with one more pragma, until the end of the context."""
    inbox = SteppedInbox(storage.engine)
    engine = storage.engine.sync_engine

    def set_pragma(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", set_pragma)
    await storage.engine.dispose()
    await inbox.start(bot)
    yield inbox
    await inbox.close()
    event.remove(engine, "connect", set_pragma)
    await storage.engine.dispose()


async def test_a_full_disk_leaves_the_update_with_telegram(storage: Storage, bot: Bot) -> None:
    """It is refused as a network error, which polling outlives; once there is room it is taken."""
    async with limited_inbox(storage, bot, "max_page_count=1") as inbox:
        with pytest.raises(InboxWriteError, match="full") as caught:
            # More than what migrations have left free in the file.
            await inbox.add(build_update(1, caption="x" * 900_000))
        assert isinstance(caught.value, NetworkError)
        assert "Free some space" in (inbox.write_error or "")
        assert inbox.waiting == 0
    again = SteppedInbox(storage.engine)
    await again.start(bot)
    await again.add(build_update(1))
    assert again.write_error is None
    assert (await asyncio.wait_for(again.get(), 60)).update_id == 1
    await again.close()


async def test_of_calls_that_are_committed_together_each_hears_that_it_failed(
    storage: Storage, bot: Bot, tmp_path: Path
) -> None:
    """Nothing of them is kept, so that Telegram's next try is taken for the first, also if it comes twice."""
    async with limited_inbox(storage, bot, "busy_timeout=20") as inbox:
        updates = [build_update(number, number) for number in (1, 2, 3)]
        with locked(tmp_path):
            ends = await asyncio.gather(*map(inbox.add, updates), return_exceptions=True)
        assert [type(end) for end in ends] == [InboxWriteError] * 3
        assert inbox.waiting == 0
        await asyncio.gather(*map(inbox.add, [*updates, updates[0]]))
        assert sorted([(await inbox.get()).update_id for _ in updates]) == [1, 2, 3]
        assert inbox.waiting == 0


async def test_an_answer_given_while_the_disk_fails_is_not_given_twice(
    storage: Storage, bot: Bot, tmp_path: Path
) -> None:
    """The mark is kept in memory and written when the disk works again; nobody waits for it meanwhile."""
    async with limited_inbox(storage, bot, "busy_timeout=20") as inbox:
        await inbox.add(build_update(1))
        await inbox.get()
        with locked(tmp_path):
            await asyncio.wait_for(inbox.settle(1), 60)
            assert "locked" in (inbox.write_error or "")
    after = SteppedInbox(storage.engine)
    await after.start(bot)
    assert after.waiting == 0
    await after.close()


async def test_an_update_that_cannot_be_read_now_is_read_later(
    storage: Storage, bot: Bot, tmp_path: Path
) -> None:
    """Its place must not die of an error: the update keeps its turn."""
    first = SteppedInbox(storage.engine)
    await first.start(bot)
    await first.add(build_update(1))
    await first.close()
    async with limited_inbox(storage, bot, "busy_timeout=20") as inbox:
        await asyncio.wait_for(inbox.get(), 60)
        inbox.retry_later(1, 0.1)
        await inbox._writer.flush()
        await storage.engine.dispose()
        with locked_for_reading(tmp_path):
            await inbox.settle(1)
            getting = asyncio.create_task(inbox.get())
            await asyncio.sleep(0.2)
            assert not getting.done()
        assert await asyncio.wait_for(getting, 60) == build_update(1)


@pytest.mark.parametrize("years", [1, -1])
async def test_a_clock_that_jumps_makes_nothing_come_twice(storage: Storage, bot: Bot, years: int) -> None:
    """The latest numbers stay known by count, whatever the clock says about their age."""
    now = [1_700_000_000.0]
    inbox = SteppedInbox(storage.engine, clock=lambda: now[0])
    await inbox.start(bot)
    for update_id in (1, 2):
        await inbox.add(build_update(update_id))
        await inbox.get()
        await inbox.settle(update_id)
        now[0] += years * 365 * 86_400
        inbox._table._purged_at = float("-inf")
    await inbox.add(build_update(1))
    assert inbox.waiting == 0
    await inbox.close()


async def test_numbers_of_long_ago_are_deleted(storage: Storage, bot: Bot, tmp_path: Path) -> None:
    """Beyond a day and a half and a thousand updates they are of no use."""
    now = [1_700_000_000.0]
    inbox = SteppedInbox(storage.engine, clock=lambda: now[0])
    await inbox.start(bot)
    await inbox.add(*(build_update(number, number) for number in range(1, 1_101)))
    await inbox._writer.mark_done(range(1, 1_100))
    now[0] += 35 * 3_600
    inbox._table._purged_at = float("-inf")
    await inbox._writer.mark_done([1_099])
    with sqlite3.connect(tmp_path / "bot.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (1_100,), (
            "Telegram may repeat them"
        )
    now[0] += 2 * 3_600
    inbox._table._purged_at = float("-inf")
    await inbox._writer.mark_done([1_100])
    await inbox.close()
    with sqlite3.connect(tmp_path / "bot.sqlite3") as connection:
        assert connection.execute("SELECT min(update_id), count(*) FROM inbox").fetchall() == [(101, 1_000)]


async def test_a_start_on_a_locked_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """The message names the file and says what to do."""
    await (await Storage.open(tmp_path)).close()
    with (
        locked_for_reading(tmp_path),
        pytest.raises(StorageError, match=r"bot\.sqlite3 is locked by another program\. Close"),
    ):
        await Storage.open(tmp_path)


@pytest.mark.parametrize("start", [0, -4_096])
async def test_a_start_on_a_damaged_database_is_refused_with_a_sentence(tmp_path: Path, start: int) -> None:
    """Damage is found at the start of the bot, in the first page as in the last."""
    await (await Storage.open(tmp_path)).close()
    database = tmp_path / "bot.sqlite3"
    content = bytearray(database.read_bytes())
    start %= len(content)
    content[start : start + 3_000] = b"\xa5" * 3_000
    database.write_bytes(content)
    with pytest.raises(StorageError, match=r"damaged\. Put back a copy of it, or move it away"):
        await Storage.open(tmp_path)


async def test_a_start_without_the_right_to_write_is_refused_with_a_sentence() -> None:
    """Both where nothing can be created and where the database is there but read-only."""
    with tempfile.TemporaryDirectory() as name, without_rights():
        directory = Path(name)
        with pytest.raises(StorageError, match="cannot be written"):
            await Storage.open(directory / "data")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        await (await Storage.open(directory)).close()
        (directory / "bot.sqlite3").chmod(0o444)
        directory.chmod(0o555)
        with without_rights(), pytest.raises(StorageError, match="cannot be written"):
            await Storage.open(directory)
        directory.chmod(0o755)


@contextmanager
def without_rights() -> Iterator[None]:
    """Be somebody who may write hardly anything, where the tests are run by root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


async def test_a_second_bot_on_the_same_directory_is_refused(storage: Storage, tmp_path: Path) -> None:
    """Both would answer the same backlog. The lock goes with the process that holds it."""
    with pytest.raises(StorageError, match="Another bot is already running"):
        await open_in_another_process(tmp_path)
    await storage.close()
    await open_in_another_process(tmp_path)


async def open_in_another_process(directory: Path) -> None:
    """Open the storage in a process of its own; a process does not lock out itself."""
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from bot.storage.database import Storage\n"
        "from bot.storage.engine import StorageError\n"
        "async def main():\n"
        "    try: await (await Storage.open(Path(sys.argv[1]))).close()\n"
        "    except StorageError as error: sys.exit(str(error))\n"
        "asyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(directory), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise StorageError(errors.decode())
