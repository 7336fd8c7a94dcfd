"""The inbox that several hosts share: an update goes into PostgreSQL and comes out as Procrastinate's job."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from procrastinate.exceptions import ProcrastinateException
from sqlalchemy import ColumnElement, literal_column

from bot.inbox.base import Inbox, LeaseLostError
from bot.inbox.entry import Again
from bot.inbox.postgres.lease import Lease
from bot.inbox.postgres.workers import NotFinishedError, Workers
from bot.inbox.queries import InboxTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrastinate.jobs import Job
    from sqlalchemy.ext.asyncio import AsyncEngine
    from telegram import Bot

    from bot.inbox.entry import Entry

_SETTINGS_VERSION: ColumnElement[int] = literal_column("(SELECT max(version) FROM settings_changes)")
_LOOK_SECONDS = 1.0


class SharedInbox(Inbox):
    """The inbox that any number of processes share. A chat's entries are handled in order over all of them.

    Args:
        engine: The database.
        works: Whether entries are handled here, too, or only received.
        lost_seconds: After so long without a sign of life others take over what a process has in hand.
        concurrency: How many entries are handled at once.
        connections: How many connections to the database are held for jobs.
        invalidate_caches: Told how often settings had been changed by anybody when an entry was claimed.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        works: bool,
        lost_seconds: float,
        concurrency: int = 8,
        connections: int = 6,
        invalidate_caches: Callable[[int], None] = lambda _version: None,
    ) -> None:
        super().__init__(engine, concurrency)
        self._works = works
        self._lost_seconds = lost_seconds
        self._connections = connections
        self._invalidate_caches = invalidate_caches
        self._lease = Lease(engine, lost_seconds)
        self._keeping: asyncio.Task[None] | None = None
        # What was set aside here: its job, and when it is due by the monotonic clock.
        self._aside: dict[int, tuple[Job, float]] = {}

    async def start(self, bot: Bot) -> None:
        """Begin to take jobs. What was not finished before is among them.

        Raises:
            StorageError: The database cannot be reached.
        """
        workers = Workers(self._engine, bot.id, self._do, self._lost_seconds, self._connections)
        await workers.open()
        self._workers = workers
        self._open(bot, InboxTable(self._engine, bot.id, _SETTINGS_VERSION, workers.defer))
        if self._works:
            self._keeping = asyncio.create_task(self._lease.keep(), name="lease")
            workers.start(self.concurrency)

    async def stop(self, seconds: float) -> None:
        """Claim no more, and wait so long for what is in hand; the rest goes back to the queue.

        What was set aside here is handled at once, unless others may have begun it.
        """
        if self._keeping is not None:
            self.is_stopping = True
            await self._workers.stop(seconds)
            aside = [self._do_early(number, *what) for number, what in self._aside.items()]
            await asyncio.gather(*aside, return_exceptions=True)
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
            self._keeping = None

    async def close(self) -> None:
        """Write what is left to write."""
        await super().close()
        if self._bot is not None:
            await self._workers.close()

    async def wait_for_room(self) -> None:
        """Return at once: the database has room."""

    def owns(self, entry: Entry) -> bool:
        """Tell whether an entry in hand is still this process's own."""
        return self._lease.holds(entry.lease)

    async def _do(self, update_id: int, job: Job) -> None:
        """Handle the update of a job; the job is over when this returns.

        Raises:
            NotFinishedError: It is to be begun again.
        """
        while update_id in self._in_hand:  # noqa: ASYNC110 - its job was lost while the database was away, and came again
            await asyncio.sleep(_LOOK_SECONDS)
        self._aside.pop(update_id, None)
        try:
            again = await self._work_on(update_id)
        except LeaseLostError:
            await self._wait_for_new_owner(job)
            return
        if again is not None:
            if again.ordering_key:
                now = time.monotonic()
                # Those that are due may be others' by now.
                self._aside = {number: what for number, what in self._aside.items() if what[1] > now}
                self._aside[update_id] = (job, now + again.seconds)
            raise NotFinishedError(again)
        while self._writer.is_marked_done(update_id):  # noqa: ASYNC110 - the database does not know yet
            await asyncio.sleep(_LOOK_SECONDS)

    async def _do_early(self, update_id: int, job: Job, due: float) -> None:
        if due > time.monotonic() + _LOOK_SECONDS and await self._work_on(update_id) is None:
            await self._workers.cancel(job)

    async def _claim(self, update_id: int) -> Entry | Again | None:
        number = self._lease.begin_or_current()
        entry = await super()._claim(update_id)
        if entry is not None and not isinstance(entry, Again):
            entry.lease = number
            self._invalidate_caches(entry.settings_version)
        return entry

    async def _finish(self, entry: Entry) -> Again | None:
        """Acknowledge an entry, unless others have taken it over."""
        is_own = self.owns(entry)
        again = None if entry.is_lost else await super()._finish(entry)
        if entry.is_lost or not is_own:
            raise LeaseLostError
        return again

    async def _wait_for_new_owner(self, job: Job) -> None:
        """Keep out of the way of whoever took a job over: to end it here would end it for them, too."""
        while True:
            try:
                is_own = await self._workers.is_own(job)
            except (ProcrastinateException, OSError):
                is_own = False
            if is_own is None:
                return
            if is_own:  # nobody did
                raise NotFinishedError(Again(0.0))
            await asyncio.sleep(_LOOK_SECONDS)
