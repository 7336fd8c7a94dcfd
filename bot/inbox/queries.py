"""The inbox's table for one bot, on either database: what is read there, and what is committed together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    delete,
    distinct,
    func,
    literal,
    or_,
    select,
    true,
    update,
)

from bot.inbox.entry import ASIDE, Stored, name_aside
from bot.storage.engine import StorageError, connect, insert_into
from bot.storage.tables import inbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# Telegram offers an update again for 24 hours.
_DONE_IS_KNOWN_SECONDS = 36 * 3_600.0
# However far the clock jumps, the latest ones stay known.
_DONE_IS_KNOWN_COUNT = 1_000
_PURGE_SECONDS = 600.0
_RETRY_SECONDS = 1.0
# That an update was begun goes to the disk along with something else, if anything comes within this time.
_START_MAY_WAIT_SECONDS = 0.05
_log = structlog.get_logger(__name__)
_EMPTY = {"payload": None, "ordering_key": None, "user_id": None, "album": None}


@dataclass
class Marks:
    """What became of updates.

    Attributes:
        started: How often more they were begun.
        ordering_keys: The keys that they were moved to.
        done: When they were answered, in seconds since 1970.
    """

    started: Counter[int] = field(default_factory=Counter)
    ordering_keys: dict[int, str] = field(default_factory=dict)
    done: dict[int, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.started or self.ordering_keys or self.done)

    def add(self, others: Marks) -> None:
        """Add others to these."""
        self.started.update(others.started)
        self.ordering_keys.update(others.ordering_keys)
        self.done.update(others.done)


class InboxTable:
    """Updates of one bot in the database. Every method may raise `StorageError`.

    Each update is given a turn, and the lowest goes first (start-time fair queueing): after as many turns as
    its sender has updates waiting, in however many chats, and after the last one of its ordering key. So
    people take turns, chats take turns, and a chat keeps its order.

    Args:
        engine: The database.
        bot_id: Whose updates; the numbers of different bots' updates overlap.
        settings_version: What counts the changes of settings, where several processes share them.
        defer: Makes jobs of new updates in the same transaction: both are there, or neither.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        bot_id: int,
        settings_version: ColumnElement[int] | None = None,
        defer: Callable[[AsyncConnection, Sequence[Stored]], Awaitable[None]] | None = None,
    ) -> None:
        self.engine = engine
        self.bot_id = bot_id
        self._defer = defer
        self._purged_at = float("-inf")
        # Statements are built once: that takes longer than running them.
        self._insertion = insert_into(engine, inbox).on_conflict_do_nothing().returning(inbox.c.update_id)
        is_the_one = and_(inbox.c.bot_id == bot_id, inbox.c.update_id == bindparam("number"))
        marking = update(inbox).where(is_the_one)
        self._start = marking.values(starts=inbox.c.starts + bindparam("value"))
        self._move = marking.values(ordering_key=bindparam("value"))
        self._end = marking.values(**_EMPTY, done_at=bindparam("value"))
        self._is_unfinished = and_(inbox.c.bot_id == bot_id, inbox.c.payload.is_not(None))
        self._claim = self._build_claim(literal(0) if settings_version is None else settings_version)

    async def write(self, arrivals: Sequence[Stored], marks: Marks) -> list[Stored]:
        """Write all in one transaction, so that one wait for the disk serves all; return what is new."""
        async with connect(self.engine) as connection:
            new = await self._insert(connection, arrivals) if arrivals else []
            for statement, values in (
                (self._start, marks.started),
                (self._move, marks.ordering_keys),
                (self._end, marks.done),
            ):
                if values:
                    # Sorted, so that two processes never wait for each other's rows.
                    rows = [{"number": number, "value": values[number]} for number in sorted(values)]
                    await connection.execute(statement, rows)
            if marks.done:
                await self._forget_old(connection, max(marks.done.values()))
        return new

    async def read_waiting(self, update_id: int) -> tuple[list[Stored], int]:
        """Read an update that is not done, with the other parts of its album; nothing when it is done.

        What was set aside waits under one number: neither its other parts nor a late one bring it along.

        Returns:
            What was read, and how often settings had been changed by anybody.
        """
        async with connect(self.engine, autocommit=True) as connection:
            found = (await connection.execute(self._claim, {"number": update_id})).all()
        rows = [Stored(*row[:-1]) for row in found]
        is_aside = any(row.ordering_key == name_aside(update_id) for row in rows)
        return [row for row in rows if row.ordering_key.startswith(ASIDE) == is_aside], max(
            (row[-1] for row in found), default=0
        )

    async def count_worker_death(self, update_id: int) -> int:
        """Count that an update killed its worker, and return how often it did."""
        is_the_one = and_(inbox.c.bot_id == self.bot_id, inbox.c.update_id == update_id)
        counting = update(inbox).where(is_the_one).values(worker_deaths=inbox.c.worker_deaths + 1)
        async with connect(self.engine) as connection:
            return await connection.scalar(counting.returning(inbox.c.worker_deaths)) or 0

    async def list_unfinished(self) -> list[Stored]:
        """List what is not done, in order of arrival, without the payloads."""
        columns = [literal("") if name == "payload" else inbox.c[name] for name in Stored._fields]
        statement = select(*columns).where(self._is_unfinished).order_by(inbox.c.arrival)
        async with connect(self.engine, autocommit=True) as connection:
            return [Stored(*row) for row in await connection.execute(statement)]

    async def count_waiting_chats(self) -> int:
        """Count the chats with updates that nobody has begun. Who pressed a button counts as a chat, too."""
        statement = select(func.count(distinct(inbox.c.ordering_key))).where(
            self._is_unfinished, inbox.c.starts == 0
        )
        async with connect(self.engine, autocommit=True) as connection:
            return await connection.scalar(statement) or 0

    async def drop_waiting(
        self, user_id: int, before: int, in_hand: Collection[int], now: float
    ) -> list[int]:
        """Empty what somebody sent before an update, but not what is in hand; return the numbers.

        Args:
            user_id: Who sent it.
            before: The update.
            in_hand: What this process has in hand; of what others have the table says that it is begun.
            now: Seconds since 1970.
        """
        arrival = select(inbox.c.arrival).where(inbox.c.bot_id == self.bot_id, inbox.c.update_id == before)
        is_meant = and_(
            self._is_unfinished,
            inbox.c.user_id == user_id,
            inbox.c.arrival < arrival.scalar_subquery(),
            inbox.c.update_id.not_in(in_hand),
            true() if self.engine.dialect.name == "sqlite" else inbox.c.starts == 0,
        )
        statement = update(inbox).where(is_meant).values(**_EMPTY, done_at=now)
        async with connect(self.engine) as connection:
            return list(await connection.scalars(statement.returning(inbox.c.update_id)))

    async def _insert(self, connection: AsyncConnection, arrivals: Sequence[Stored]) -> list[Stored]:
        # Sorted, for Telegram repeats updates to other processes: each waits for the numbers of the other.
        arrivals = await self._give_turns(connection, sorted(arrivals, key=attrgetter("update_id")))
        rows: list[dict[str, Any]] = [{"bot_id": self.bot_id, **arrival._asdict()} for arrival in arrivals]
        new_ids = set((await connection.execute(self._insertion, rows)).scalars())
        # By number, for one may come twice in an answer.
        new = {arrival.update_id: arrival for arrival in arrivals if arrival.update_id in new_ids}
        if new and self._defer is not None:
            await self._defer(connection, list(new.values()))
        return list(new.values())

    async def _give_turns(self, connection: AsyncConnection, arrivals: Sequence[Stored]) -> list[Stored]:
        is_in_line = and_(self._is_unfinished, inbox.c.ordering_key.not_like(f"{ASIDE}%"))
        first = await connection.scalar(select(func.min(inbox.c.turn)).where(is_in_line)) or 0
        counting = self._select_by(inbox.c.user_id, func.count(), {a.user_id for a in arrivals})
        of_user: Counter[Any] = Counter(dict(map(tuple, await connection.execute(counting))))
        latest = self._select_by(
            inbox.c.ordering_key, func.max(inbox.c.turn), {a.ordering_key for a in arrivals}
        )
        of_key: dict[str, int] = dict(map(tuple, await connection.execute(latest)))
        placed = []
        for arrival in arrivals:
            turn = max(first + of_user[arrival.user_id], of_key.get(arrival.ordering_key, first - 1) + 1)
            of_key[arrival.ordering_key] = turn
            if arrival.user_id is not None:
                of_user[arrival.user_id] += 1
            placed.append(arrival._replace(turn=turn))
        return placed

    def _select_by(self, column: ColumnElement[Any], value: ColumnElement[int], keys: Collection[Any]) -> Any:
        return select(column, value).where(self._is_unfinished, column.in_(keys)).group_by(column)

    def _build_claim(self, settings_version: ColumnElement[int]) -> Any:
        """Build the statement that reads an update and the other parts of its album."""
        number: BindParameter[int] = bindparam("number")
        the_one = inbox.alias("the_one")
        album = select(the_one.c.album).where(
            the_one.c.bot_id == self.bot_id, the_one.c.update_id == number, the_one.c.album.is_not(None)
        )
        columns = [inbox.c[name] for name in Stored._fields]
        is_meant = or_(inbox.c.update_id == number, inbox.c.album == album.scalar_subquery())
        statement = select(*columns, settings_version).where(self._is_unfinished, is_meant)
        return statement.order_by(inbox.c.update_id)

    async def _forget_old(self, connection: AsyncConnection, now: float) -> None:
        """Delete the numbers of updates that were answered long ago."""
        if time.monotonic() - self._purged_at < _PURGE_SECONDS:
            return
        self._purged_at = time.monotonic()
        newest = select(func.max(inbox.c.arrival)).scalar_subquery()
        is_old = and_(
            inbox.c.payload.is_(None),
            inbox.c.done_at < now - _DONE_IS_KNOWN_SECONDS,
            inbox.c.arrival <= newest - _DONE_IS_KNOWN_COUNT,
        )
        await connection.execute(delete(inbox).where(is_old))


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

    async def flush(self) -> None:
        """Write what was marked; what the disk refuses is written later."""
        try:
            with contextlib.suppress(StorageError):
                await self._commit()
        finally:
            if self._marks:
                self._write_later(_RETRY_SECONDS)

    async def close(self) -> None:
        """Write what is left to write."""
        with contextlib.suppress(StorageError):
            await self._commit()
        if self._flushing is not None:  # it may ask for another try
            await asyncio.wait([self._flushing])
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
