"""One worker process: start it, give it photos, check that it still answers, end it."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from classifier.classification import AnswerError
from classifier.types import (
    ClassifierError,
    DeadlineExceededError,
    WorkerError,
    WorkerLostError,
    WorkerUnavailableError,
)
from classifier.worker_messages import FrameError, pack_frame, receive, receive_frame
from classifier.workers.confinement import Confinement
from classifier.workers.worker_jobs import CHECK, START, TAKEN, Job
from classifier.workers.worker_main import run_worker
from classifier.workers.worker_pool_options import PoolOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
RunWorker = Callable[[socket.socket, PoolOptions], None]
"""What a worker's process runs: `run_worker`, or a test's own."""
_log = logging.getLogger(__name__)


class WorkerProcess:
    """One worker process, and what it takes to replace it.

    Args:
        options: How it is run.
        run: What it runs.
    """

    def __init__(self, options: PoolOptions, run: RunWorker = run_worker) -> None:
        self._options = options
        self._run = run
        self._child: _Child | None = None
        self._changing = asyncio.Lock()
        self._jobs = 0
        self._lost = False
        self._stopped = False

    @property
    def is_alive(self) -> bool:
        """Whether the process lives, as far as anyone has noticed."""
        return self._child is not None and not self._lost and self._child.is_alive

    @property
    def needs_renewal(self) -> bool:
        """Whether the process is lost, or has classified its share of photos."""
        return not self._stopped and (self._lost or self._jobs >= self._options.photos_per_worker)

    @property
    def confinement(self) -> Confinement | None:
        """What the process has given up; None before its start."""
        return self._child.confinement if self._child else None

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
            # The new one first: if it does not start, the old one goes on.
            child = await _start_child(fresh, self._run)
            old, was_lost = self._child, self._lost
            self._child, self._options, self._jobs, self._lost = child, fresh, 0, False
        if old is not None:
            await old.end(finish=not was_lost)

    async def do(self, job: Job[T], arguments: Mapping[str, Any], given: bytes) -> T:
        """Have the process do one job; see `ClassifierPool.do`."""
        if not self.is_alive:
            await self.start()  # it died between photos: no photo's fault
        child = self._child
        if child is None or self._stopped:
            raise build_stopped_error()
        self._jobs += 1
        try:
            return await child.ask(job, arguments, given, job.seconds(self._options))
        except WorkerLostError:
            self._note_lost(child)
            if self._stopped:
                raise build_stopped_error() from None
            raise
        except (DeadlineExceededError, asyncio.CancelledError):
            self._note_lost(child)
            raise

    def _note_lost(self, child: _Child) -> None:
        """Mark the process as lost, unless it was replaced meanwhile."""
        if child is self._child:
            self._lost = True

    async def check(self) -> None:
        """Have the process classify a grey crop. One that does not answer in time is lost."""
        child = self._child
        if child is None or self._lost:
            return
        try:
            await child.ask(CHECK, {}, b"", CHECK.seconds(self._options))
        except ClassifierError as error:  # whatever it is, it would happen to a photo, too
            if child is self._child and not self._stopped:
                self._note_lost(child)
                _log.warning("A worker did not answer (%s); it is replaced.", type(error).__name__)

    async def stop(self) -> None:
        """End the process now."""
        self._stopped = True
        if self._child is not None:
            self._child.kill()  # what it has in hand fails
        async with self._changing:
            child, self._child = self._child, None
        if child is not None:
            await child.end(finish=False)


class _Child:
    """A process that runs, and the socket to it. It is asked one thing at a time.

    Args:
        process: Started.
        connection: To it; does not block.
    """

    def __init__(self, process: BaseProcess, connection: socket.socket) -> None:
        self._process = process
        self._connection = connection
        self._turn = asyncio.Lock()
        self._number = 0
        self._killed = False
        self.confinement = Confinement()

    @property
    def is_alive(self) -> bool:
        return not self._killed and self._process.is_alive()

    async def wait_until_ready(self, seconds: float) -> None:
        """Wait until it has loaded everything, and note what it has given up.

        Raises:
            ClassifierError: It says that it cannot, it died, or it took too long.
        """
        async with self._turn:
            self.confinement = await self._exchange(START, b"", seconds)

    async def ask(self, job: Job[T], arguments: Mapping[str, Any], given: bytes, seconds: float) -> T:
        """Have it do a job. It is killed after any failure except an error that it reports itself.

        Raises:
            ClassifierError: What it says is wrong.
            DeadlineExceededError: It took the job and did not finish it in time.
            WorkerLostError: It died, did not take the job, or sent what is no answer.
        """
        async with self._turn:
            self._number += 1
            fields = {"job": job.name, "number": self._number, "arguments": arguments}
            request = pack_frame(fields, {"input": given} if given else {})
            return await self._exchange(job, request, seconds)

    def kill(self) -> None:
        """End it at once, whatever it does."""
        if self.is_alive:
            self._process.kill()
        self._killed = True

    async def end(self, *, finish: bool) -> None:
        """End it, now or when its job is finished, and free its resources here."""
        if not finish:
            self.kill()
        # Its turn comes when the job in hand has been answered; if it was killed above, at once.
        async with self._turn:
            self.kill()
        await asyncio.to_thread(self._process.join)
        self._connection.close()
        self._process.close()

    async def _exchange(self, job: Job[T], request: bytes, seconds: float) -> T:
        """Send a request, if there is one, and read the answer."""
        # Whether the worker has the photo decides whose fault a timeout is: the photo's, or the worker's.
        is_taken = not request
        try:
            async with asyncio.timeout(seconds):
                if request:
                    await self._hand_over(request)
                    is_taken = True
                frame = await receive_frame(asyncio.get_running_loop(), self._connection, job.blobs)
            return job.read_answer(frame, self._number)
        except TimeoutError as error:
            self.kill()
            if not is_taken:
                raise WorkerLostError("The worker did not take its task. Try again.") from error
            raise DeadlineExceededError(
                f"The photo took longer than {seconds:g} seconds. Send it smaller, or another one."
            ) from error
        except (EOFError, OSError, FrameError, AnswerError) as error:
            self.kill()
            if isinstance(error, (FrameError, AnswerError)):
                _log.warning("A worker sent what is no answer (%s); it is replaced.", error)
            raise WorkerLostError(
                "The photo broke the worker that classified it. Try another one."
            ) from error
        except asyncio.CancelledError:
            self.kill()  # whoever asked has left
            raise

    async def _hand_over(self, request: bytes) -> None:
        """Send a request, and wait until the worker says that it has all of it."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._connection, request)
        if await receive(loop, self._connection, len(TAKEN)) != TAKEN:
            raise AnswerError("the request was not acknowledged")


