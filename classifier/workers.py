"""The classifier behind processes that can be killed: a hostile photo costs its worker, not the program.

Each worker process has a `pebble.ProcessPool` of its own, so that killing one can neither take a lock that
others wait for nor leave half a message that others read. Photos wait here, in the order they came in.

This side never loads OpenCV or LiteRT: it holds bytes and answers only.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import sys
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool

from classifier.model_info import ModelInfo, load_model_info
from classifier.types import BusyError, DeadlineExceededError, ModelError, WorkerLostError
from classifier.worker import Judgement, PoolOptions, judge_photo, start_worker, warm_up

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext
    from pathlib import Path

    from pebble import ProcessFuture

__all__ = ["ClassifierPool", "Judgement", "PoolOptions"]

_START_SECONDS = 60.0
_log = logging.getLogger(__name__)


class ClassifierPool:
    """Judges photos in worker processes, for asyncio.

    Args:
        options: How the workers are run.
    """

    def __init__(self, options: PoolOptions) -> None:
        self._options = options
        self._info: ModelInfo | None = None
        self._workers: list[_Worker] = []
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._waiting = 0
        self._renewals: set[asyncio.Task[None]] = set()

    @property
    def info(self) -> ModelInfo:
        """What model.json says of the model in use.

        Raises:
            WorkerLostError: The pool is not started.
        """
        if self._info is None:
            raise _build_stopped_error()
        return self._info

    @property
    def ready_workers(self) -> int:
        """How many workers are alive, busy or not."""
        return sum(worker.is_alive for worker in self._workers)

    @property
    def waiting_photos(self) -> int:
        """How many photos wait for a worker."""
        return self._waiting

    async def start(self) -> None:
        """Start all workers and wait until each has loaded the model and answered once.

        Raises:
            ModelError: The model cannot be used.
            WorkerLostError: A worker did not survive its start.
        """
        self._info = await asyncio.to_thread(load_model_info, self._options.model_dir)
        self._workers = [_Worker(self._options) for _ in range(self._options.workers)]
        try:
            await asyncio.gather(*(worker.start() for worker in self._workers))
        except BaseException:
            await self.close()
            raise
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def judge(self, image_bytes: bytes, *, draw: bool = False, explain: bool = False) -> Judgement:
        """Judge one photo as soon as a worker is free.

        Args:
            image_bytes: A whole file.
            draw: Also draw the photo with numbered boxes.
            explain: Also draw where the model looked.

        Raises:
            ImageError: The photo cannot be judged; the message says what to do.
            BusyError: Too many photos are waiting.
            DeadlineExceededError: It took too long, and its worker was killed.
            WorkerLostError: The worker died of it, or the pool is closed.
        """
        if self._info is None:
            raise _build_stopped_error()
        worker = await self._wait_for_worker()
        try:
            return await worker.judge(image_bytes, draw=draw, explain=explain)
        finally:
            if worker.needs_renewal:
                renewal = asyncio.create_task(self._renew(worker))
                self._renewals.add(renewal)
                renewal.add_done_callback(self._renewals.discard)
            else:
                self._idle.put_nowait(worker)

    async def reload(self, model_dir: Path) -> None:
        """Change to another model. Photos in hand are finished with the old one; none is lost.

        Raises:
            ModelError: The new model cannot be used; the old one stays.
        """
        options = replace(self._options, model_dir=model_dir)
        info = await asyncio.to_thread(load_model_info, model_dir)
        trial = _Worker(options)  # the others are changed only after one has shown that it works
        await trial.start()
        await trial.stop()
        for worker in self._workers:
            await worker.start(options)
        self._options, self._info = options, info

    async def close(self) -> None:
        """End all workers. What they have in hand or what waits fails with WorkerLostError."""
        self._info = None
        for renewal in self._renewals:
            renewal.cancel()
        await asyncio.gather(*self._renewals, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def _wait_for_worker(self) -> _Worker:
        """Take the next idle worker; photos get theirs in the order in which they came."""
        if self._idle.empty() and self._waiting >= self._options.max_waiting:
            raise BusyError(f"{self._waiting} photos are waiting already. Send it again in a minute.")
        self._waiting += 1
        try:
            return await self._idle.get()
        finally:
            self._waiting -= 1

    async def _renew(self, worker: _Worker) -> None:
        """Replace a worker's process; should that fail, the next photo tries again."""
        try:
            await worker.start()
        except (ModelError, WorkerLostError):
            _log.exception("A worker could not be started.")
        finally:
            self._idle.put_nowait(worker)


