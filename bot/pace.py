"""At most so many answers a minute in a chat; those beyond are gathered into one."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.replies import Outcome

_PERIOD_SECONDS = 60.0


class Place(NamedTuple):
    """Where an answer goes: a chat, and its topic where the chat is a forum."""

    chat_id: int
    topic_id: int | None = None


@dataclass(slots=True)
class Gathered:
    """Answers that wait to be given as one.

    Attributes:
        outcomes: What became of the photos, in order.
        update_ids: The updates to mark as answered with them.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    update_ids: list[int] = field(default_factory=list)


class Pace:
    """Counts each chat's answers over the last minute. What is too much is gathered by topic.

    Args:
        clock: Gives seconds; replaced in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: dict[int, deque[float]] = {}
        self._gathered: dict[Place, Gathered] = {}

    def take(self, place: Place, per_minute: int | None) -> bool:
        """Count one answer; False when the chat has had its share. None is no limit."""
        if per_minute is None:
            return True
        answers = self._recent(place)
        if len(answers) >= per_minute or place in self._gathered:
            return False
        answers.append(self._clock())
        return True

    def gather(self, place: Place, outcomes: Sequence[Outcome], update_ids: Sequence[int]) -> float | None:
        """Keep an answer for later; the first one kept gives the seconds to wait before `collect`."""
        is_first = place not in self._gathered
        gathered = self._gathered.setdefault(place, Gathered())
        gathered.outcomes.extend(outcomes)
        gathered.update_ids.extend(update_ids)
        if not is_first:
            return None
        answers = self._recent(place)
        return max(0.0, answers[0] + _PERIOD_SECONDS - self._clock()) if answers else 0.0

    def collect(self, place: Place) -> Gathered:
        """Take what was gathered, and count it as one answer."""
        self._recent(place).append(self._clock())
        return self._gathered.pop(place, Gathered())

    def _recent(self, place: Place) -> deque[float]:
        """Get the times of a chat's answers, in whatever topic, within the last minute."""
        answers = self._answers.setdefault(place.chat_id, deque())
        while answers and answers[0] <= self._clock() - _PERIOD_SECONDS:
            answers.popleft()
        return answers
