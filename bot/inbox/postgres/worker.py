"""Procrastinate at work for one bot: it fetches jobs, keeps others informed that it lives, and takes over."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision, manager
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job as QueueJob

from bot.inbox.postgres.job_table import TASK, name_queue
from bot.storage.engine import POSTGRES_PATIENCE, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from procrastinate.jobs import Notification, Status
    from procrastinate.manager import NotificationCallback

    from bot.inbox.postgres.job_table import Job

# As good as any number: how many are taken depends on the places.
_CONCURRENCY = 10_000
_CONNECTIONS = 4
_CONNECTION_SECONDS = 5.0
# What is not stopped by then is left to the end of the process; others take its jobs over.
_STOP_SECONDS = 8.0
_RETRY_SECONDS = 1.0
# A notification tells of each job that can be begun; this is for those that become due, and one that is lost.
_LOOK_SECONDS = 0.25
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

    def get_retry_decision(self, *, exception: BaseException, job: QueueJob) -> RetryDecision:  # noqa: ARG002
        """Say when."""
        if isinstance(exception, NotFinishedError):
            seconds = exception.seconds
        else:
            seconds = 0.0 if isinstance(exception, asyncio.CancelledError) else _RETRY_SECONDS
        return RetryDecision(retry_in={"milliseconds": round(1_000 * seconds)})


class Work(Protocol):
    """What jobs are for."""

    async def take(self, worker: int, places: int) -> list[Job]:
        """Take jobs out of the queue.

        Args:
            worker: By which number Procrastinate knows who takes them.
            places: At most so many.

        Raises:
            StorageError: The database cannot be read.
        """

    async def do(self, job: Job) -> bool:
        """Do one, and say whether it is ended along with its updates, rather than to be ended here.

        Raises:
            NotFinishedError: It is to be begun anew.
        """

    def is_ending(self, job_id: int) -> bool:
        """Tell whether a job is ended as soon as the database can be written."""


class JobManager(manager.JobManager):
    """Procrastinate's own, but it takes several jobs at once, and only as many as there are places.

    Args:
        connector: The database.
        work: Where they come from.
        places: How many are handled at once.

    Attributes:
        in_hand: The jobs that were taken and not yet ended.
        workers: The numbers under which this process has taken jobs.
        ended: How often jobs were done that need not be ended here.
    """

    def __init__(self, connector: PsycopgConnector, work: Work, places: int) -> None:
        super().__init__(connector)
        self._work = work
        self._places = places
        self._placed: set[int] = set()
        self._place_freed = asyncio.Event()
        self._is_open = True
        self._taken: deque[Job] = deque()
        self._news = 0
        self._nothing_since: int | None = None  # by the count of news: nothing is left in the queue
        self.in_hand: dict[int, Job] = {}
        self.workers: set[int] = set()
        self.ended: Counter[int] = Counter()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> QueueJob | None:  # noqa: ARG002
        """Give the next job of those that were taken; take more when there are none."""
        while self._is_open and not self._taken:
            if self._nothing_since == self._news:
                self._nothing_since = None  # whoever comes again has waited
                return None
            await self._take(worker_id)
        if not self._taken:
            return None
        job = self._taken.popleft()
        return QueueJob(
            id=job.id,
            queue=job.queue,
            lock=job.lock,
            queueing_lock=None,
            task_name=TASK,
            attempts=job.attempts,
            worker_id=worker_id,
        )

    async def finish_job(self, job: QueueJob, status: Status, delete_job: bool) -> None:
        """End a job, unless that was done along with its updates."""
        job_id = job.id or 0
        if self.ended[job_id]:
            self.ended[job_id] -= 1
        else:
            await super().finish_job(job, status, delete_job)
        self.ended += Counter()  # drops what is zero

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Count what is told, so that nothing is missed that comes while jobs are being taken."""

        async def note(*, channel: str, notification: Notification) -> None:
            self._news += 1
            await on_notification(channel=channel, notification=notification)

        await super().listen_for_jobs(on_notification=note, queues=queues)

    def free_place(self, job_id: int) -> None:
        """Let another job be taken."""
        self._placed.discard(job_id)
        self._place_freed.set()

    def close(self) -> None:
        """Take no more."""
        self._is_open = False
        self._place_freed.set()

    async def give_back(self) -> None:
        """Give back what was taken and not begun."""
        while self._taken:
            job = self._taken.popleft()
            self.in_hand.pop(job.id, None)
            self.free_place(job.id)
            await self.retry_job_by_id_async(job.id, retry_at=datetime.now(UTC))

    async def _take(self, worker_id: int) -> None:
        self.workers.add(worker_id)
        self._place_freed.clear()
        free = self._places - len(self._placed)
        if free <= 0:
            await self._place_freed.wait()
            return
        news = self._news
        jobs = await self._work.take(worker_id, free)
        self._taken.extend(jobs)
        self._placed.update(job.id for job in jobs)
        self.in_hand.update((job.id, job) for job in jobs)
        self._nothing_since = news if len(jobs) < free else None


class SharedJobs:
    """Takes jobs of one bot, and those of workers that were lost.

    Args:
        url: The database, `postgresql://`.
        bot_id: Whose jobs.
        work: What they are for.
        lost_seconds: A worker that was not heard of for so long is lost.
        places: How many are handled at once.
    """

    def __init__(self, url: str, bot_id: int, work: Work, lost_seconds: float, places: int = 16) -> None:
        self._connector = PsycopgConnector(
            conninfo=url,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_CONNECTION_SECONDS,
            kwargs=dict(POSTGRES_PATIENCE),
            reconnect_timeout=_CONNECTION_SECONDS,
        )
        self._work = work
        self._app = App(connector=self._connector)
        self._manager = self._app.job_manager = JobManager(self._connector, work, places)
        self._queue = name_queue(bot_id)
        self._lost_seconds = lost_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._is_open = False
        self._stuck: set[int] = set()

        @self._app.task(name=TASK, queue=self._queue, pass_context=True, retry=_BeginAnew())
        async def answer(context: JobContext) -> None:
            job_id = context.job.id or 0
            job = self._manager.in_hand[job_id]
            try:
                if await work.do(job):
                    self._manager.ended[job_id] += 1
            finally:
                if self._manager.in_hand.get(job_id) is job:
                    del self._manager.in_hand[job_id]
                self.free_place(job_id)

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
        self._manager.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
            if left:
                _log.warning("jobs were not stopped in time; others take over what is in hand")
        self._tasks = []
        await self._give_back_untouched()
        await self._app.close_async()

    def free_place(self, job_id: int) -> None:
        """Let another job be taken, although this one is still in hand: its updates are answered later."""
        self._manager.free_place(job_id)

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
            await self._give_back_untouched()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _give_back_untouched(self) -> None:
        """Give back what was taken and not begun when the worker ended."""
        with self._told("jobs cannot be given back; others take them over"):
            async with asyncio.timeout(_CONNECTION_SECONDS):
                await self._manager.give_back()

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
            workers=list(self._manager.workers),
        )
        found = {row["id"] for row in rows} - self._manager.in_hand.keys()
        before, self._stuck = self._stuck, {job_id for job_id in found if not self._work.is_ending(job_id)}
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
        except (ProcrastinateException, StorageError, OSError) as error:
            _log.error(event, error=type(error).__name__)
        except Exception:  # noqa: BLE001 - whatever it is, the jobs of others must not wait for ever
            _log.exception(event)
