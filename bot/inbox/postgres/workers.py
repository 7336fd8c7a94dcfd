"""Procrastinate at work for one bot: its task, its workers, and what lost workers had in hand."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ProcrastinateException
from sqlalchemy import text

from bot.storage.engine import POSTGRES_TIMEOUTS, StorageError, connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    import psycopg
    from procrastinate.jobs import Job
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.inbox.entry import Again, Stored

TASK = "answer"
_POOL = 3
_CONNECTION_SECONDS = 5.0
_RETRY_SECONDS = 1.0
# A worker that listens is told of new jobs; the others look, each at a time of its own, also for what becomes
# due. Whoever has just finished a job looks again at once.
_LOOK_SECONDS = 1.0
# Any number that nobody else locks; this one spells "lost".
_TAKEOVER_LOCK = 0x6C6F7374
_log = structlog.get_logger(__name__)


class NotFinishedError(Exception):
    """A job is to be begun again.

    Args:
        again: When.
    """

    def __init__(self, again: Again) -> None:
        super().__init__(f"again in {again.seconds:g} s")
        self.again = again


class _BeginAgain(BaseRetryStrategy):
    """Whatever ended a job before its time, it goes back to its place in the queue, with the same number."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """Say when, and behind which lock."""
        if isinstance(exception, NotFinishedError):
            lock = exception.again.ordering_key and name_lock(job.queue, exception.again.ordering_key)
            seconds = exception.again.seconds
        else:
            lock = None
            seconds = 0.0 if isinstance(exception, asyncio.CancelledError) else _RETRY_SECONDS
        return RetryDecision(retry_in={"milliseconds": round(1_000 * seconds)}, lock=lock)


class Workers:
    """Makes jobs of one bot's updates, and works on them, one job a worker.

    Args:
        engine: The database.
        bot_id: Whose jobs.
        work: Handles the update of a job, which is over when that returns, unless `NotFinishedError` says
            when it is to be begun again.
        lost_seconds: A worker that was not heard of for so long is lost.
        connections: How many connections they may hold, beside those of the engine.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        bot_id: int,
        work: Callable[[int, Job], Awaitable[None]],
        lost_seconds: float,
        connections: int,
    ) -> None:
        connector = PsycopgConnector(
            conninfo=engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
            min_size=1,
            max_size=_POOL,
            timeout=_CONNECTION_SECONDS,
            configure=_make_quick,
            kwargs={**POSTGRES_TIMEOUTS, "application_name": f"bot {bot_id} jobs"},
            reconnect_timeout=_CONNECTION_SECONDS,
        )
        self._app = App(connector=connector)
        self._engine = engine
        self._queue = name_queue(bot_id)
        self._lost_seconds = lost_seconds
        self._listeners = max(1, connections - _POOL)
        self._tasks: list[asyncio.Task[None]] = []
        self._in_hand: dict[int, asyncio.Task[Any] | None] = {}
        self._numbers: set[int] = set()  # under which Procrastinate knows the workers of this process
        self._stuck: set[int] = set()
        self._is_open = False

        @self._app.task(name=TASK, queue=self._queue, pass_context=True, retry=_BeginAgain())
        async def answer(context: JobContext, update_id: int) -> None:
            job_id = context.job.id or 0
            self._in_hand[job_id] = asyncio.current_task()
            self._numbers.add(context.job.worker_id or 0)
            try:
                await work(update_id, context.job)
            finally:
                self._in_hand.pop(job_id, None)

        self._task = answer

    async def open(self) -> None:
        """Connect.

        Raises:
            StorageError: The database cannot be reached.
        """
        with _translate_errors():
            await self._app.open_async()

    def start(self, concurrency: int) -> None:
        """Begin to take jobs, so many at once."""
        self._is_open = True
        self._tasks = [
            asyncio.create_task(self._run_worker(number, concurrency), name=f"worker {number}")
            for number in range(concurrency)
        ]
        self._tasks.append(asyncio.create_task(self._look_after(), name="lost jobs"))

    async def stop(self, seconds: float) -> None:
        """Take no more; wait so long for what is in hand, and give back the rest."""
        self._is_open = False
        giving_back = asyncio.get_running_loop().call_later(seconds, self._give_back)
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=_RETRY_SECONDS)
            # A worker that was just starting may have missed it; those with a job are not told twice.
            while pending and self._in_hand:
                _, pending = await asyncio.wait(pending, timeout=_RETRY_SECONDS)
        giving_back.cancel()
        self._tasks = []

    def _give_back(self) -> None:
        """Break off what is in hand: a job whose task is cancelled goes back to its place."""
        for task in filter(None, self._in_hand.values()):
            task.cancel()

    async def close(self) -> None:
        """Disconnect."""
        await self._app.close_async()

    async def defer(self, connection: AsyncConnection, arrivals: Iterable[Stored]) -> None:
        """Make jobs of updates in the transaction of a connection.

        A job has the number of its update, never what somebody wrote. Its lock is the ordering key, so that a
        chat's messages are answered in order over all hosts; its priority is its turn.

        Raises:
            StorageError: They could not be made.
        """
        jobs = []
        for arrival in arrivals:
            lock = name_lock(self._queue, arrival.ordering_key)
            deferrer = self._task.configure(lock=lock, priority=-arrival.turn)
            jobs.append(deferrer.make_new_job(update_id=arrival.update_id))
        driver = (await connection.get_raw_connection()).driver_connection
        with _translate_errors():
            await self._app.job_manager.batch_defer_jobs_async(jobs, connection=driver)

    async def cancel(self, job: Job) -> None:
        """Delete a job that waits."""
        await self._app.job_manager.cancel_job_by_id_async(job.id or 0, delete_job=True)

    async def is_own(self, job: Job) -> bool | None:
        """Tell whether a job that was taken is still this worker's; None when it is over.

        Raises:
            ProcrastinateException: The database cannot be read.
        """
        found = list(await self._app.job_manager.list_jobs_async(id=job.id))
        return found[0].worker_id == job.worker_id if found else None

    async def _clear_backoff(self) -> None:
        """Have jobs that were put off begun now: that a worker starts may be the cure.

        A job cannot be given another time, so that another one takes its place.
        """
        manager = self._app.job_manager
        for job in await manager.list_jobs_async(queue=self._queue, status="todo"):
            if job.scheduled_at and job.scheduled_at > datetime.now(UTC):
                deferrer = self._task.configure(lock=job.lock, priority=job.priority)
                await deferrer.defer_async(**job.task_kwargs)
                await self.cancel(job)

    async def _run_worker(self, number: int, concurrency: int) -> None:
        """Run a worker, and another when it ended because the database was away."""
        # So that not all look at the same moment.
        await asyncio.sleep(_LOOK_SECONDS * number / concurrency)
        while self._is_open:
            with self._told("jobs cannot be fetched; trying again"):
                await self._app.run_worker_async(
                    queues=[self._queue],
                    concurrency=1,
                    install_signal_handlers=False,
                    listen_notify=number < self._listeners,
                    delete_jobs="successful",
                    fetch_job_polling_interval=_LOOK_SECONDS,
                    abort_job_polling_interval=3_600.0,
                    update_heartbeat_interval=self._lost_seconds / 3,
                    stalled_worker_timeout=self._lost_seconds,
                )
            if self._is_open:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _look_after(self) -> None:
        """Give back to the queue, again and again, what nobody has in hand."""
        with self._told("jobs that were put off stay so"):
            await self._clear_backoff()
        while True:
            await asyncio.sleep(self._lost_seconds / 3)
            with self._told("lost jobs cannot be looked for; trying again"):
                await self._take_over()
                await self._give_back_stuck()

    async def _take_over(self) -> None:
        """Give back what lost workers had in hand; one process at a time, or jobs came back twice."""
        locking = text(f"SELECT pg_try_advisory_xact_lock({_TAKEOVER_LOCK})")
        async with connect(self._engine) as connection:
            if not await connection.scalar(locking):
                return
            lost = await self._app.job_manager.get_stalled_jobs(
                queue=self._queue, seconds_since_heartbeat=self._lost_seconds
            )
            for job in lost:
                _log.warning("a worker was lost; its job is taken over", job=job.id)
                await self._app.job_manager.retry_job(job)

    async def _give_back_stuck(self) -> None:
        """Give back what this process did, but the database could not take down that it did.

        Such a job would hold up its chat as long as the process lives. That a job is not in hand any more and
        not yet finished is usual for a moment, so it counts only when it is so twice.
        """
        doing = await self._app.job_manager.list_jobs_async(queue=self._queue, status="doing")
        before = self._stuck
        self._stuck = {
            job.id
            for job in doing
            if job.id and job.worker_id in self._numbers and job.id not in self._in_hand
        }
        for job_id in before & self._stuck:
            _log.warning("a job could not be finished; it is looked at again", job=job_id)
            await self._app.job_manager.retry_job_by_id_async(job_id, retry_at=datetime.now(UTC))

    @contextlib.contextmanager
    def _told(self, event: str) -> Iterator[None]:
        """Say what failed, and go on."""
        try:
            yield
        except (ProcrastinateException, StorageError, OSError) as error:
            _log.error(event, error=type(error).__name__)
        except Exception:  # noqa: BLE001 - whatever it is, the jobs of others must not wait for ever
            _log.exception(event)