async def _start_child(options: PoolOptions, run: RunWorker) -> _Child:
    """Start a process and wait until it is ready."""
    launching = asyncio.ensure_future(asyncio.to_thread(_launch, options, run))
    try:
        child = await asyncio.shield(launching)
    except asyncio.CancelledError:
        await (await launching).end(finish=False)  # half started it would stay
        raise
    except (OSError, EOFError, RuntimeError) as error:
        raise _build_start_error() from error
    try:
        await child.wait_until_ready(START.seconds(options))
    except WorkerError as error:
        await child.end(finish=False)
        raise _build_start_error() from error
    except BaseException:
        await child.end(finish=False)
        raise
    return child


def _launch(options: PoolOptions, run: RunWorker) -> _Child:
    """Start a process that is asked without blocking."""
    process, connection = launch_process(options, run)
    connection.settimeout(0)
    return _Child(process, connection)


def launch_process(options: PoolOptions, run: RunWorker) -> tuple[BaseProcess, socket.socket]:
    """Start a process with a socket to it. Blocks, the first time until the server that forks has loaded.

    Raises:
        OSError: The process or the socket could not be made; so do EOFError and RuntimeError.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = _build_context().Process(target=run, args=(theirs, options), daemon=True)
            process.start()
        except BaseException:
            ours.close()
            raise
    return process, ours


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
    modules = ["classifier.workers.fork_server", "classifier.predictor", "classifier.drawing.clip_drawing"]
    context.set_forkserver_preload(modules)
    return context


def build_stopped_error() -> WorkerUnavailableError:
    """Build the error for a photo that comes after the end."""
    return WorkerUnavailableError("The classifier is not running. Send the photo again later.")


def _build_start_error() -> WorkerUnavailableError:
    return WorkerUnavailableError("A worker did not survive its start. Is there enough memory?")
