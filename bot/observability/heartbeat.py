"""Heartbeats: when Telegram answered last, and whether the event loop keeps up."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_SILENCE_SECONDS = 90.0
"""How long ago Telegram may have answered for the bot to be ready."""
MAX_LAG_SECONDS = 1.0
"""How late the event loop may be for the bot to be ready."""
_LAG_PERIOD_SECONDS = 0.1
_LAG_SAMPLES = 100


class Heartbeat:
    """Remembers when Telegram last answered, by a monotonic clock.

    Args:
        clock: Returns seconds.

    Attributes:
        refused: Set when Telegram refuses the token: it will not work again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = float("-inf")
        self.refused = asyncio.Event()

    def beat(self) -> None:
        """Record that Telegram answered now."""
        self._last = self._clock()

    @property
    def age(self) -> float:
        """Seconds since the last beat; infinite before the first one."""
        return self._clock() - self._last


class Heartbeats:
    """The heartbeats of several bots as one: its age is that of the oldest."""

    def __init__(self, beats: Sequence[Heartbeat]) -> None:
        self._beats = beats

    @property
    def age(self) -> float:
        """Age of the oldest heartbeat, in seconds."""
        running = [beat for beat in self._beats if not beat.refused.is_set()]
        return max(beat.age for beat in running or self._beats)

    @property
    def refused(self) -> int:
        """How many bots Telegram has refused."""
        return sum(beat.refused.is_set() for beat in self._beats)


class LoopLag:
    """Measures the delay of the event loop: how late it runs a callback that is due.

    Args:
        observe: Called with each delay, in seconds.
    """

    def __init__(self, observe: Callable[[float], None] | None = None) -> None:
        self._observe = observe
        self._samples: deque[float] = deque(maxlen=_LAG_SAMPLES)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to measure."""
        self._task = asyncio.create_task(self._measure(), name="loop lag")

    async def stop(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def worst(self) -> float:
        """The longest delay of the last ten seconds, in seconds."""
        return max(self._samples, default=0.0)

    @property
    def p99(self) -> float:
        """The 99th percentile of the delays of the last ten seconds, in seconds."""
        ordered = sorted(self._samples)
        return ordered[int(0.99 * (len(ordered) - 1))] if ordered else 0.0

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_PERIOD_SECONDS
            await asyncio.sleep(_LAG_PERIOD_SECONDS)
            delay = max(0.0, loop.time() - due)
            self._samples.append(delay)
            if self._observe is not None:
                self._observe(delay)
