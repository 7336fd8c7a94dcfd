"""Counts and durations for Prometheus and for the host; never any content of messages."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client import Counter as CounterMetric

from bot import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_DELAY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 5.0)
_RECENT = 1_000
HOUR, DAY = 3_600, 24 * 3_600
"""In seconds: the periods that can be asked for, besides the whole time since the start."""
_MINUTE = 60
_SEEN = "seen"


class Metrics:
    """The bot's numbers, in a registry of their own.

    Args:
        now: Tells the time, in seconds since 1970.

    Attributes:
        registry: What Prometheus reads.
        started: When counting began, in UTC.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.started = dt.datetime.fromtimestamp(now(), dt.UTC)
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        Info("bot", "Which program this is.", registry=self.registry).info({"version": __version__})
        self._updates = CounterMetric(
            "bot_updates", "Updates by kind of chat and outcome.", ["chat", "outcome"], registry=self.registry
        )
        self._answers = CounterMetric(
            "bot_answers", "Answers by outcome.", ["outcome"], registry=self.registry
        )
        self._polling_failures = CounterMetric(
            "bot_polling_failures", "Polls without updates, by reason.", ["reason"], registry=self.registry
        )
        self._requests = CounterMetric(
            "bot_api_requests",
            "API requests by caller and outcome.",
            ["caller", "outcome"],
            registry=self.registry,
        )
        self._faces = CounterMetric("bot_faces", "Faces classified.", registry=self.registry)
        self._seconds = Histogram(
            "bot_step_seconds",
            "Time that each step of an answer took.",
            ["step"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._loop_delay = Histogram(
            "bot_loop_delay_seconds",
            "How late the event loop ran what was due, each 0.1 s.",
            buckets=_DELAY_BUCKETS,
            registry=self.registry,
        )
        self._recent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_RECENT))
        self._counts: Counter[str] = Counter()
        # The last day's counts by minute: (minute since 1970, counts), the oldest first.
        self._minutes: deque[tuple[int, Counter[str]]] = deque(maxlen=DAY // _MINUTE)
        self._watched: dict[str, list[Callable[[], float]]] = {}

    def count_update(self, chat_kind: str, outcome: str) -> None:
        """Count an update that was handled."""
        self._updates.labels(chat_kind, outcome).inc()
        self._count(updates=1)

    def count_polling_failure(self, reason: str) -> None:
        """Count a poll or a webhook delivery that failed to bring updates."""
        self._polling_failures.labels(reason).inc()

    def count_answer(self, outcome: str, faces: int = 0) -> None:
        """Count an answer and the faces in it."""
        self._answers.labels(outcome).inc()
        self._faces.inc(faces)
        if outcome == _SEEN:
            self._count(answered=1, faces=faces)
        else:
            self._count(refused=1)

    def count_request(self, caller: str, outcome: str) -> None:
        """Count a request to the API, which is no update."""
        self._requests.labels(caller, outcome).inc()

    def observe(self, step: str, seconds: float) -> None:
        """Note how long a step took."""
        self._seconds.labels(step).observe(seconds)
        self._recent[step].append(seconds)

    def observe_loop_delay(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._loop_delay.observe(seconds)

    def watch(self, name: str, read: Callable[[], float], help_text: str) -> None:
        """Add a number to the metrics that is read at each request; several under one name are added up."""
        reads = self._watched.setdefault(name, [])
        if not reads:
            Gauge(name, help_text, registry=self.registry).set_function(lambda: sum(read() for read in reads))
        reads.append(read)

    def render(self) -> bytes:
        """Give all numbers in Prometheus' text format."""
        return generate_latest(self.registry)

    def count_since(self, seconds: float | None) -> Counter[str]:
        """Count updates, photos answered or refused, and faces: of the last day, or since the start."""
        if seconds is None:
            return self._counts.copy()
        oldest = (self._now() - seconds) / _MINUTE
        return sum((counts for minute, counts in self._minutes if minute >= oldest), Counter())

    def find_quantiles(self) -> dict[str, tuple[float, float, float]]:
        """Return median, 95th and 99th percentile of the last thousand durations of each step, in seconds."""
        return {step: _find_quantiles(recent) for step, recent in self._recent.items()}

    def _count(self, **more: int) -> None:
        minute = int(self._now() // _MINUTE)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, Counter()))
        self._minutes[-1][1].update(more)
        self._counts.update(more)


def _find_quantiles(values: deque[float]) -> tuple[float, float, float]:
    ordered = sorted(values)
    half, most, slow = (
        ordered[min(len(ordered) - 1, int(quantile * len(ordered)))] for quantile in (0.5, 0.95, 0.99)
    )
    return half, most, slow
