"""The fair queue: updates with one ordering key come in order, one at a time; the lowest turn comes first."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.inbox.entry import Stored


class FairQueue:
    """Updates by ordering key. A key gives one update, and the next only after `release`."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Stored]] = {}
        self._busy: set[str] = set()
        # Keys that may give one, each once: by the turn of their first update, then in the order of coming.
        self._ready: list[tuple[int, int, str]] = []
        self._count = itertools.count()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def count_bounded(self, of_key: int) -> int:
        """Count the waiting updates, but at most so many of each key."""
        return sum(min(len(waiting), of_key) for waiting in self._waiting.values())

    def append(self, arrival: Stored) -> None:
        """Add an update behind the others of its key."""
        waiting = self._waiting.setdefault(arrival.ordering_key, deque())
        waiting.append(arrival)
        if len(waiting) == 1:
            self._line_up(arrival.ordering_key)

    def put_back(self, arrival: Stored) -> None:
        """Put an update that was taken back before the others of its key, and release the key."""
        self._waiting.setdefault(arrival.ordering_key, deque()).appendleft(arrival)
        self.release(arrival.ordering_key)

    def take(self) -> Stored | None:
        """Take the first update of the key with the lowest turn. The key is busy until `release`."""
        if not self._ready:
            return None
        _, _, ordering_key = heapq.heappop(self._ready)
        arrival = self._waiting[ordering_key].popleft()
        if not self._waiting[ordering_key]:
            del self._waiting[ordering_key]
        self._busy.add(ordering_key)
        return arrival

    def release(self, ordering_key: str) -> None:
        """Let the next update of the key have its turn."""
        self._busy.discard(ordering_key)
        self._line_up(ordering_key)

    def _line_up(self, ordering_key: str) -> None:
        if ordering_key in self._waiting and ordering_key not in self._busy:
            heapq.heappush(
                self._ready, (self._waiting[ordering_key][0].turn, next(self._count), ordering_key)
            )
