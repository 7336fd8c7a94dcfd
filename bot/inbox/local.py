"""The inbox of one process, in its SQLite: people and chats are served in turns."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from bot.inbox.base import Inbox
from bot.inbox.entry import Again, Stored
from bot.inbox.fair_queue import FairQueue
from bot.inbox.queries import InboxTable
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine
    from telegram import Bot, Update

_RETRY_SECONDS = 1.0
# What waits of one chat beyond so many does not keep others at Telegram.
_OF_EACH_CHAT = 100
_log = structlog.get_logger(__name__)


class LocalInbox(Inbox):
    """The inbox of one process, with its updates in a database of its own.

    Args:
        engine: The database.
        concurrency: How many entries are handled at once.
        max_waiting: Beyond it Telegram keeps what comes; of one chat no more than a hundred count.
        clock: Seconds since 1970; may jump.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        concurrency: int = 16,
        max_waiting: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(engine, concurrency, clock)
        self._max_waiting = max_waiting
        self._queue = FairQueue()
        self._asleep: dict[int, tuple[asyncio.TimerHandle, Stored, bool]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()

    async def start(self, bot: Bot) -> None:
        """Take up what was not finished before, and begin to hand out.

        Raises:
            StorageError: The database cannot be read.
        """
        table = InboxTable(self._engine, bot.id)
        for arrival in await table.list_unfinished():
            self._queue.append(arrival)
        self._open(bot, table)
        self._tasks = [asyncio.create_task(self._serve(), name=f"inbox {n}") for n in range(self.concurrency)]

    async def stop(self, seconds: float) -> None:
        """Claim no more, and wait so long for what is in hand; the rest is claimed at the next start.

        What only waits for its time, such as an album for more parts, is handled at once.
        """
        self.is_stopping = True
        self._queue = FairQueue()
        for timer, arrival, is_hurried in self._asleep.values():
            timer.cancel()
            if is_hurried:
                self._queue.append(arrival)
        self._asleep.clear()
        self._notify()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._tasks = []

    async def wait_for_room(self) -> None:
        """Wait until more may come; meanwhile Telegram keeps it."""
        while not self.is_stopping and self._queue.count_bounded(_OF_EACH_CHAT) >= self._max_waiting:
            await self._changed.wait()

    @property
    def waiting(self) -> int:
        """How many updates wait."""
        return len(self._queue) + len(self._asleep)

    async def _add(self, updates: Sequence[Update]) -> list[Stored]:
        new = await super()._add(updates)
        if not self.is_stopping:
            for arrival in new:
                self._queue.append(arrival._replace(payload=""))
            self._notify()
        return new

    async def _drop_waiting(self, user_id: int, before: int) -> list[int]:
        """Drop it, so that what waits for its time holds up its chat no longer."""
        dropped = await super()._drop_waiting(user_id, before)
        for number in self._asleep.keys() & set(dropped):
            self._asleep[number][0].cancel()
            self._wake_up(number)
        return dropped

    async def _serve(self) -> None:
        """Handle one entry after the other until the bot stops."""
        while True:
            arrival = self._queue.take()
            if arrival is None:
                if self.is_stopping:
                    return
                await self._changed.wait()
                continue
            try:
                again = await self._work_on(arrival.update_id)
            except StorageError as error:
                _log.error("inbox not read", reason=str(error))
                again = Again(_RETRY_SECONDS)
            except Exception:  # noqa: BLE001 - or nothing would be handed out here any more
                _log.exception("an update is left for the next start")
                again = None
            self._end(arrival, again)
            self._notify()

    def _end(self, arrival: Stored, again: Again | None) -> None:
        """Release the ordering key, or keep the entry until it is due."""
        if again is None or again.ordering_key or self.is_stopping:
            self._queue.release(arrival.ordering_key)
        if again is None:
            return
        arrival = arrival._replace(ordering_key=again.ordering_key or arrival.ordering_key)
        if not self.is_stopping:
            timer = asyncio.get_running_loop().call_later(again.seconds, self._wake_up, arrival.update_id)
            self._asleep[arrival.update_id] = (timer, arrival, again.is_hurried)
        elif again.is_hurried:
            self._queue.append(arrival)

    def _wake_up(self, update_id: int) -> None:
        _, arrival, _ = self._asleep.pop(update_id)
        self._queue.put_back(arrival)
        self._notify()

    def _notify(self) -> None:
        """Wake all who wait; each looks for itself."""
        self._changed.set()
        self._changed = asyncio.Event()
