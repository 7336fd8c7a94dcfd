"""The inbox's table where several hosts share it: each update, or album, is also a job in the queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.albums import QUIET_SECONDS
from bot.database import transaction
from bot.inbox_table import InboxTable
from bot.tables import inbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.inbox_table import Arrival

TASK = "answer"
_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, :album, "
    "CAST(:args AS jsonb), CAST(:due AS timestamptz))::procrastinate_job_to_defer_v1])"
)
_PUT_OFF = text(
    "UPDATE procrastinate_jobs SET scheduled_at = CAST(:due AS timestamptz) "
    "WHERE queueing_lock = :album AND status = 'todo'"
)
_HASTEN = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL "
    "WHERE queue_name = :queue AND status = 'todo' AND attempts > 0"
)


# What another process answers at this moment: its job is taken, and it was begun.
_IN_HAND = (
    "inbox.starts > 0 AND EXISTS (SELECT FROM procrastinate_jobs AS job "
    "WHERE job.queue_name = :queue AND job.status = 'doing' "
    "AND (job.args ->> 'update_id' = CAST(inbox.update_id AS text) OR job.args ->> 'album' = inbox.album))"
)


def name_queue(bot_id: int) -> str:
    """Name the queue of one bot: a worker takes jobs only of the bots whose tokens it has."""
    return f"bot {bot_id}"


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


class SharedTable(InboxTable):
    """Updates of one bot, written together with their jobs: both are there, or neither.

    A job has the number of its update or the name of its album, never what somebody wrote. Its lock is the
    chat, so that a chat's messages are answered in order. An album is one job, put off with each part.
    """

    def read_work(self, update_id: int | None, album: str | None) -> list[Work]:
        """Read what a job is about, as far as it is not done, in order.

        Raises:
            StorageError: The database cannot be read.
        """
        later = inbox.alias("later")
        behind = (
            select(func.count())
            .where(
                later.c.bot_id == inbox.c.bot_id,
                later.c.user_id == inbox.c.user_id,
                later.c.arrival > inbox.c.arrival,
                later.c.payload.is_not(None),
            )
            .scalar_subquery()
        )
        columns = (
            inbox.c.update_id,
            inbox.c.payload,
            inbox.c.user_id,
            inbox.c.starts,
            inbox.c.worker_deaths,
            inbox.c.arrived_at,
            behind,
        )
        is_meant = inbox.c.album == album if album else inbox.c.update_id == update_id
        statement = (
            select(*columns)
            .where(inbox.c.bot_id == self.bot_id, inbox.c.payload.is_not(None), is_meant)
            .order_by(inbox.c.update_id)
        )
        with transaction(self._engine, single=True) as connection:
            return [Work(*row) for row in connection.execute(statement)]

    def hasten(self) -> None:
        """Make due at once what was put off after a failure: a process that starts may be the cure.

        Raises:
            StorageError: Nothing was changed.
        """
        with transaction(self._engine) as connection:
            connection.execute(_HASTEN, {"queue": name_queue(self.bot_id)})

    def drop_waiting(self, user_id: int, before: int, in_flight: set[int], now: float) -> int:
        """Empty what somebody sent before an update, and return how many it was.

        Raises:
            StorageError: Nothing was written.
        """
        arrival = select(inbox.c.arrival).where(inbox.c.bot_id == self.bot_id, inbox.c.update_id == before)
        is_meant = and_(
            inbox.c.bot_id == self.bot_id,
            inbox.c.user_id == user_id,
            inbox.c.payload.is_not(None),
            inbox.c.arrival < arrival.scalar_subquery(),
            inbox.c.update_id.not_in(in_flight),
            text(f"NOT ({_IN_HAND})").bindparams(queue=name_queue(self.bot_id)),
        )
        emptied = {"payload": None, "lane": None, "user_id": None, "album": None, "done_at": now}
        with transaction(self._engine) as connection:
            return connection.execute(update(inbox).where(is_meant).values(emptied)).rowcount

    def _insert(self, connection: Connection, arrivals: list[Arrival]) -> set[int]:
        new_ids = super()._insert(connection, arrivals)
        new = [arrival for arrival in arrivals if arrival.update_id in new_ids]
        single = [arrival for arrival in new if not arrival.album]
        if single:
            connection.execute(_DEFER, [build_job(self.bot_id, arrival) for arrival in single])
        for arrival in new:
            if arrival.album:
                defer_album_part(connection, self.bot_id, arrival)
        return new_ids


def build_job(bot_id: int, arrival: Arrival) -> dict[str, Any]:
    """Build the values with which an update's job is written."""
    args = {"album": arrival.album} if arrival.album else {"update_id": arrival.update_id}
    due = datetime.now(UTC) + timedelta(seconds=QUIET_SECONDS) if arrival.album else None
    return {
        "queue": name_queue(bot_id),
        "task": TASK,
        "lock": f"{bot_id} {arrival.lane}",
        "album": f"{bot_id} album {arrival.album}" if arrival.album else None,
        "args": json.dumps(args),
        "due": due,
    }


def defer_album_part(connection: Connection, bot_id: int, arrival: Arrival) -> None:
    """Put an album's job off until its next part has had time to come; the first part makes the job.

    At most one job of a name can wait: that is the queueing lock. A part that comes after the job was begun
    makes another.
    """
    job = build_job(bot_id, arrival)
    while not connection.execute(_PUT_OFF, job).rowcount:
        try:
            with connection.begin_nested():
                connection.execute(_DEFER, job)
        except IntegrityError:
            continue  # another host made it in this very moment
        return


def defer(connection: Connection, bot_id: int, arrival: Arrival) -> None:
    """Make the job of an update that is in the table already.

    Used by `move-to-postgres`; what arrives otherwise gets its job along with its row.
    """
    if arrival.album:
        defer_album_part(connection, bot_id, arrival)
    else:
        connection.execute(_DEFER, build_job(bot_id, arrival))
