"""Turns: updates of a lane in order and one at a time, lanes beside each other, the lowest turn first."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.inbox.entry import Stored


class FairQueue:
    """Updates by lane. A lane gives one, and the next only after `release`."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Stored]] = {}
        self._busy: set[str] = set()
        # Lanes that may give one, each once: by the turn of their first update, then in the order of coming.
        self._ready: list[tuple[int, int, str]] = []
        self._count = itertools.count()

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def count_bounded(self, of_lane: int) -> int:
        """Count what waits, but of each lane no more than so many."""
        return sum(min(len(waiting), of_lane) for waiting in self._lanes.values())

    def append(self, arrival: Stored) -> None:
        """Add an update behind the others of its lane."""
        waiting = self._lanes.setdefault(arrival.lane, deque())
        waiting.append(arrival)
        if len(waiting) == 1:
            self._line_up(arrival.lane)

    def put_back(self, arrival: Stored) -> None:
        """Add an update that was taken in front of the others of its lane, and let the lane have its turn."""
        self._lanes.setdefault(arrival.lane, deque()).appendleft(arrival)
        self.release(arrival.lane)

    def take(self) -> Stored | None:
        """Take the first update of the lane whose turn it is; the lane is busy then."""
        if not self._ready:
            return None
        _, _, lane = heapq.heappop(self._ready)
        arrival = self._lanes[lane].popleft()
        if not self._lanes[lane]:
            del self._lanes[lane]
        self._busy.add(lane)
        return arrival

    def release(self, lane: str) -> None:
        """Let the lane's next update have its turn."""
        self._busy.discard(lane)
        self._line_up(lane)

    def _line_up(self, lane: str) -> None:
        if lane in self._lanes and lane not in self._busy:
            heapq.heappush(self._ready, (self._lanes[lane][0].turn, next(self._count), lane))
