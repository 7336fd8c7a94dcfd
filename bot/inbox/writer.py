"""Commits what comes and what became of it. While one transaction is under way, the next gathers."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog

from bot.inbox.table import Marks
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from bot.inbox.entry import Stored
    from bot.inbox.table import InboxTable

_RETRY_SECONDS = 1.0
# That an update was begun goes to the disk along with something else, if anything comes within this time.
_START_MAY_WAIT_SECONDS = 0.05
_log = structlog.get_logger(__name__)


class InboxWriter:
    """Writes the inbox's table, one transaction after the other (group commit).

    How much gathers needs no bound of its own: a webhook call brings one update, and there are no more calls
    at once than the server takes connections.

    Args:
        table: The table.
        clock: Seconds since 1970; may jump.

    Attributes:
        write_error: Why the last transaction failed; None when it did not.
    """

    def __init__(self, table: InboxTable, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock
        self._arrivals: list[Stored] = []
        self._marks = Marks()
        self._being_written = Marks()
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[dict[int, Stored]] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self.write_error: str | None = None

    async def add(self, arrivals: Sequence[Stored]) -> list[Stored]:
        """Commit updates, all or none; return those that were not known.

        Raises:
            StorageError: They could not be written.
        """
        self._arrivals += arrivals
        new = await self._commit()
        # Taken out, so that of two calls with the same update one has it.
        return [new.pop(arrival.update_id) for arrival in arrivals if arrival.update_id in new]

    def note_start(self, update_ids: Collection[int], change: int = 1) -> None:
        """Count that updates are begun, without waiting for the disk; a change of -1 takes it back."""
        for update_id in update_ids:
            self._marks.started[update_id] += change
        self._write_later(_START_MAY_WAIT_SECONDS)

    async def mark_done(self, update_ids: Collection[int]) -> None:
        """Purge updates but for their numbers.

        When the disk refuses, this returns all the same and the mark is written as soon as it can be: the
        answer is out, and giving it again would double it.
        """
        for update_id in update_ids:
            self._marks.started.pop(update_id, None)
            self._marks.done[update_id] = self._clock()
        await self.flush()

    async def move(self, update_ids: Collection[int], ordering_key: str) -> None:
        """Move updates to another ordering key, as soon as the disk takes it."""
        self._marks.ordering_keys.update(dict.fromkeys(update_ids, ordering_key))
        await self.flush()

    def is_marked_done(self, update_id: int) -> bool:
        """Tell whether an update is done, although the database may not yet have been told so."""
        return update_id in self._marks.done or update_id in self._being_written.done

    async def count_worker_death(self, update_id: int) -> int:
        """Count that an update killed its worker, and return how often it did.

        Raises:
            StorageError: The database cannot be read.
        """
        self._marks.died[update_id] += 1
        await self.flush()
        return await self._table.read_worker_deaths(update_id) + self._marks.died[update_id]

    async def flush(self) -> None:
        """Write what was marked; what the disk refuses is written later."""
        with contextlib.suppress(StorageError):
            await self._commit()
        if self._marks:
            self._write_later(_RETRY_SECONDS)

    async def close(self) -> None:
        """Write what is left to write."""
        with contextlib.suppress(StorageError):
            await self._commit()
        if self._timer is not None:
            self._timer.cancel()

    def _write_later(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._begin_flush)

    def _begin_flush(self) -> None:
        self._timer = None
        self._flushing = asyncio.create_task(self.flush(), name="inbox writer")

    def _commit(self) -> Awaitable[dict[int, Stored]]:
        """Have what gathered written by the next transaction, also when who waits is cancelled."""
        if self._next is None:
            self._next = asyncio.create_task(self._write_next(), name="inbox transaction")
        return asyncio.shield(self._next)

    async def _write_next(self) -> dict[int, Stored]:
        """Write what has gathered when the transaction before is over; marks that cannot be written are kept.

        Returns:
            Which updates were not known, by number.
        """
        async with self._lock:
            self._next = None
            arrivals, self._arrivals = self._arrivals, []
            marks, self._marks = self._marks, Marks()
            if not arrivals and not marks:
                return {}
            self._being_written = marks
            try:
                new = await self._table.write(arrivals, marks)
            except BaseException as error:
                marks.add(self._marks)
                self._marks = marks
                if isinstance(error, StorageError):
                    self.write_error = str(error)
                    _log.error("inbox not written", reason=self.write_error)
                raise
            finally:
                self._being_written = Marks()
            self.write_error = None
            return {arrival.update_id: arrival for arrival in new}
