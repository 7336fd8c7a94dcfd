"""The inbox that several hosts share: updates go into PostgreSQL's queue, and come out of it as jobs."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import Update

from bot.inbox.base import InboxWriteError, UpdateInbox
from bot.inbox.batch_writer import UpdateLedger
from bot.inbox.fair_queue import build_entry
from bot.inbox.postgres.job_table import SharedTable
from bot.inbox.postgres.worker import NotFinishedError, SharedJobs
from bot.inbox.table import is_dangerous
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import URL
    from telegram import Bot

    from bot.inbox.fair_queue import Entry
    from bot.inbox.postgres.job_table import Job
    from bot.inbox.table import Work


@dataclass(eq=False)
class _Owed:
    """What is left of a job.

    Attributes:
        job_id: The queue's number for it.
        update_ids: The updates that are not done.
        is_ended: Whether it is ended, or will be, along with the last of them.
    """

    job_id: int
    update_ids: set[int]
    is_ended: bool = False


@dataclass(eq=False)
class _InHand:
    """An update that this host handles.

    Attributes:
        work: What the database knows of it.
        owed: What is left of its job.
        update: It.
        settled: Done when its handler has returned.
        is_held: Whether its answer is given later.
        finished: Done when it is, or an error when it is to be begun anew.
    """

    work: Work
    owed: _Owed
    update: Update
    settled: asyncio.Future[None]
    finished: asyncio.Future[None]
    is_held: bool = False


class SharedInbox(UpdateInbox):
    """The inbox that any number of processes share.

    `put` commits an update with its job; `get` gives the updates of the jobs that this process has taken. A
    chat's are in order and one at a time over all processes.

    Args:
        url: The database, `postgresql+psycopg://`.
        works: Whether updates are handled here, too, or only received.
        lost_seconds: After so long without a sign of life others take over what a process has in hand.
        max_in_flight: How many updates are handled at once.
        follow: Told how often settings had been changed by anybody when an update was taken.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        url: URL,
        *,
        works: bool,
        lost_seconds: float,
        max_in_flight: int = 16,
        follow: Callable[[int], None] = lambda _version: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(max_in_flight)
        self._url = url
        self._works = works
        self._lost_seconds = lost_seconds
        self._follow = follow
        self._clock = clock
        self._bot: Bot | None = None
        self._table: SharedTable | None = None
        self._jobs: SharedJobs | None = None
        # Beside the ledger's: what is taken need not wait until what was done is on the disk.
        self._taking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs")
        self._ready: deque[_InHand] = deque()
        self._in_hand: dict[int, _InHand] = {}
        self._postponed: dict[int, float] = {}

    async def load_unfinished(self, bot: Bot) -> list[Update]:
        """Begin to take jobs. What was not finished before is among them, so nothing is returned.

        Raises:
            StorageError: The database cannot be written.
        """
        self._bot = bot
        self._table = SharedTable(self._url, bot.id)
        self._ledger = UpdateLedger(self._table, self._receive, self._clock)
        self._is_open = True
        if self._works:
            plain_url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._jobs = SharedJobs(plain_url, bot.id, self, self._lost_seconds, self.max_in_flight)
            await self._ledger.run(self._table.hasten)
            await self._jobs.start()
        return []

    async def put(self, item: object) -> None:
        """Commit an update and its job; it can be acknowledged then.

        Raises:
            InboxWriteError: It could not be committed.
        """
        if not isinstance(item, Update):
            self.put_nowait(item)
            return
        try:
            await self._get_ledger().add(build_entry(item), item.to_json())
        except StorageError as error:
            raise InboxWriteError(str(error)) from error

    async def get(self) -> object:
        """Give the next update, or a signal."""
        while not self._signals and not self._ready:
            await self._wait_for_change()
        self._handed_out += 1
        if self._signals:
            return self._signals.popleft()
        return self._ready.popleft().update

    async def settle(self, update_id: int) -> None:
        """Close an update after its handler returned: done, unless it was held or postponed."""
        in_hand = self._in_hand[update_id]
        seconds = self._postponed.pop(update_id, None)
        if seconds is not None:
            self._get_ledger().note_start(update_id, -1)
            self._let_go(in_hand, NotFinishedError(seconds))
        elif in_hand.is_held:
            _finish(in_hand.settled)
            self._notify()
        else:
            await self.done(update_id)

    def release(self, update_id: int) -> None:
        """Let go of an update that was not finished: another process, or a later start, takes it up."""
        in_hand = self._in_hand.get(update_id)
        if in_hand is not None:
            self._let_go(in_hand, NotFinishedError())

    async def done(self, *update_ids: int) -> None:
        """Mark updates as handled for good."""
        await self._get_ledger().mark_done(update_ids, self._end_jobs(update_ids))
        for update_id in update_ids:
            in_hand = self._in_hand.pop(update_id, None)
            if in_hand is not None:
                _finish(in_hand.settled)
                _finish(in_hand.finished)
        self._notify()

    def hold(self, update_id: int) -> None:
        """Keep an update unfinished after its handler returns; `done` is called later."""
        self._in_hand[update_id].is_held = True

    def postpone(self, update_id: int, seconds: float) -> None:
        """Hand an update out again, so many seconds after its handler returns; not one whose has returned."""
        if update_id in self._in_hand:
            self._postponed[update_id] = seconds

    async def drop_waiting(self, user_id: int, before: int) -> int:
        """Drop what waits of what somebody sent before an update in flight, and return how many it was.

        Raises:
            StorageError: Nothing was dropped.
        """
        table, in_flight = self._get_table(), set(self._in_hand)
        return await self._get_ledger().run(
            lambda: table.drop_waiting(user_id, before, in_flight, self._clock())
        )

    def waiting_behind(self, update: Update) -> int:
        """Count the updates of the same sender that waited when this one was taken up."""
        in_hand = self._in_hand.get(update.update_id)
        return in_hand.work.behind if in_hand else 0

    def waited(self, update_id: int) -> float:
        """How long an update in flight has waited until now, in seconds."""
        return max(0.0, self._clock() - self._in_hand[update_id].work.arrived_at)

    async def count_waiting_chats(self) -> int:
        """Count the chats whose jobs no process has in hand.

        Raises:
            StorageError: The database cannot be read.
        """
        # Not in the ledger's thread: when the queue is long it takes a while, and what arrives must not wait.
        return await asyncio.to_thread(self._get_table().count_waiting_chats)

    async def close(self) -> None:
        """Take no more jobs, give back those in hand, and write what is left to write."""
        self._is_open = False
        for in_hand in list(self._in_hand.values()):
            self._let_go(in_hand, NotFinishedError())
        if self._jobs is not None:
            await self._jobs.stop()
        self._taking.shutdown(wait=False)
        if self._ledger is not None:
            await self._ledger.close()

    @property
    def waiting(self) -> int:
        """How many updates this process has taken and not begun. Those in the queue are the database's."""
        return len(self._ready)

    @property
    def in_flight(self) -> int:
        """How many updates are being handled here."""
        return len(self._in_hand) - len(self._ready)

    async def take(self, worker: int, places: int) -> list[Job]:
        """Take jobs out of the queue; none after the signal to stop.

        Raises:
            StorageError: The database cannot be read.
        """
        if not self._is_open:
            return []
        table, loop = self._get_table(), asyncio.get_running_loop()
        jobs = await loop.run_in_executor(self._taking, lambda: table.take(worker, places))
        if jobs:
            self._follow(max(job.version for job in jobs))
        return jobs

    async def do(self, job: Job) -> bool:
        """Handle what a job is about; it is over when this returns.

        Returns:
            Whether it is ended along with its updates, or as soon as the database can be written.

        Raises:
            NotFinishedError: It is to be begun anew.
        """
        works = [work for work in job.works if not self._get_ledger().is_marked_done(work.update_id)]
        owed = _Owed(job.id, {work.update_id for work in works})
        begun = [in_hand for work in works if (in_hand := await self._begin(work, owed)) is not None]
        if self._jobs is not None:
            self._jobs.free_place(job.id)
            if any(in_hand.is_held for in_hand in begun):
                await self._jobs.let_chat_go(job.id)
        for in_hand in begun:
            await asyncio.shield(in_hand.finished)
        return any(part.is_ended for part in (owed, *(in_hand.owed for in_hand in begun)))

    def is_ending(self, job_id: int) -> bool:
        """Tell whether a job is ended as soon as the database can be written."""
        return self._get_ledger().is_marked_ended(job_id)

    def _receive(self, entry: Entry) -> None:
        """Do nothing with what was committed but tell of it: it comes back as a job."""
        if self._is_open and entry.update is not None:
            self.on_received(entry.update)

    def _end_jobs(self, update_ids: Collection[int]) -> list[int]:
        """Note that updates are done, and name the jobs that are over with it."""
        parts = [self._in_hand[update_id] for update_id in update_ids if update_id in self._in_hand]
        for in_hand in parts:
            in_hand.owed.update_ids.discard(in_hand.work.update_id)
            in_hand.owed.is_ended = not in_hand.owed.update_ids
        return [in_hand.owed.job_id for in_hand in parts if in_hand.owed.is_ended]

    async def _begin(self, work: Work, owed: _Owed) -> _InHand | None:
        """Have the application handle an update, and wait until its handler has returned."""
        known = self._in_hand.get(work.update_id)
        if known is not None:
            return known  # its job was lost while the database was away, and came again
        update = Update.de_json(json.loads(work.payload), self._bot)
        if is_dangerous(work):
            await self.give_up(update)
            owed.update_ids.discard(work.update_id)
            return None
        if not self._is_open:
            self._get_ledger().note_start(work.update_id, -1)
            raise NotFinishedError
        loop = asyncio.get_running_loop()
        in_hand = _InHand(work, owed, update, loop.create_future(), loop.create_future())
        in_hand.finished.add_done_callback(_look_at)
        self._in_hand[work.update_id] = in_hand
        self._ready.append(in_hand)
        self._notify()
        await asyncio.shield(in_hand.settled)
        return in_hand

    def _let_go(self, in_hand: _InHand, error: NotFinishedError) -> None:
        """Give an update back to the queue."""
        self._in_hand.pop(in_hand.work.update_id, None)
        if not in_hand.finished.done():
            in_hand.finished.set_exception(error)
        _finish(in_hand.settled)
        self._notify()

    def _forget_waiting(self) -> None:
        for in_hand in self._ready:
            self._get_ledger().note_start(in_hand.work.update_id, -1)
            self._let_go(in_hand, NotFinishedError())
        self._ready.clear()

    def _get_table(self) -> SharedTable:
        if self._table is None:
            raise RuntimeError("Call load_unfinished() before updates are fetched.")
        return self._table


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _look_at(future: asyncio.Future[None]) -> None:
    """Fetch an error that nobody may wait for any more."""
    if not future.cancelled():
        future.exception()