class _Worker:
    """One worker process, and what it takes to replace it."""

    def __init__(self, options: PoolOptions) -> None:
        self._options = options
        self._pool: ProcessPool | None = None
        self._current: ProcessFuture[Judgement] | None = None
        self._changing = asyncio.Lock()
        self._photos = 0
        self._lost = False
        self._stopped = False

    @property
    def is_alive(self) -> bool:
        """Whether the process lives, as far as anyone has noticed."""
        return self._pool is not None and not self._lost and self._pool.active

    @property
    def needs_renewal(self) -> bool:
        return not self._stopped and (self._lost or self._photos >= self._options.photos_per_worker)

    async def start(self, options: PoolOptions | None = None) -> None:
        """Start a fresh process, and let the old one end when it has finished what it has in hand.

        Raises:
            ModelError: The model cannot be used.
            WorkerLostError: The process did not survive its start.
        """
        async with self._changing:
            if self._stopped:
                raise _build_stopped_error()
            fresh = options or self._options
            pool = await _start_pool(fresh)
            old, was_lost = self._pool, self._lost
            self._pool, self._options, self._photos, self._lost = pool, fresh, 0, False
        await _end_pool(old, finish=not was_lost)

    async def judge(self, image_bytes: bytes, *, draw: bool, explain: bool) -> Judgement:
        """Have the process judge one photo; see `ClassifierPool.judge`."""
        if not self.is_alive:
            await self.start()  # it died between photos: no photo's fault
        pool = self._pool
        if pool is None:
            raise _build_stopped_error()
        self._photos += 1
        deadline = self._options.deadline_seconds
        try:
            self._current = pool.schedule(
                judge_photo,
                args=(self._options, image_bytes),
                kwargs={"draw": draw, "explain": explain},
                timeout=deadline,
            )
            return await asyncio.wrap_future(self._current)
        except TimeoutError as error:
            self._lost = True
            raise DeadlineExceededError(
                f"The photo could not be judged within {deadline:g} seconds. Send it smaller, or another one."
            ) from error
        except (ProcessExpired, BrokenProcessPool, RuntimeError) as error:
            self._lost = True
            raise WorkerLostError("The photo broke the worker that judged it. Try another one.") from error
        except asyncio.CancelledError:
            self._lost = True  # whoever asked has left; pebble kills the process
            if self._stopped:
                raise _build_stopped_error() from None
            raise
        finally:
            self._current = None

    async def stop(self) -> None:
        """End the process now."""
        self._stopped = True
        if self._current is not None:
            self._current.cancel()  # type: ignore[no-untyped-call]  # pebble's own
        async with self._changing:
            pool, self._pool = self._pool, None
        await _end_pool(pool, finish=False)


async def _start_pool(options: PoolOptions) -> ProcessPool:
    """Start a process and wait until it has answered."""
    pool = ProcessPool(max_workers=1, initializer=start_worker, initargs=(options,), context=_build_context())
    try:
        future = await asyncio.to_thread(pool.schedule, warm_up, args=(options,), timeout=_START_SECONDS)
        await asyncio.wrap_future(future)
    except (ProcessExpired, BrokenProcessPool, RuntimeError, TimeoutError, EOFError) as error:
        await _end_pool(pool, finish=False)
        raise WorkerLostError("A worker did not survive its start. Is there enough memory?") from error
    except BaseException:
        await _end_pool(pool, finish=False)
        raise
    return pool


async def _end_pool(pool: ProcessPool | None, *, finish: bool) -> None:
    """End a process and the threads that look after it."""
    if pool is None:
        return
    if finish:
        pool.close()  # type: ignore[no-untyped-call]  # pebble's own
    else:
        pool.stop()  # type: ignore[no-untyped-call]
    await asyncio.to_thread(pool.join)


def _build_context() -> ForkServerContext | SpawnContext:
    """Choose how processes are started: never by a fork of this one, whose threads would not survive it.

    On Linux they come from a small server that has loaded the libraries already: faster, and the workers
    share that memory.
    """
    # A worker computes on one thread; without this NumPy's OpenBLAS reserves address space for one a core.
    os.putenv("OPENBLAS_NUM_THREADS", "1")
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["classifier.predictor", "classifier.drawing"])
    return context


def _build_stopped_error() -> WorkerLostError:
    return WorkerLostError("The classifier is not running. Send the photo again later.")
