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
    """Waits for less time than it is told to.

    Attributes:
        speed: How many times less.
    """

    def __init__(self) -> None:
        super().__init__()
        self.speed = 1.0

    def select(self, timeout: float | None = None) -> Sequence[tuple[selectors.SelectorKey, int]]:
        """Wait for sockets; whatever they bring, they bring at once."""
        return super().select(None if timeout is None else timeout / self.speed)


class TimeLapseLoop(asyncio.SelectorEventLoop):
    """Sleeps, timeouts and timers pass at a speed that can be changed. Sockets work as ever."""

    def __init__(self) -> None:
        self._hasty = _HastySelector()
        self._changed_at = self._time_then = time.monotonic()
        super().__init__(self._hasty)

    def time(self) -> float:
        """Give the time in seconds, by a clock that runs at the speed."""
        return self._time_then + (time.monotonic() - self._changed_at) * self._hasty.speed

    def run_at(self, speed: float) -> None:
        """Let time pass so many times faster from now on."""
        self._time_then, self._changed_at = self.time(), time.monotonic()
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
