"""Read the counts of verdicts by day, model, answer and confidence, as the bot prints them.

    python -m bot feedback > counts.jsonl

Each line is one JSON object, such as

    {"day": "2026-11-22", "model": "happy-sad-net 1.1.0", "answer": "happy", "confidence": 0.9,
     "verdict": "right", "count": 3}

where "confidence" is the lower edge of its band.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from classifier.types import CONFIDENCE_BANDS
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

Key = TypeVar("Key", bound=Any)

ANSWERS = ("happy", "sad", "unsure")
VERDICTS = ("right", "happy", "sad", "neither", "wrong")
"""The verdict of a person: "right", the expression that they chose after "wrong", or only "wrong"."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often one verdict was given on one day.

    Attributes:
        day: In UTC.
        model: Name and version.
        answer: The model's answer, one of ANSWERS.
        confidence: Lower edge of the confidence band, in 0..1.
        verdict: The person's verdict, one of VERDICTS.
        count: Number of verdicts.
    """

    day: dt.date
    model: str
    answer: str
    confidence: float
    verdict: str
    count: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """The number of "Right" verdicts, and of all verdicts."""

    right: int
    all: int

    @property
    def share(self) -> float:
        """Share of "Right", in 0..1."""
        return self.right / self.all if self.all else 0.0


def read_counts(path: Path) -> list[Count]:
    """Read a file of counts.

    Raises:
        TrainingError: A line is malformed, or the file has no counts.
    """
    counts = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            counts.append(_parse(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"{path}, line {number} is not understood ({error}).") from error
    if not counts:
        raise TrainingError(f"{path} has no counts: nobody has pressed anything yet.")
    return counts


def group_agreement(counts: Iterable[Count], key: Callable[[Count], Key]) -> dict[Key, Agreement]:
    """Sum the counts by `key`, and return the agreement of each group, sorted by key."""
    right: dict[Key, int] = defaultdict(int)
    everything: dict[Key, int] = defaultdict(int)
    for count in counts:
        everything[key(count)] += count.count
        right[key(count)] += count.count * (count.verdict == "right")
    # Sorted: weeks and confidence bands are drawn as lines from left to right.
    return {group: Agreement(right[group], everything[group]) for group in sorted(everything)}


def find_band_middle(confidence: float) -> float:
    """Return the middle of a confidence band, given its lower edge; the last band ends at 1."""
    # The bot stores only bands, so the middle stands for the confidence of all answers in it.
    edges = [edge / 100 for edge in CONFIDENCE_BANDS]
    return (confidence + min((edge for edge in edges if edge > confidence), default=1.0)) / 2


def start_of_week(day: dt.date) -> dt.date:
    """Return the Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def _parse(fields: dict[str, object]) -> Count:
    """Read one line and check its values."""
    count = Count(
        day=dt.date.fromisoformat(str(fields["day"])),
        model=str(fields["model"]),
        answer=str(fields["answer"]),
        confidence=float(str(fields["confidence"])),
        verdict=str(fields["verdict"]),
        count=int(str(fields["count"])),
    )
    if count.answer not in ANSWERS or count.verdict not in VERDICTS:
        raise ValueError(f"answer {count.answer!r}, verdict {count.verdict!r}")
    if not 0 <= count.confidence <= 1 or count.count < 0:
        raise ValueError(f"confidence {count.confidence}, count {count.count}")
    return count
