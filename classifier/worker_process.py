"""One worker process: started, given photos, asked whether it still answers, ended."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import sys
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from classifier.types import DeadlineExceededError, WorkerLostError, WorkerUnavailableError
from classifier.worker import Judgement, PoolOptions, answer, judge_photo, start_worker, warm_up

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

    from pebble import ProcessFuture

T = TypeVar("T")
_START_SECONDS = 60.0
_KILLING_SECONDS = 5.0  # pebble may take three to end a process that is beyond its deadline
_log = logging.getLogger(__name__)


class WorkerProcess:
    """One worker process, and what it takes to replace it.

    Args:
        options: How it is run.
    """

    def __init__(self, options: PoolOptions) -> None:
        self._options = options
        self._pool: ProcessPool | None = None
        self._current: ProcessFuture[Any] | None = None
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
        """Whether the process is lost, or has judged its share of photos."""
        return not self._stopped and (self._lost or self._photos >= self._options.photos_per_worker)

    async def start(self, options: PoolOptions | None = None) -> None:
        """Start a fresh process, and let the old one end when it has finished what it has in hand.

        Raises:
            ModelError: The model cannot be used.
            WorkerUnavailableError: The process did not survive its start.
        """
        async with self._changing:
            if self._stopped:
                raise build_stopped_error()
            fresh = options or self._options
            pool = await _start_pool(fresh)
            old, was_lost = self._pool, self._lost
            self._pool, self._options, self._photos, self._lost = pool, fresh, 0, False
        await _end_pool(old, finish=not was_lost)

    async def judge(self, image_bytes: bytes, *, draw: bool, explain: bool, crop: int | None) -> Judgement:
        """Have the process judge one photo; see `ClassifierPool.judge`."""
        if not self.is_alive:
            await self.start()  # it died between photos: no photo's fault
        pool = self._pool
        if pool is None:
            raise build_stopped_error()
        self._photos += 1
        deadline = self._options.deadline_seconds
        self._current = pool.schedule(
            judge_photo,
            args=(self._options, image_bytes),
            kwargs={"draw": draw, "explain": explain, "crop": crop},
            timeout=deadline,
        )
        try:
            return await _wait(self._current, deadline)
        except TimeoutError as error:
            self._note_lost(pool)
            raise DeadlineExceededError(
                f"The photo could not be judged within {deadline:g} seconds. Send it smaller, or another one."
            ) from error
        except (ProcessExpired, BrokenProcessPool, RuntimeError) as error:
            self._note_lost(pool)
            raise WorkerLostError("The photo broke the worker that judged it. Try another one.") from error
        except asyncio.CancelledError:
            self._note_lost(pool)  # whoever asked has left; pebble kills the process
            if self._stopped:
                raise build_stopped_error() from None
            raise
        finally:
            self._current = None

    def _note_lost(self, pool: ProcessPool) -> None:
        """Have the process replaced, unless that was done meanwhile."""
        if pool is self._pool:
            self._lost = True

    async def ask(self) -> None:
        """Have the process judge a grey crop. One that does not answer in time is lost."""
        pool = self._pool
        if pool is None or self._lost:
            return
        seconds = self._options.answer_seconds
        try:
            await _wait(pool.schedule(answer, args=(self._options,), timeout=seconds), seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, it would happen to a photo, too
            if pool is self._pool:
                self._note_lost(pool)
                _log.warning("A worker did not answer (%s); it is replaced.", type(error).__name__)

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
        await _wait(future, _START_SECONDS)
    except (ProcessExpired, BrokenProcessPool, RuntimeError, TimeoutError, OSError, EOFError) as error:
        await _end_pool(pool, finish=False)
        raise WorkerUnavailableError("A worker did not survive its start. Is there enough memory?") from error
    except BaseException:
        await _end_pool(pool, finish=False)
        raise
    return pool


async def _wait(future: ProcessFuture[T], seconds: float) -> T:
    """Wait for what a process was given to do.

    pebble's own deadline begins only when the process takes its task: one that hangs while it is idle never
    does, and would keep a photo for ever.
    """
    limit = asyncio.timeout(seconds + _KILLING_SECONDS)
    try:
        async with limit:
            return await asyncio.wrap_future(future)
    except TimeoutError as error:
        if limit.expired():
            raise BrokenProcessPool("The process does not take its task.") from error
        raise


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
    context.set_forkserver_preload(["classifier.fork_server", "classifier.predictor", "classifier.drawing"])
    return context


def build_stopped_error() -> WorkerUnavailableError:
    """Build the error for a photo that comes after the end."""
    return WorkerUnavailableError("The classifier is not running. Send the photo again later.")
