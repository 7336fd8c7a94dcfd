"""What every inbox does towards python-telegram-bot, wherever it keeps the updates."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING

from telegram import Update
from telegram.error import NetworkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import Bot

    from bot.inbox.batch_writer import UpdateLedger


class InboxWriteError(NetworkError):
    """The update could not be kept. As a network error, so that polling asks Telegram for it again."""


class UpdateInbox(asyncio.Queue[object], ABC):
    """An update queue for python-telegram-bot that loses nothing.

    `put` returns when the update is in the database; an update that is known is dropped. `get` gives the
    updates of a chat in order and one at a time, and no more than `max_in_flight` at once: the application
    starts a task for each update that it gets. `UpdateProcessor` reports back.

    Anything but an update, such as the application's stop signal, passes by in front. After it nothing is
    handed out: what waits stays in the database for the next start, or for other processes.

    Args:
        max_in_flight: How many updates are handled at once.

    Attributes:
        give_up: Tells the sender of an update that kills its workers again and again, and marks it done.
            Called for what turns out to do so after `load_unfinished`.
        on_received: Called with each new update as soon as it is in the database.
    """

    def __init__(self, max_in_flight: int) -> None:
        super().__init__()
        self.max_in_flight = max_in_flight
        self.give_up: Callable[[Update], Awaitable[None]] = self._mark_given_up
        self.on_received: Callable[[Update], None] = lambda _update: None
        self._ledger: UpdateLedger | None = None
        self._signals: deque[object] = deque()
        self._handed_out = 0  # by get, without task_done
        self._is_open = False
        self._changed = asyncio.Event()

    @abstractmethod
    async def load_unfinished(self, bot: Bot) -> list[Update]:
        """Take up what was not finished before. To be called before updates are fetched.

        Returns:
            What is not handed out, because it was being handled when its worker, or the bot, died again and
            again: tell whoever sent it, then call `done`.

        Raises:
            StorageError: The database cannot be read.
        """

    @abstractmethod
    async def done(self, *update_ids: int) -> None:
        """Mark updates as handled for good."""

    @abstractmethod
    def hold(self, update_id: int) -> None:
        """Keep an update unfinished after its handler returns; `done` is called later."""

    @abstractmethod
    def postpone(self, update_id: int, seconds: float) -> None:
        """Hand an update out again, so many seconds after its handler returns."""

    @abstractmethod
    async def drop_waiting(self, user_id: int, before: int) -> int:
        """Drop what waits of what somebody sent before an update in flight, and return how many it was."""

    @abstractmethod
    def waiting_behind(self, update: Update) -> int:
        """Count the updates of the same sender that wait."""

    @abstractmethod
    async def settle(self, update_id: int) -> None:
        """Close an update after its handler returned: done, unless it was held or postponed."""

    @abstractmethod
    def release(self, update_id: int) -> None:
        """Let go of an update that was not finished; it is taken up again later."""

    @abstractmethod
    def waited(self, update_id: int) -> float:
        """How long an update in flight has waited until now, in seconds."""

    @abstractmethod
    async def count_waiting_chats(self) -> int:
        """Count the chats whose updates wait, in whatever process.

        Raises:
            StorageError: The database cannot be read.
        """

    @abstractmethod
    async def close(self) -> None:
        """Write what is left to write."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """How many updates wait in this process."""

    @property
    @abstractmethod
    def in_flight(self) -> int:
        """How many updates are being handled in this process."""

    @abstractmethod
    def _forget_waiting(self) -> None:
        """Drop from memory what waits: the database has it."""

    def put_nowait(self, item: object) -> None:
        """Pass a signal to the application in front of all that waits, and stop handing out updates."""
        if isinstance(item, Update):
            raise TypeError("An update must be committed first: await put() instead.")
        self._is_open = False
        self._forget_waiting()
        self._signals.append(item)
        self._notify()

    def get_nowait(self) -> object:
        """Give a signal. An update may have to be read from the database first."""
        if not self._signals:
            raise asyncio.QueueEmpty
        self._handed_out += 1
        return self._signals.popleft()

    def qsize(self) -> int:
        """How many updates and signals wait in this process."""
        return self.waiting + len(self._signals)

    def empty(self) -> bool:
        """Whether nothing waits in this process."""
        return not self.qsize()

    def full(self) -> bool:
        """Whether `put` would wait."""
        return False

    def task_done(self) -> None:
        """Note that something that `get` gave is no longer worked on."""
        if not self._handed_out:
            raise ValueError("task_done() called too many times")
        self._handed_out -= 1
        self._notify()

    async def join(self) -> None:
        """Wait until nothing is worked on and, unless a signal came, nothing waits."""
        while self._handed_out or self.qsize() or (self._is_open and self.in_flight):
            await self._wait_for_change()

    async def count_worker_death(self, update_id: int) -> int:
        """Count that an update killed its worker, and return how often it did.

        Raises:
            StorageError: The database cannot be read.
        """
        return await self._get_ledger().count_worker_death(update_id)

    @property
    def write_error(self) -> str | None:
        """Why the last commit failed; None when it worked."""
        return self._ledger.write_error if self._ledger else None

    def _get_ledger(self) -> UpdateLedger:
        if self._ledger is None:
            raise RuntimeError("Call load_unfinished() before updates are fetched.")
        return self._ledger

    async def _mark_given_up(self, update: Update) -> None:
        await self.done(update.update_id)

    def _notify(self) -> None:
        """Wake all who wait; each looks for itself."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wait_for_change(self) -> None:
        await self._changed.wait()
