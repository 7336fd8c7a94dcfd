"""The inbox's table where several hosts share it: each update, or album, is also a job in the queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.inbox.album_buffer import QUIET_SECONDS
from bot.inbox.table import InboxTable, Work
from bot.storage.engine import transaction
from bot.storage.tables import inbox

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection

    from bot.inbox.table import Arrival, Marks

TASK = "answer"
_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, :album, "
    "CAST(:args AS jsonb), CAST(:due AS timestamptz))::procrastinate_job_to_defer_v1])"
)
# The same for several updates that are no parts of albums, along with their rows: one statement, one commit.
_RECEIVE = text(
    "WITH new AS ("
    "INSERT INTO inbox (bot_id, update_id, lane, user_id, arrived_at, payload) "
    "SELECT :bot, arrivals.* FROM unnest(CAST(:update_id AS bigint[]), CAST(:lane AS varchar[]), "
    "CAST(:user_id AS bigint[]), CAST(:arrived_at AS double precision[]), CAST(:payload AS text[])) "
    "AS arrivals ON CONFLICT DO NOTHING RETURNING arrival, update_id, lane) "
    "SELECT array_agg(update_id), procrastinate_defer_jobs_v1(array_agg(ROW(:queue, :task, 0, "
    "CAST(:bot AS text) || ' ' || lane, NULL, jsonb_build_object('update_id', update_id), NULL)"
    "::procrastinate_job_to_defer_v1 ORDER BY arrival)) FROM new"
)
_TAKE = text("SELECT * FROM bot_take_jobs_v1(CAST(:queues AS varchar[]), :worker, :places)")
# A job that another worker has taken over meanwhile is left to it.
_END = text(
    "WITH answered AS ("
    "UPDATE inbox SET payload = NULL, lane = NULL, user_id = NULL, album = NULL, done_at = marks.now "
    "FROM unnest(CAST(:numbers AS bigint[]), CAST(:times AS double precision[])) AS marks (number, now) "
    "WHERE inbox.bot_id = :bot AND inbox.update_id = marks.number) "
    "SELECT procrastinate_finish_job_v1(id, 'succeeded', TRUE) FROM ("
    "SELECT id FROM procrastinate_jobs WHERE id = ANY (CAST(:jobs AS bigint[])) AND (status = 'todo' "
    "OR status = 'doing' AND (worker_id IS NULL OR worker_id = ANY (CAST(:workers AS bigint[])))) "
    "FOR UPDATE) AS ours"
)
_PUT_OFF = text(
    "UPDATE procrastinate_jobs SET scheduled_at = CAST(:due AS timestamptz) "
    "WHERE queueing_lock = :album AND status = 'todo'"
)
_HASTEN = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL "
    "WHERE queue_name = :queue AND status = 'todo' AND attempts > 0"
)
_COUNT_CHATS = text(
    "SELECT count(DISTINCT lock) FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'todo'"
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
class Job:
    """What a worker has taken.

    Attributes:
        id: The queue's number for it.
        queue: Which bot's.
        lock: What it keeps waiting.
        attempts: How often it was begun before.
        version: How often settings had been changed by anybody.
        works: The updates that are not done, in order.
    """

    id: int
    queue: str
    lock: str | None
    attempts: int
    version: int
    works: list[Work]


class SharedTable(InboxTable):
    """Updates of one bot, written together with their jobs: both are there, or neither.

    A job has the number of its update or the name of its album, never what somebody wrote. Its lock is the
    chat, so that a chat's messages are answered in order. An album is one job, put off with each part.

    `take` may be called in a thread of its own.
    """

    def __init__(self, url: URL, bot_id: int) -> None:
        super().__init__(url, bot_id)
        self._workers: set[int] = set()  # the numbers under which this process has taken jobs

    def take(self, worker: int, places: int) -> list[Job]:
        """Take jobs, the first of each chat that has none in hand, with what they are about.

        Args:
            worker: By which number Procrastinate knows who takes them.
            places: At most so many.

        Raises:
            StorageError: The database cannot be read. What it has given all the same is in the hands of
                the worker, who knows nothing of it.
        """
        self._workers.add(worker)
        values = {"queues": [name_queue(self.bot_id)], "worker": worker, "places": places}
        with transaction(self._engine, single=True) as connection:
            rows = connection.execute(_TAKE, values).all()
        jobs: dict[int, Job] = {}
        for job_id, queue, lock, attempts, version, *work in rows:
            job = jobs.setdefault(job_id, Job(job_id, queue, lock, attempts, version or 0, []))
            if work[0] is not None:
                job.works.append(Work(*work))
        for job in jobs.values():
            job.works.sort(key=lambda work: work.update_id)
        return list(jobs.values())

    def hasten(self) -> None:
        """Make due at once what was put off after a failure: a process that starts may be the cure.

        Raises:
            StorageError: Nothing was changed.
        """
        with transaction(self._engine) as connection:
            connection.execute(_HASTEN, {"queue": name_queue(self.bot_id)})

    def count_waiting_chats(self) -> int:
        """Count the chats that have jobs which no process has in hand. May be called in any thread.

        Raises:
            StorageError: The database cannot be read.
        """
        with transaction(self._engine, single=True) as connection:
            return int(connection.execute(_COUNT_CHATS, {"queue": name_queue(self.bot_id)}).scalar_one())

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

    def _open(self, arrivals: list[Arrival], marks: Marks) -> AbstractContextManager[Connection]:
        is_received_at_once = not any(arrival.album for arrival in arrivals) and not marks
        is_ended_at_once = not arrivals and not marks.started and not marks.died
        return transaction(self._engine, single=is_received_at_once or is_ended_at_once)

    def _insert(self, connection: Connection, arrivals: list[Arrival]) -> set[int]:
        new_ids = self._receive(connection, [arrival for arrival in arrivals if not arrival.album])
        parts = [arrival for arrival in arrivals if arrival.album]
        new_parts = super()._insert(connection, parts)
        for arrival in parts:
            if arrival.update_id in new_parts:
                defer_album_part(connection, self.bot_id, arrival)
        return new_ids | new_parts

    def _receive(self, connection: Connection, arrivals: list[Arrival]) -> set[int]:
        if not arrivals:
            return set()
        names = ("update_id", "lane", "user_id", "arrived_at", "payload")
        columns = {name: [getattr(arrival, name) for arrival in arrivals] for name in names}
        values = {"bot": self.bot_id, "queue": name_queue(self.bot_id), "task": TASK, **columns}
        new_ids, _job_ids = connection.execute(_RECEIVE, values).one()
        return set(new_ids or ())

    def _mark_done(self, connection: Connection, marks: Marks) -> None:
        values = {
            "bot": self.bot_id,
            "numbers": list(marks.done),
            "times": list(marks.done.values()),
            "jobs": list(marks.ended_jobs),
            "workers": list(self._workers),
        }
        connection.execute(_END, values)


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
