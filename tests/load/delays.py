"""The event loop's delays, counted by the bot itself since its start: none falls between two readings."""

from __future__ import annotations

import math
from collections import Counter

_BUCKET = 'bot_loop_delay_seconds_bucket{le="', '"}'


class DelayCounts:
    """Adds up what the starts of a bot counted, each from nothing."""

    def __init__(self) -> None:
        self._ended: Counter[float] = Counter()  # of bots that were killed
        self._newest: dict[float, float] = {}

    def take(self, metrics: dict[str, float]) -> None:
        """Take in the counts at this moment; they begin anew with each start of the bot."""
        start, end = _BUCKET
        counts = {
            float(name.removeprefix(start).removesuffix(end)): count
            for name, count in metrics.items()
            if name.startswith(start)
        }
        if counts.get(math.inf, 0) < self._newest.get(math.inf, 0):
            self._ended.update(self._newest)
        self._newest = counts

    def find_quantile(self, quantile: float) -> float:
        """Give the bound, in seconds, that this part of all delays did not exceed; 0 without any."""
        counts = self._ended + Counter(self._newest)
        wanted = quantile * counts[math.inf]
        return next((bound for bound in sorted(counts) if counts[bound] >= wanted), 0.0)
