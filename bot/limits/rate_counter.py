"""At most so many requests a minute from each caller of this process. Kept in memory: it is asked often."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PERIOD_SECONDS = 60.0
_MANY_CALLERS = 1_000


class RequestRate:
    """Counts each caller's requests of the last minute.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def acquire(self, caller: str, per_minute: int) -> float:
        """Count one request, and return 0. Over the limit do not count it, and return the seconds to wait."""
        now = self._clock()
        if len(self._times) > _MANY_CALLERS:
            self._forget_idle(now)
        times = self._times.setdefault(caller, deque())
        while times and times[0] <= now - _PERIOD_SECONDS:
            times.popleft()
        if len(times) >= per_minute:
            return times[0] + _PERIOD_SECONDS - now
        times.append(now)
        return 0.0

    def _forget_idle(self, now: float) -> None:
        """Forget callers without a request for a minute."""
        recent = now - _PERIOD_SECONDS
        self._times = {caller: times for caller, times in self._times.items() if times[-1] > recent}
