"""Procrastinate at work for one bot: it fetches jobs, keeps others informed that it lives, and takes over."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ProcrastinateException

from bot.database import POSTGRES_PATIENCE, StorageError
from bot.shared_table import TASK, name_queue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from procrastinate.jobs import Job

# More than are handled at once: a job whose answer is given later takes none of the places.
_CONCURRENCY = 64
_CONNECTIONS = 8
_CONNECTION_SECONDS = 5.0
# What is not stopped by then is left to the end of the process; others take its jobs over.
_STOP_SECONDS = 8.0
_RETRY_SECONDS = 1.0
# A notification tells of each job that can be begun; this is for those that become due, and one that is lost.
_LOOK_SECONDS = 0.25
_OFF = (
    # Taking and finishing a job need not wait for the disk: what a crash of the database takes back comes
    # again, and is about nothing if its update was done. That is SharedTable's to write.
    "synchronous_commit",
    # A queue is empty most of the time, so the planner knows of no rows and would read and sort all that wait
    # for each job taken: 10 ms with 4,000 waiting. In the order of the index the first is found in 0.5 ms.
    "enable_sort",
    "enable_bitmapscan",
)
_log = structlog.get_logger(__name__)


class NotFinishedError(Exception):
    """A job was not finished and is to be begun anew.

    Args:
        seconds: Not before so much time has passed.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


class _BeginAnew(BaseRetryStrategy):
    """Whatever ended a job before its time, it goes back to its place in the queue."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:  # noqa: ARG002
        """Say when."""
        if isinstance(exception, NotFinishedError):
            seconds = exception.seconds
        else:
            seconds = 0.0 if isinstance(exception, asyncio.CancelledError) else _RETRY_SECONDS
        return RetryDecision(retry_in={"milliseconds": round(1_000 * seconds)})


class SharedJobs:
    """Takes jobs of one bot, and those of workers that were lost.

    Args:
        url: The database, `postgresql://`.
        bot_id: Whose jobs.
        work: Does one: given its id and what `build_job` put into it.
        lost_seconds: A worker that was not heard of for so long is lost.
    """

    def __init__(
        self,
        url: str,
        bot_id: int,
        work: Callable[[int, int | None, str | None], Awaitable[None]],
        lost_seconds: float,
    ) -> None:
        self._connector = PsycopgConnector(
            conninfo=url,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_CONNECTION_SECONDS,
            kwargs={**POSTGRES_PATIENCE, "options": " ".join(f"-c {name}=off" for name in _OFF)},
            reconnect_timeout=_CONNECTION_SECONDS,
        )
        self._app = App(connector=self._connector)
        self._queue = name_queue(bot_id)
        self._lost_seconds = lost_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._is_open = False
        self._workers: set[int] = set()  # the numbers under which this process has taken jobs
        self._in_hand: set[int] = set()
        self._stuck: set[int] = set()

        @self._app.task(name=TASK, queue=self._queue, pass_context=True, retry=_BeginAnew())
        async def answer(context: JobContext, update_id: int | None = None, album: str | None = None) -> None:
            job_id, worker = context.job.id or 0, context.job.worker_id or 0
            self._workers.add(worker)
            self._in_hand.add(job_id)
            try:
                await work(job_id, update_id, album)
            finally:
                self._in_hand.discard(job_id)

    async def start(self) -> None:
        """Begin to take jobs.

        Raises:
            StorageError: The database cannot be reached.
        """
        try:
            await self._app.open_async()
        except (ProcrastinateException, OSError) as error:
            raise StorageError(
                f"The database of DATABASE_URL failed ({type(error).__name__}). "
                "Check that it is there and can be reached."
            ) from error
        self._is_open = True
        self._tasks = [
            asyncio.create_task(self._take_jobs(), name="jobs"),
            asyncio.create_task(self._look_after(), name="lost jobs"),
        ]

    async def stop(self) -> None:
        """Take no more; what is in hand goes back to the queue."""
        self._is_open = False
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
            if left:
                _log.warning("jobs were not stopped in time; others take over what is in hand")
        self._tasks = []
        await self._app.close_async()

    async def let_chat_go(self, job_id: int) -> None:
        """Keep a job in hand, but let the next one of its chat begin: its answer comes later."""
        await self._connector.execute_query_async(
            "UPDATE procrastinate_jobs SET lock = lock || ' later ' || id "
            "WHERE id = %(id)s AND status = 'doing'",
            id=job_id,
        )

    async def _take_jobs(self) -> None:
        """Run the worker, and another when the database was away.

        A worker that is cancelled while the database is away raises what the database did, so being cancelled
        is not enough to end this.
        """
        while self._is_open:
            with self._told("jobs cannot be fetched; trying again"):
                await self._app.run_worker_async(
                    queues=[self._queue],
                    concurrency=_CONCURRENCY,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    fetch_job_polling_interval=_LOOK_SECONDS,
                    abort_job_polling_interval=3_600.0,
                    shutdown_graceful_timeout=0.0,
                    update_heartbeat_interval=self._lost_seconds / 3,
                    stalled_worker_timeout=self._lost_seconds,
                )
            await asyncio.sleep(_RETRY_SECONDS)

    async def _look_after(self) -> None:
        """Give back to the queue, again and again, what nobody has in hand."""
        while True:
            await asyncio.sleep(self._lost_seconds / 3)
            with self._told("lost jobs cannot be looked for; trying again"):
                await self._take_over()
                await self._give_back_stuck()

    async def _take_over(self) -> None:
        """Give back what lost workers had in hand."""
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
        rows = await self._connector.execute_query_all_async(
            "SELECT id FROM procrastinate_jobs "
            "WHERE queue_name = %(queue)s AND status = 'doing' AND worker_id = ANY(%(workers)s)",
            queue=self._queue,
            workers=list(self._workers),
        )
        before, self._stuck = self._stuck, {row["id"] for row in rows} - self._in_hand
        twice = before & self._stuck
        self._stuck -= twice
        for job_id in twice:
            _log.warning("a job could not be finished; it is looked at again", job=job_id)
            await self._app.job_manager.retry_job_by_id_async(job_id, retry_at=datetime.now(UTC))

    @contextlib.contextmanager
    def _told(self, event: str) -> Iterator[None]:
        """Say what failed, and go on."""
        try:
            yield
        except (ProcrastinateException, OSError) as error:
            _log.error(event, error=type(error).__name__)
        except Exception:  # noqa: BLE001 - whatever it is, the jobs of others must not wait for ever
            _log.exception(event)
