"""Idle workers, and the queue for them: photos go before what has low priority, such as a camera's frames."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.workers.worker_process import WorkerProcess


class WorkerQueue:
    """Gives idle workers to waiting requests: photos first, each kind in the order of arrival."""

    def __init__(self) -> None:
        self._idle: deque[WorkerProcess] = deque()
        self._photos: deque[asyncio.Future[WorkerProcess]] = deque()
        self._low_priority: deque[asyncio.Future[WorkerProcess]] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether no worker is idle."""
        return not self._idle

    def count_waiting(self, *, low_priority: bool) -> int:
        """Count the waiting requests of one kind."""
        return sum(not waiter.done() for waiter in (self._low_priority if low_priority else self._photos))

    def put(self, worker: WorkerProcess) -> None:
        """Give a worker to the first photo that waits, else to the first of low priority, else keep it."""
        for waiters in (self._photos, self._low_priority):
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():
                    waiter.set_result(worker)
                    return
        self._idle.append(worker)

    async def get(self, *, low_priority: bool) -> WorkerProcess:
        """Take the next idle worker.

        Args:
            low_priority: Let every photo that waits, or comes meanwhile, go first.
        """
        if self._idle:
            return self._idle.popleft()
        waiter: asyncio.Future[WorkerProcess] = asyncio.get_running_loop().create_future()
        (self._low_priority if low_priority else self._photos).append(waiter)
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