async def _make_quick(connection: psycopg.AsyncConnection[Any]) -> None:
    """Have each statement committed by itself, and nobody wait until the disk has it.

    What a crash of the database may take back is only who has which job: updates, and that they are done, are
    committed by other connections, and a job whose update is done has nothing left to do.
    """
    await connection.set_autocommit(True)
    await connection.execute("SET synchronous_commit TO off")
    # To find the next job, walk along the index of their order, and do not look at all that wait and sort
    # them: that is what the planner prefers after a burst, for it has not counted the new ones yet.
    await connection.execute("SET enable_sort TO off")


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except (ProcrastinateException, OSError) as error:
        raise StorageError(
            f"The database of DATABASE_URL failed ({type(error).__name__}). "
            "Check that it is there and can be reached."
        ) from error


def name_queue(bot_id: int) -> str:
    """Name the queue of one bot: a worker takes jobs only of the bots whose tokens it has."""
    return f"bot {bot_id}"


def name_lock(queue: str, ordering_key: str) -> str:
    """Name the lock that jobs with one ordering key share: one is handled at a time over all hosts."""
    return f"{queue} {ordering_key}"


async def defer_stored(connection: AsyncConnection, updates: Iterable[tuple[int, int, str, int]]) -> None:
    """Make jobs of updates that are in the table already, in the transaction of a connection.

    Args:
        connection: To PostgreSQL.
        updates: The bot, the number, the ordering key and the turn of each, in order.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    app = App(connector=PsycopgConnector())  # never opened: it writes through the given connection
    for bot_id, update_id, ordering_key, turn in updates:
        queue = name_queue(bot_id)
        deferrer = app.configure_task(
            TASK, queue=queue, lock=name_lock(queue, ordering_key), priority=-turn, connection=driver
        )
        await deferrer.defer_async(update_id=update_id)
