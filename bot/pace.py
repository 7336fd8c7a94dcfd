"""At most so many answers a minute in a chat; those beyond are gathered into one."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.replies import Outcome

_PERIOD_SECONDS = 60.0


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
    """Counts each chat's answers over the last minute.

    Args:
        clock: Gives seconds; replaced in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: dict[int, deque[float]] = {}
        self._gathered: dict[int, Gathered] = {}

    def take(self, chat_id: int, per_minute: int | None) -> bool:
        """Count one answer; False when the chat has had its share. None is no limit."""
        if per_minute is None:
            return True
        answers = self._recent(chat_id)
        if len(answers) >= per_minute or chat_id in self._gathered:
            return False
        answers.append(self._clock())
        return True

    def gather(self, chat_id: int, outcomes: Sequence[Outcome], update_ids: Sequence[int]) -> float | None:
        """Keep an answer for later; the first one kept gives the seconds to wait before `collect`."""
        is_first = chat_id not in self._gathered
        gathered = self._gathered.setdefault(chat_id, Gathered())
        gathered.outcomes.extend(outcomes)
        gathered.update_ids.extend(update_ids)
        if not is_first:
            return None
        answers = self._recent(chat_id)
        return max(0.0, answers[0] + _PERIOD_SECONDS - self._clock()) if answers else 0.0

    def collect(self, chat_id: int) -> Gathered:
        """Take what was gathered, and count it as one answer."""
        self._recent(chat_id).append(self._clock())
        return self._gathered.pop(chat_id, Gathered())

    def _recent(self, chat_id: int) -> deque[float]:
        """Get the times of a chat's answers within the last minute."""
        answers = self._answers.setdefault(chat_id, deque())
        while answers and answers[0] <= self._clock() - _PERIOD_SECONDS:
            answers.popleft()
        return answers
