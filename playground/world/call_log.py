"""What the bot called, for tests to read."""

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
        parameters: Texts as sent, without any bytes.
        uploads: Sizes of the uploaded files, by part name.
        at: Seconds since the epoch.
        error: The description of a refusal, empty when all went well.
    """

    method: str
    parameters: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, int] = field(default_factory=dict)
    at: float = field(default_factory=time.time)
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for HTTP."""
        return asdict(self)


class CallLog:
    """The newest ``keep`` calls, and counts of all."""

    def __init__(self, keep: int = 100_000) -> None:
        self._calls: deque[Call] = deque(maxlen=keep)
        self.counts: Counter[str] = Counter()

    def record(self, method: str, parameters: Mapping[str, str], uploads: Mapping[str, int]) -> Call:
        """Write a call down and return it; ``uploads`` holds the size of each file."""
        call = Call(method, dict(parameters), dict(uploads))
        self._calls.append(call)
        self.counts[method] += 1
        return call

    def calls(self, method: str | None = None) -> list[Call]:
        """Return the calls, oldest first, of one method or of all."""
        return [call for call in self._calls if method is None or call.method.lower() == method.lower()]

    def clear(self) -> None:
        """Start over."""
        self._calls.clear()
        self.counts.clear()
