"""The queue between Telegram and the handlers. What it took outlives the process."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import structlog
from telegram import Update

from bot.inbox.base import InboxWriteError, UpdateInbox
from bot.inbox.batch_writer import UpdateLedger
from bot.inbox.fair_queue import Entry, Lanes, build_entry
from bot.inbox.table import InboxTable, is_dangerous
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine
    from telegram import Bot

_RETRY_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Inbox(UpdateInbox):
    """The inbox of one process, with its updates in a database of its own. Chats are served in turns.

    Args:
        engine: The database.
        max_in_flight: How many updates are handled at once.
        max_in_memory: How many waiting updates are kept in memory; of the others only their numbers are.
        max_waiting: Beyond it `put` waits, and Telegram keeps what comes.
        clock: Seconds since 1970; may jump.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        max_in_flight: int = 16,
        max_in_memory: int = 200,
        max_waiting: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(max_in_flight)
        self._engine = engine
        self._max_in_memory = max_in_memory
        self._max_waiting = max_waiting
        self._clock = clock
        self._bot: Bot | None = None
        self._lanes = Lanes()
        self._in_flight: dict[int, Entry] = {}
        self._held: set[int] = set()
        self._postponed: dict[int, float] = {}
        self._asleep: dict[int, tuple[Entry, asyncio.TimerHandle]] = {}
        self._in_memory = 0

    async def load_unfinished(self, bot: Bot) -> list[Update]:
        """Take up what was not finished before, in order of arrival. To be called before updates are fetched.

        Returns:
            What killed its worker twice, or was being handled each of many times that the bot died. It is not
            handed out: tell whoever sent it, then call `done`.

        Raises:
            StorageError: The database cannot be read.
        """
        self._bot = bot
        ledger = self._ledger = self._ledger or UpdateLedger(
            InboxTable(self._engine.url, bot.id), self._receive, self._clock
        )
        rows = await ledger.list_unfinished()
        self._forget_waiting()
        for row in rows:
            if (
                not is_dangerous(row)
                and row.update_id not in self._in_flight
                and row.update_id not in self._held
            ):
                self._lanes.append(Entry(row.update_id, row.lane, row.user_id, time.monotonic(), update=None))
        self._is_open = True
        self._notify()
        payloads = [await ledger.read_payload(row.update_id) for row in rows if is_dangerous(row)]
        return [update for update in map(self._rebuild, payloads) if update is not None]

    async def put(self, item: object) -> None:
        """Commit an update; it can be acknowledged then.

        Raises:
            InboxWriteError: It could not be committed.
        """
        if not isinstance(item, Update):
            self.put_nowait(item)
            return
        ledger = self._get_ledger()
        while self._is_open and len(self._lanes) >= self._max_waiting:
            await self._wait_for_change()
        entry = build_entry(item)
        try:
            await ledger.add(entry, item.to_json())
        except StorageError as error:
            raise InboxWriteError(str(error)) from error

    async def get(self) -> object:
        """Give the next update whose chat has none in flight, or a signal."""
        while True:
            if self._signals:
                self._handed_out += 1
                return self._signals.popleft()
            entry = self._take()
            if entry is None:
                await self._wait_for_change()
                continue
            update = entry.update or await self._read(entry)
            if update is not None and self._is_open:
                return self._hand_out(entry, update)
            self._lanes.release(entry.lane)
            self._in_flight.pop(entry.update_id, None)

    async def settle(self, update_id: int) -> None:
        """Close an update after its handler returned: done, unless it was held or postponed."""
        entry = self._in_flight[update_id]
        seconds = self._postponed.pop(update_id, None)
        if seconds is not None:
            self._put_to_sleep(entry, seconds)
            return
        try:
            if update_id not in self._held:
                await self.done(update_id)
        finally:
            self.release(update_id)

    def release(self, update_id: int) -> None:
        """Let go of an update that was not finished; it is taken up again at the next start."""
        entry = self._in_flight.pop(update_id, None)
        if entry is not None:
            self._lanes.release(entry.lane)
            self._notify()

    async def done(self, *update_ids: int) -> None:
        """Mark updates as handled for good."""
        self._held.difference_update(update_ids)
        if self._ledger is not None:
            await self._ledger.mark_done(update_ids)

    def hold(self, update_id: int) -> None:
        """Keep an update unfinished after its handler returns; `done` is called later."""
        self._held.add(update_id)

    def postpone(self, update_id: int, seconds: float) -> None:
        """Hand an update out again, so many seconds after its handler returns; not one whose has returned."""
        if update_id in self._in_flight:
            self._postponed[update_id] = seconds

    async def drop_waiting(self, user_id: int, before: int) -> int:
        """Drop what waits of what somebody sent before an update in flight, and return how many it was."""
        arrived = self._in_flight[before].arrived
        for entry, timer in list(self._asleep.values()):
            if entry.user_id == user_id:
                timer.cancel()
                self._wake_up(entry)
        dropped = self._lanes.remove(lambda entry: entry.user_id == user_id and entry.arrived < arrived)
        self._in_memory -= sum(entry.update is not None for entry in dropped)
        await self.done(*(entry.update_id for entry in dropped))
        return len(dropped)

    def waiting_behind(self, update: Update) -> int:
        """Count the updates of the same sender that wait."""
        return self._lanes.count_from(update.effective_user.id if update.effective_user else None)

    def waited(self, update_id: int) -> float:
        """How long an update in flight had waited until now, in seconds."""
        return time.monotonic() - self._in_flight[update_id].arrived

    async def count_waiting_chats(self) -> int:
        """Count the chats whose updates wait. Who has pressed a button counts as a chat, too."""
        return self._lanes.waiting_lanes

    async def close(self) -> None:
        """Write what is left to write."""
        self._is_open = False
        if self._ledger is not None:
            await self._ledger.close()

    @property
    def waiting(self) -> int:
        """How many updates wait."""
        return len(self._lanes) + len(self._asleep)

    @property
    def in_flight(self) -> int:
        """How many updates are being handled."""
        return len(self._in_flight)

    def full(self) -> bool:
        """Whether `put` would wait."""
        return len(self._lanes) >= self._max_waiting

    def _receive(self, entry: Entry) -> None:
        """Queue what was committed just now."""
        if not self._is_open:
            return
        if entry.update is not None:
            self.on_received(entry.update)
        if self._in_memory < self._max_in_memory:
            self._in_memory += 1
        else:
            entry.update = None
        self._lanes.append(entry)
        self._notify()

    def _take(self) -> Entry | None:
        if not self._is_open or len(self._in_flight) >= self.max_in_flight:
            return None
        entry = self._lanes.take()
        if entry is not None:
            self._in_flight[entry.update_id] = entry
            self._in_memory -= entry.update is not None
        return entry

    def _hand_out(self, entry: Entry, update: Update) -> Update:
        # An entry that is postponed or put back is read again: the database holds the original.
        entry.update = None
        if self._ledger is not None:
            self._ledger.note_start(entry.update_id)
        self._handed_out += 1
        return update

    async def _read(self, entry: Entry) -> Update | None:
        """Read an update that is not in memory; None when it cannot be read now, or not at all."""
        if self._ledger is None:
            return None
        try:
            payload = await self._ledger.read_payload(entry.update_id)
        except StorageError as error:
            _log.error("inbox not read", reason=str(error))
            self._put_back(entry)
            await asyncio.sleep(_RETRY_SECONDS)
            return None
        except asyncio.CancelledError:
            self._put_back(entry)
            self.release(entry.update_id)
            raise
        return self._rebuild(payload)

    def _rebuild(self, payload: str | None) -> Update | None:
        return None if payload is None else Update.de_json(json.loads(payload), self._bot)

    def _put_back(self, entry: Entry) -> None:
        """Let an entry wait again, unless a signal came: the next start takes it up then."""
        if self._is_open:
            self._lanes.put_back(entry)

    def _put_to_sleep(self, entry: Entry, seconds: float) -> None:
        """Give the place in flight to others, but not the turn of the chat."""
        if self._ledger is not None:
            self._ledger.note_start(entry.update_id, -1)
        if not self._is_open:
            self.release(entry.update_id)  # the next start takes it up
            return
        del self._in_flight[entry.update_id]
        loop = asyncio.get_running_loop()
        self._asleep[entry.update_id] = (entry, loop.call_later(seconds, self._wake_up, entry))
        self._notify()

    def _wake_up(self, entry: Entry) -> None:
        del self._asleep[entry.update_id]
        self._lanes.put_back(entry)
        self._lanes.release(entry.lane)
        self._notify()

    def _forget_waiting(self) -> None:
        """Drop from memory what waits: the database has it."""
        self._lanes.clear()
        self._in_memory = 0
        for entry, timer in self._asleep.values():
            timer.cancel()
            self._lanes.release(entry.lane)
        self._asleep.clear()
