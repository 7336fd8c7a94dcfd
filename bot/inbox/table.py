"""The inbox's table for one bot: what is written and read there, in plain blocking calls."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, func, select, update

from bot.storage.engine import build_blocking_engine, insert_into, transaction
from bot.storage.tables import inbox

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection

# Telegram offers an update again for 24 hours.
WORKER_DEATHS_ALLOWED = 1
# More than for workers: whoever kills the bot from outside hits innocent updates, too.
STARTS_ALLOWED = 10
_DONE_IS_KNOWN_SECONDS = 25 * 3_600.0
# However far the clock jumps, the latest ones stay known.
_DONE_IS_KNOWN_COUNT = 1_000
_PURGE_SECONDS = 600.0


@dataclass(frozen=True)
class Work:
    """An update to be handled.

    Attributes:
        update_id: Telegram's number for it.
        payload: All of it, as JSON.
        user_id: Who sent it.
        starts: How often it was begun before.
        worker_deaths: How often it killed its worker.
        arrived_at: When it came, in seconds since 1970.
        behind: How many updates of the same sender wait after it.
    """

    update_id: int
    payload: str
    user_id: int | None
    starts: int
    worker_deaths: int
    arrived_at: float
    behind: int


@dataclass(frozen=True)
class Unfinished:
    """An update that was not finished when the bot ended.

    Attributes:
        update_id: Telegram's number for it.
        lane: What it must be in order with.
        user_id: Who sent it.
        starts: How often it was begun.
        worker_deaths: How often it killed its worker.
    """

    update_id: int
    lane: str
    user_id: int | None
    starts: int
    worker_deaths: int


@dataclass(frozen=True)
class Arrival:
    """An update as it is kept.

    Attributes:
        update_id: Telegram's number for it.
        lane: What it must be in order with.
        user_id: Who sent it.
        album: Which album it is a part of.
        arrived_at: When, in seconds since 1970.
        payload: All of it, as JSON.
    """

    update_id: int
    lane: str
    user_id: int | None
    album: str | None
    arrived_at: float
    payload: str


@dataclass
class Marks:
    """What became of updates.

    Attributes:
        started: How often more they were begun.
        died: How often more they killed their worker.
        done: When they were answered, by the clock on the wall.
        ended_jobs: The jobs that are over with it, where there is a queue of jobs.
    """

    started: Counter[int] = field(default_factory=Counter)
    died: Counter[int] = field(default_factory=Counter)
    done: dict[int, float] = field(default_factory=dict)
    ended_jobs: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.started or self.died or self.done)

    def add(self, others: Marks) -> None:
        """Add others to these."""
        self.started.update(others.started)
        self.died.update(others.died)
        self.done.update(others.done)
        self.ended_jobs.update(others.ended_jobs)


class InboxTable:
    """Updates of one bot in the database. To be used in one thread at a time.

    Args:
        url: The database.
        bot_id: Whose updates; the numbers of different bots' updates overlap.
    """

    def __init__(self, url: URL, bot_id: int) -> None:
        self._engine = build_blocking_engine(url)
        self.bot_id = bot_id
        self._purged_at = float("-inf")
        # Built once: building a statement takes longer than running it.
        is_the_one = and_(inbox.c.bot_id == bot_id, inbox.c.update_id == bindparam("number"))
        self._insertion = (
            insert_into(self._engine, inbox).on_conflict_do_nothing().returning(inbox.c.update_id)
        )
        self._start = update(inbox).where(is_the_one).values(starts=inbox.c.starts + bindparam("more"))
        self._death = (
            update(inbox).where(is_the_one).values(worker_deaths=inbox.c.worker_deaths + bindparam("more"))
        )
        self._emptying = (
            update(inbox)
            .where(is_the_one)
            .values(payload=None, lane=None, user_id=None, album=None, done_at=bindparam("now"))
        )
        self._payload = select(inbox.c.payload).where(is_the_one)
        self._worker_deaths = select(inbox.c.worker_deaths).where(is_the_one)

    def write(self, arrivals: list[Arrival], marks: Marks) -> set[int]:
        """Write all in one transaction, so that one wait for the disk serves all, and return the new numbers.

        Raises:
            StorageError: Nothing was written.
        """
        with self._open(arrivals, marks) as connection:
            new_ids = self._insert(connection, arrivals)
            for statement, counts in ((self._start, marks.started), (self._death, marks.died)):
                if counts:
                    rows = [{"number": number, "more": more} for number, more in counts.items()]
                    connection.execute(statement, rows)
            if marks.done:
                self._mark_done(connection, marks)
                self._forget_old(connection, max(marks.done.values()))
        return new_ids

    def read_payload(self, update_id: int) -> str | None:
        """Read an update that is not done; None when it is, or never came.

        Raises:
            StorageError: The database cannot be read.
        """
        with transaction(self._engine) as connection:
            payload: str | None = connection.scalar(self._payload, {"number": update_id})
        return payload

    def read_worker_deaths(self, update_id: int) -> int:
        """Read how often an update killed its worker.

        Raises:
            StorageError: The database cannot be read.
        """
        with transaction(self._engine) as connection:
            return connection.scalar(self._worker_deaths, {"number": update_id}) or 0

    def list_unfinished(self) -> list[Unfinished]:
        """List what is not done, in order of arrival.

        Raises:
            StorageError: The database cannot be read.
        """
        columns = (inbox.c.update_id, inbox.c.lane, inbox.c.user_id, inbox.c.starts, inbox.c.worker_deaths)
        is_unfinished = and_(inbox.c.bot_id == self.bot_id, inbox.c.payload.is_not(None))
        statement = select(*columns).where(is_unfinished).order_by(inbox.c.arrival)
        with transaction(self._engine) as connection:
            return [Unfinished(*row) for row in connection.execute(statement)]

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _open(self, _arrivals: list[Arrival], _marks: Marks) -> AbstractContextManager[Connection]:
        """Give a connection to write them with."""
        return transaction(self._engine)

    def _mark_done(self, connection: Connection, marks: Marks) -> None:
        answered = [{"number": number, "now": now} for number, now in marks.done.items()]
        connection.execute(self._emptying, answered)

    def _insert(self, connection: Connection, arrivals: list[Arrival]) -> set[int]:
        if not arrivals:
            return set()
        rows = [{"bot_id": self.bot_id, **vars(arrival)} for arrival in arrivals]
        return set(connection.execute(self._insertion, rows).scalars())

    def _forget_old(self, connection: Connection, now: float) -> None:
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
        connection.execute(delete(inbox).where(is_old))


def is_dangerous(unfinished: Unfinished | Work) -> bool:
    """Whether an update is set aside because it kills workers, or the bot itself, again and again."""
    return unfinished.worker_deaths > WORKER_DEATHS_ALLOWED or unfinished.starts >= STARTS_ALLOWED
