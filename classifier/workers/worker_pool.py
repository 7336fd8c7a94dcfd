"""The classifier behind processes that can be killed: a hostile photo costs its worker, not the program.

Each worker process has a socket of its own, so that killing one can neither take a lock that others wait for
nor leave half a message that others read. Photos wait here in the order they came in, before what has time.

This side never loads OpenCV or LiteRT: it holds bytes and answers only.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from classifier.classification import Classification
from classifier.model_copy import copy_model, remove_other_copies
from classifier.model_info import ModelInfo, load_model_info
from classifier.types import BusyError
from classifier.workers.worker_jobs import CLASSIFY, WATCH, Job
from classifier.workers.worker_main import run_worker
from classifier.workers.worker_pool_options import PoolOptions
from classifier.workers.worker_process import RunWorker, WorkerProcess, build_stopped_error
from classifier.workers.worker_queue import WorkerQueue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from classifier.workers.confinement import Confinement

__all__ = ["Classification", "ClassifierPool", "PoolOptions"]

T = TypeVar("T")
_log = logging.getLogger(__name__)


class ClassifierPool:
    """Classifies photos in worker processes, for asyncio.

    Args:
        options: How the workers are run.
        run: What a worker's process runs.
    """

    def __init__(self, options: PoolOptions, run: RunWorker = run_worker) -> None:
        self._options = options
        self._run = run
        self._info: ModelInfo | None = None
        self._workers: list[WorkerProcess] = []
        self._idle = WorkerQueue()
        self._renewals: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None

    @property
    def info(self) -> ModelInfo:
        """What model.json says of the model in use.

        Raises:
            WorkerUnavailableError: The pool is not started.
        """
        if self._info is None:
            raise build_stopped_error()
        return self._info

    @property
    def ready_workers(self) -> int:
        """How many workers answer: an idle one the last time it was asked, a busy one within its deadline."""
        return sum(worker.is_alive for worker in self._workers)

    @property
    def waiting_photos(self) -> int:
        """How many photos wait for a worker."""
        return self._idle.count_waiting(low_priority=False)

    @property
    def confinement(self) -> Confinement | None:
        """What the workers have given up; None before any has started."""
        found = (worker.confinement for worker in self._workers)
        return next((confinement for confinement in found if confinement is not None), None)

    async def start(self) -> None:
        """Start all workers and wait until each has loaded the model and answered once.

        Raises:
            ModelError: The model cannot be used.
            WorkerUnavailableError: A worker did not survive its start.
        """
        self._options, self._info = await self._take_model(self._options.model_dir)
        self._workers = [WorkerProcess(self._options, self._run) for _ in range(self._options.workers)]
        try:
            await asyncio.gather(*(worker.start() for worker in self._workers))
        except BaseException:
            await self.close()
            raise
        if self.confinement is not None and not self.confinement.is_complete:
            _log.warning("%s", self.confinement.describe())
        for worker in self._workers:
            self._idle.put(worker)
        await self._forget_other_models()
        self._watching = asyncio.create_task(self._watch_workers(), name="watch workers")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def classify(
        self,
        image_bytes: bytes,
        *,
        draw: bool = False,
        explain: bool = False,
        crop: int | None = None,
        low_priority: bool = False,
    ) -> Classification:
        """Classify one photo as soon as a worker is free.

        Args:
            image_bytes: A whole file.
            draw: Also draw the photo with numbered boxes.
            explain: Also draw where the model looked.
            crop: Also hand out the face of this number, from 1.
            low_priority: Let all other photos go first.

        Raises:
            ImageError: The photo cannot be classified; the message says what to do.
            BusyError: Too many photos are waiting.
            DeadlineExceededError: It took too long, and its worker was killed.
            WorkerLostError: The worker died of it.
            WorkerUnavailableError: No worker could be started, or the pool is closed.
        """
        arguments = {"draw": draw, "explain": explain, "crop": crop}
        return await self.do(CLASSIFY, arguments, image_bytes, low_priority=low_priority)

    async def watch(self, clip_bytes: bytes, *, draw: bool = False, explain: bool = False) -> Classification:
        """Classify one clip at some moments as soon as a worker is free.

        Args:
            clip_bytes: A whole file.
            draw: Also draw the faces that decided, and the whole course.
            explain: Also draw where the model looked.

        Raises:
            ClassifierError: As `classify`.
        """
        return await self.do(WATCH, {"draw": draw, "explain": explain}, clip_bytes)

    async def do(
        self, job: Job[T], arguments: Mapping[str, Any], given: bytes, *, low_priority: bool = False
    ) -> T:
        """Have a job done as soon as a worker is free.

        Args:
            job: What to do.
            arguments: How, as JSON.
            given: What to do it with, such as a whole file.
            low_priority: Let all else go first; refused when no worker was free for a while.

        Raises:
            ClassifierError: As `classify`; which ones a worker may tell of, the job says.
        """
        if self._info is None:
            raise build_stopped_error()
        worker = await self._wait_for_worker(low_priority=low_priority)
        try:
            return await worker.do(job, arguments, given)
        finally:
            self._give_back(worker)

    async def reload(self, model_dir: Path) -> None:
        """Change to another model. Photos in hand are finished with the old one; none is lost.

        Raises:
            ModelError: The new model cannot be used; the old one stays.
            WorkerUnavailableError: A worker did not survive its start; trying again may help.
        """
        options, info = await self._take_model(model_dir)
        probe = WorkerProcess(
            options, self._run
        )  # the others are changed only after one has shown that it works
        try:
            await probe.start()
        finally:
            await probe.stop()
        for worker in self._workers:
            await worker.start(options)
        self._options, self._info = options, info
        await self._forget_other_models()

    async def close(self) -> None:
        """End all workers. What they have in hand or what waits fails with WorkerUnavailableError."""
        self._info = None
        tasks = [*self._renewals, *([self._watching] if self._watching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def _take_model(self, model_dir: Path) -> tuple[PoolOptions, ModelInfo]:
        """Read a model folder, and give the options to run it with, from a copy if there are to be copies."""
        copies_dir = self._options.copies_dir
        if copies_dir is not None:
            model_dir = await asyncio.to_thread(copy_model, model_dir, copies_dir)
        info = await asyncio.to_thread(load_model_info, model_dir)
        return replace(self._options, model_dir=model_dir), info

    async def _forget_other_models(self) -> None:
        """Delete copies that are not in use: in a container every start has the same process number."""
        if self._options.copies_dir is not None:
            await asyncio.to_thread(remove_other_copies, self._options.model_dir)

    async def _wait_for_worker(self, *, low_priority: bool) -> WorkerProcess:
        """Take the next idle worker; photos get theirs in the order in which they came."""
        waiting = self._idle.count_waiting(low_priority=low_priority)
        if self._idle.is_empty and waiting >= self._options.max_waiting:
            raise BusyError(f"{waiting} photos are waiting already. Send it again in a minute.")
        try:
            async with asyncio.timeout(self._options.low_priority_seconds if low_priority else None):
                return await self._idle.get(low_priority=low_priority)
        except TimeoutError:
            raise BusyError("Other photos go first, and there are many. Send it again in a minute.") from None

    def _give_back(self, worker: WorkerProcess) -> None:
        """Let the next photo have a worker, which may need another process first."""
        if not worker.needs_renewal:
            self._idle.put(worker)
            return
        renewal = asyncio.create_task(self._renew(worker))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)

    async def _watch_workers(self) -> None:
        """Ask idle workers now and then, so that one that hangs is replaced before a photo meets it."""
        while True:
            await asyncio.sleep(self._options.check_seconds)
            await asyncio.gather(*map(self._check, self._idle.take_all()))

    async def _check(self, worker: WorkerProcess) -> None:
        try:
            await worker.check()
        finally:
            self._give_back(worker)

    async def _renew(self, worker: WorkerProcess) -> None:
        """Replace a worker's process; should that fail, the next photo tries again."""
        try:
            await worker.start()
        except Exception:  # noqa: BLE001
            _log.exception("A worker could not be started.")
        finally:
            self._idle.put(worker)
