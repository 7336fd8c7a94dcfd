"""Which updates arrived and which are done: on the disk before anybody is told."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.inbox.table import Arrival, Marks
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.inbox.fair_queue import Entry
    from bot.inbox.table import InboxTable, Unfinished

T = TypeVar("T")
_RETRY_SECONDS = 1.0
# That an update was begun goes to the disk along with something else, if anything comes within this time.
_START_MAY_WAIT_SECONDS = 0.05
_log = structlog.get_logger(__name__)


@dataclass
class _Batch:
    """What goes to the disk next, and who waits for it."""

    added: list[tuple[Entry, str, asyncio.Future[None]]] = field(default_factory=list)
    marks: Marks = field(default_factory=Marks)
    marking: list[asyncio.Future[None]] = field(default_factory=list)


class UpdateLedger:
    """Writes the inbox's table in batches: while one is being written, the next one gathers.

    The table is used from a thread of its own. SQLAlchemy's asyncio would do, but takes two and a half times
    the processor time for each update: it changes threads for each statement rather than for each batch.

    Args:
        table: Where they are written. Closed along with this.
        on_added: Called with each new entry as soon as it is committed, in the order of commitment.
        clock: Seconds since 1970; may jump.

    Attributes:
        write_error: Why the last batch could not be written; None when it could.
    """

    def __init__(
        self,
        table: InboxTable,
        on_added: Callable[[Entry], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._table = table
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")
        self._on_added = on_added
        self._clock = clock
        self._batch = _Batch()
        self._being_written = Marks()
        self._work = asyncio.Event()
        self._is_closing = False
        self.write_error: str | None = None
        self._writer = asyncio.create_task(self._write(), name="inbox writer")

    async def add(self, entry: Entry, payload: str) -> None:
        """Commit an update, unless its number is known.

        Raises:
            StorageError: It could not be written.
        """
        if self._is_closing:
            raise StorageError("The bot is stopping. Telegram keeps the update until it is back.")
        committed = asyncio.get_running_loop().create_future()
        self._batch.added.append((entry, payload, committed))
        self._work.set()
        await committed

    def note_start(self, update_id: int, change: int = 1) -> None:
        """Count that an update is begun, without waiting for the disk.

        Args:
            update_id: Telegram's number for it.
            change: -1 takes it back, for an update that is to be begun anew.
        """
        self._batch.marks.started[update_id] += change
        asyncio.get_running_loop().call_later(_START_MAY_WAIT_SECONDS, self._work.set)

    async def mark_done(self, update_ids: Collection[int], ended_jobs: Collection[int] = ()) -> None:
        """Purge updates but for their numbers, and with them the jobs that are over.

        When the disk refuses, this returns all the same and the mark is written as soon as it can be: the
        answer is out, and giving it again would double it.
        """
        self._batch.marks.done.update(dict.fromkeys(update_ids, self._clock()))
        self._batch.marks.ended_jobs.update(ended_jobs)
        await self._wait_for_mark()

    def is_marked_done(self, update_id: int) -> bool:
        """Tell whether an update is done, although the database could not yet be told so."""
        return update_id in self._batch.marks.done or update_id in self._being_written.done

    def is_marked_ended(self, job_id: int) -> bool:
        """Tell whether a job is over, although the database could not yet be told so."""
        return job_id in self._batch.marks.ended_jobs or job_id in self._being_written.ended_jobs

    async def count_worker_death(self, update_id: int) -> int:
        """Count that an update killed its worker, and return how often it did.

        Raises:
            StorageError: The database cannot be read.
        """
        self._batch.marks.died[update_id] += 1
        await self._wait_for_mark()
        written = await self.run(lambda: self._table.read_worker_deaths(update_id))
        return written + self._batch.marks.died[update_id]

    async def read_payload(self, update_id: int) -> str | None:
        """Read an update that is not done; None when it is.

        Raises:
            StorageError: The database cannot be read.
        """
        return await self.run(lambda: self._table.read_payload(update_id))

    async def list_unfinished(self) -> list[Unfinished]:
        """List what is not done, in order of arrival.

        Raises:
            StorageError: The database cannot be read.
        """
        return await self.run(self._table.list_unfinished)

    async def close(self) -> None:
        """Write what is left to write and stop."""
        self._is_closing = True
        self._work.set()
        await self._writer
        self._thread.shutdown()
        self._table.close()

    async def run(self, call: Callable[[], T]) -> T:
        """Call something of the table in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _wait_for_mark(self) -> None:
        if self._writer.done():
            return
        written = asyncio.get_running_loop().create_future()
        self._batch.marking.append(written)
        self._work.set()
        await written

    async def _write(self) -> None:
        while not self._is_closing or self._batch.added or self._batch.marks:
            await self._work.wait()
            self._work.clear()
            batch, self._batch = self._batch, _Batch()
            self._being_written = batch.marks
            try:
                new_ids = await self._write_batch(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
                self._fail(batch, error)
                if self._is_closing:
                    return
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._announce(batch, new_ids)

    async def _write_batch(self, batch: _Batch) -> set[int]:
        if not batch.added and not batch.marks:
            return set()
        arrivals = [
            Arrival(entry.update_id, entry.lane, entry.user_id, entry.album, self._clock(), payload)
            for entry, payload, _ in batch.added
        ]
        return await self.run(lambda: self._table.write(arrivals, batch.marks))

    def _announce(self, batch: _Batch, new_ids: set[int]) -> None:
        """Tell those who wait that it is on the disk."""
        self._being_written = Marks()
        self.write_error = None
        for entry, _, committed in batch.added:
            # Whoever put it may have been cancelled meanwhile: it is in the database all the same.
            if entry.update_id in new_ids:
                new_ids.discard(entry.update_id)
                self._on_added(entry)
            if not committed.done():
                committed.set_result(None)
        _release(batch.marking)

    def _fail(self, batch: _Batch, error: Exception) -> None:
        """Refuse what arrived, for Telegram keeps it; keep the marks for the next attempt."""
        self.write_error = str(error)
        unexpected = None if isinstance(error, StorageError) else error
        _log.error("inbox not written", reason=self.write_error, exc_info=unexpected)
        for _, _, committed in batch.added:
            if not committed.done():
                committed.set_exception(StorageError(self.write_error))
        batch.marks.add(self._batch.marks)
        self._batch.marks = batch.marks
        _release(batch.marking)
        if self._batch.marks:
            self._work.set()


def _release(waiting: list[asyncio.Future[None]]) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(None)
