"""An event loop whose hours pass in seconds, for what takes that long."""

from __future__ import annotations

import asyncio
import selectors
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence


class _HastySelector(selectors.DefaultSelector):
    """Waits for less time than it is told to, and counts what it left out.

    Attributes:
        speed: How many times less.
        left_out: Seconds that it was told to wait and did not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.speed = 1.0
        self.left_out = 0.0

    def select(self, timeout: float | None = None) -> Sequence[tuple[selectors.SelectorKey, int]]:
        """Wait for sockets; whatever they bring, they bring at once."""
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        started = time.monotonic()
        found = super().select(timeout / self.speed)
        waited = min(time.monotonic() - started, timeout / self.speed)
        self.left_out += waited * (self.speed - 1)
        return found


class TimeLapseLoop(asyncio.SelectorEventLoop):
    """Sleeps, timeouts and timers pass at a speed that can be changed. Sockets work as ever.

    Only waiting is made short. Work takes the time that it takes: were that multiplied, too, a busy machine
    would be too slow for every deadline.
    """

    def __init__(self) -> None:
        self._hasty = _HastySelector()
        super().__init__(self._hasty)

    def time(self) -> float:
        """Give the time in seconds, by a clock that leaves out most of the waiting."""
        return time.monotonic() + self._hasty.left_out

    def run_at(self, speed: float) -> None:
        """Let waiting pass so many times faster from now on."""
        self._hasty.speed = speed


def run_in_time_lapse(main: Callable[[TimeLapseLoop], Coroutine[Any, Any, None]]) -> None:
    """Run something on such a loop, in a thread: the tests' own loop stays as it is."""

    def run() -> None:
        with asyncio.Runner(loop_factory=TimeLapseLoop) as runner:
            loop = runner.get_loop()
            if isinstance(loop, TimeLapseLoop):
                runner.run(main(loop))

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()
