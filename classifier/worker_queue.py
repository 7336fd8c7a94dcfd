"""Idle workers, and who waits for one: photos go before what is patient, such as frames of a camera."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.worker_process import WorkerProcess


class WorkerQueue:
    """Gives idle workers to whoever waits, each kind in the order in which it came."""

    def __init__(self) -> None:
        self._idle: deque[WorkerProcess] = deque()
        self._photos: deque[asyncio.Future[WorkerProcess]] = deque()
        self._patient: deque[asyncio.Future[WorkerProcess]] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether no worker is idle."""
        return not self._idle

    def count_waiting(self, *, patient: bool) -> int:
        """Count who waits: photos, or what lets them go first."""
        return sum(not waiter.done() for waiter in (self._patient if patient else self._photos))

    def put(self, worker: WorkerProcess) -> None:
        """Give a worker to the first photo that waits, else to the first of the patient, else keep it."""
        for waiters in (self._photos, self._patient):
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():
                    waiter.set_result(worker)
                    return
        self._idle.append(worker)

    async def get(self, *, patient: bool) -> WorkerProcess:
        """Take the next idle worker.

        Args:
            patient: Let every photo that waits, or comes meanwhile, go first.
        """
        if self._idle:
            return self._idle.popleft()
        waiter: asyncio.Future[WorkerProcess] = asyncio.get_running_loop().create_future()
        (self._patient if patient else self._photos).append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.put(waiter.result())  # it had just been given to whoever left
            raise

    def take_all(self) -> list[WorkerProcess]:
        """Take all workers that are idle."""
        taken = list(self._idle)
        self._idle.clear()
        return taken
