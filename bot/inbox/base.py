"""The inbox: updates are committed when they come, handled chat by chat in order, and lost by nothing."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from telegram import Update
from telegram.error import NetworkError

from bot.inbox.entry import QUIET_SECONDS, Again, Entry, build_entry, build_stored
from bot.inbox.queries import InboxWriter
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine
    from telegram import Bot

    from bot.inbox.entry import Stored
    from bot.inbox.queries import InboxTable

T = TypeVar("T")


class LeaseLostError(Exception):
    """Another process has taken over what this one had in hand: nothing is to be sent for it here."""


class InboxWriteError(NetworkError):
    """Updates could not be kept. A network error, so that polling tries again and confirms nothing."""


_handled: ContextVar[tuple[Inbox, Entry] | None] = ContextVar("handled", default=None)


def check_lease() -> None:
    """Look, before something is sent, whether what it answers is still this process's own.

    Raises:
        LeaseLostError: It is not.
    """
    handled = _handled.get()
    if handled is not None and not handled[0].owns(handled[1]):
        handled[1].is_lost = True
        raise LeaseLostError


class Inbox(ABC):
    """A durable queue of one bot's updates.

    `add` returns when updates are committed; what is known is dropped. Each is claimed when the earlier ones
    of its chat are finished, given to `handle`, and acknowledged when that returns, unless it is to be
    retried later.

    Args:
        engine: The database.
        concurrency: How many entries are handled at once.
        clock: Seconds since 1970; may jump.

    Attributes:
        is_stopping: Whether albums, and what was set aside, are answered as far as they have come.
        handle: Handles an entry. What it raises leaves the entry for the next start, or another process.
        on_dead_letter: Tells the sender of an update that kills its workers again and again.
        on_received: Called with each new update as soon as it is in the database.
    """

    def __init__(self, engine: AsyncEngine, concurrency: int, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self.concurrency = concurrency
        self.is_stopping = False
        self._clock = clock
        self._bot: Bot | None = None
        self._in_hand: dict[int, Entry] = {}
        self.handle: Callable[[Entry], Awaitable[None]] = _handle_nothing
        self.on_dead_letter: Callable[[Update], Awaitable[None]] = _tell_nobody
        self.on_received: Callable[[Update], None] = lambda _update: None

    @abstractmethod
    async def start(self, bot: Bot) -> None:
        """Take up what was not finished before, and begin to hand out.

        Raises:
            StorageError: The database cannot be used.
        """

    @abstractmethod
    async def stop(self, seconds: float) -> None:
        """Claim no more, and wait so long for what is in hand; the rest is claimed again later."""

    @abstractmethod
    async def wait_for_room(self) -> None:
        """Wait until more may come; meanwhile Telegram keeps it."""

    @property
    def waiting(self) -> int:
        """How many updates wait in this process. Those in a shared queue are the database's to count."""
        return 0

    async def add(self, *updates: Update) -> None:
        """Commit updates, all or none; they can be acknowledged then.

        Raises:
            InboxWriteError: They could not be committed.
        """
        await _carry_through(self._add(updates))

    def retry_later(self, update_id: int, seconds: float, *, aside: bool = False) -> None:
        """Have an entry in hand claimed again after so long; its chat waits, unless it is set aside."""
        if update_id in self._in_hand:
            self._in_hand[update_id].retry_later(seconds, aside=aside)

    def parts(self, update: Update) -> tuple[Update, ...]:
        """Give all parts of the album in hand that an update belongs to, in order."""
        entry = self._in_hand.get(update.update_id)
        return entry.updates if entry else (update,)

    def is_aside(self, update_id: int) -> bool:
        """Tell whether an update in hand was set aside before."""
        entry = self._in_hand.get(update_id)
        return entry is not None and entry.is_aside

    def owns(self, entry: Entry) -> bool:  # noqa: ARG002 - where one process claims, it does
        """Tell whether an entry in hand is still this process's own."""
        return True

    def waited(self, update_id: int) -> float:
        """How long ago an update in hand arrived, in seconds."""
        entry = self._in_hand.get(update_id)
        return max(0.0, self._clock() - entry.arrived_at) if entry else 0.0

    async def count_waiting_chats(self) -> int:
        """Count the chats with updates that nobody has begun, in whatever process.

        Raises:
            StorageError: The database cannot be read.
        """
        return await self._table.count_waiting_chats()

    async def drop_waiting(self, user_id: int, before: int) -> int:
        """Drop what waits of what somebody sent before an update, and return how many it was.

        Raises:
            StorageError: Nothing was dropped.
        """
        return len(await self._drop_waiting(user_id, before))

    async def count_worker_death(self, update_id: int) -> int:
        """Count that an update killed its worker, and return how often it did.

        Raises:
            StorageError: It could not be counted.
        """
        return await self._table.count_worker_death(update_id)

    async def close(self) -> None:
        """Write what is left to write."""
        await self.stop(0.0)
        if self._bot is not None:
            await self._writer.close()

    @property
    def in_flight(self) -> int:
        """How many entries are being handled in this process."""
        return len(set(self._in_hand.values()))

    @property
    def write_error(self) -> str | None:
        """Why the last commit failed; None when it worked."""
        return self._writer.write_error if self._bot else None

    def _open(self, bot: Bot, table: InboxTable) -> None:
        self._bot, self._table = bot, table
        self._writer = InboxWriter(table, self._clock)

    async def _add(self, updates: Sequence[Update]) -> list[Stored]:
        """Commit updates and return those that were not known."""
        now, by_number = self._clock(), {update.update_id: update for update in updates}
        try:
            new = await self._writer.add([build_stored(update, now) for update in updates])
        except StorageError as error:
            raise InboxWriteError(str(error)) from error
        for arrival in new:
            self.on_received(by_number[arrival.update_id])
        return new

    async def _drop_waiting(self, user_id: int, before: int) -> list[int]:
        return await self._table.drop_waiting(user_id, before, list(self._in_hand), self._clock())

    async def _work_on(self, update_id: int) -> Again | None:
        """Claim an update with the other parts of its album, have it handled, and acknowledge it.

        Returns:
            When it is to be claimed again; None when it is done.

        Raises:
            StorageError: The database cannot be read.
        """
        entry = await _carry_through(self._claim(update_id))
        if entry is None or isinstance(entry, Again):
            return entry
        token = _handled.set((self, entry))
        # Not while it is claimed: a task that is cancelled there would leave it in hand for ever.
        self._in_hand.update(dict.fromkeys(entry.update_ids, entry))
        try:
            if entry.is_poison:
                await self.on_dead_letter(entry.updates[0])
            else:
                self._writer.note_start(entry.update_ids)
                await self.handle(entry)
            return await _carry_through(self._finish(entry))
        finally:
            _handled.reset(token)
            for number in entry.update_ids:
                self._in_hand.pop(number, None)

    async def _claim(self, update_id: int) -> Entry | Again | None:
        """Read what is to be handled: None when it is done, `Again` when an album is not complete."""
        found, settings_version = await self._table.read_waiting(update_id)
        rows = [
            row
            for row in found
            if not self._writer.is_marked_done(row.update_id) and row.update_id not in self._in_hand
        ]
        if all(row.update_id != update_id for row in rows):
            return None
        quiet_for = self._clock() - max(row.arrived_at for row in rows)
        if rows[0].album and 0 <= quiet_for < QUIET_SECONDS and not self.is_stopping:
            return Again(QUIET_SECONDS - quiet_for, is_hurried=True)
        return build_entry(update_id, rows, settings_version, self._bot)

    async def _finish(self, entry: Entry) -> Again | None:
        """Acknowledge an entry, or take down that it comes again."""
        if entry.again is None:
            await self._writer.mark_done(entry.update_ids)
        else:
            self._writer.note_start(entry.update_ids, -1)
            if entry.again.ordering_key:
                await self._writer.move(entry.update_ids, entry.again.ordering_key)
        return entry.again


class IncomingUpdates:
    """The queue that python-telegram-bot's `Updater` puts updates into; of it only `put` is used.

    What one answer to getUpdates brought is committed at once: `put` gathers, and `flush`, which is awaited
    before the next poll confirms it to Telegram, commits.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._gathered: list[Update] = []

    async def put(self, item: object) -> None:
        """Gather an update."""
        if isinstance(item, Update):
            self._gathered.append(item)

    async def flush(self) -> None:
        """Commit what was put, and wait for room for more.

        Raises:
            InboxWriteError: It could not be committed; nothing may be confirmed to Telegram.
        """
        if self._gathered:
            await self._inbox.add(*self._gathered)
            self._gathered = []
        await self._inbox.wait_for_room()


async def _carry_through(step: Coroutine[None, None, T]) -> T:
    """Run a step at the database to its end, also when whoever waits for it is cancelled meanwhile."""
    task = asyncio.create_task(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _handle_nothing(_entry: Entry) -> None:
    raise RuntimeError("Set `handle` before the inbox is started.")


async def _tell_nobody(_update: Update) -> None:
    """Where nobody is to be told."""
