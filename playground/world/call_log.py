"""The call log: the Bot API calls that the bot made, for tests to read."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Call:
    """One call of a method.

    Attributes:
        parameters: All parameters as texts, without the uploaded files.
        uploads: Sizes of the uploaded files, by part name.
        at: Seconds since the epoch.
        error: The description of the error, empty when the call succeeded.
    """

    method: str
    parameters: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, int] = field(default_factory=dict)
    at: float = field(default_factory=time.time)
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the call as a JSON object."""
        return asdict(self)


class CallLog:
    """The newest ``keep`` calls, and how often each method was called in all."""

    def __init__(self, keep: int = 100_000) -> None:
        self._calls: deque[Call] = deque(maxlen=keep)
        self.counts: Counter[str] = Counter()

    def record(self, method: str, parameters: Mapping[str, str], uploads: Mapping[str, int]) -> Call:
        """Record a call and return it; ``uploads`` holds the size of each file in bytes."""
        call = Call(method, dict(parameters), dict(uploads))
        self._calls.append(call)
        self.counts[method] += 1
        return call

    def calls(self, method: str | None = None) -> list[Call]:
        """Return the calls of one method or of all, oldest first."""
        return [call for call in self._calls if method is None or call.method.lower() == method.lower()]

    def clear(self) -> None:
        """Forget all calls and counts."""
        self._calls.clear()
        self.counts.clear()
