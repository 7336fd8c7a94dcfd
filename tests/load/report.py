"""What came out of a load test, counted from the playground's call log and the bot's own log."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.load.delays import DelayCounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ANSWERS = ("sendPhoto", "sendMessage", "sendMediaGroup")
# Of the notes that a busy sender, or one among very many, gets once, and which answer nothing.
_BACKLOG_NOTICES = ("please wait a moment", "there is no need to send it again")
_MEMORY_PHOTOS = 500
# The project's bars, on two cores.
_PHOTOS_PER_SECOND = 25
_SLOWEST_MS = 1_000
_MOST_LAG_MS = 50
_MOST_GROWTH_PERCENT = 5
_LONGEST_STOP_SECONDS = 20
Key = tuple[int, int]  # chat and message


@dataclass
class Samples:
    """What was measured while the bot worked.

    Attributes:
        loop_lag: The longest delay of its event loop in ten seconds, in seconds, each second.
        loop_lag_p99: The same for the 99th percentile.
        delays: How often its event loop was late by so many seconds at most, over the whole run.
        memory: MiB of the bot and its workers, with the number of answers at that time.
        kills: How many answers were still owed at each time that the bot was killed.
        stops: The same for each time that it was told to stop, and the seconds that it took.
        cpu: Seconds of processor time that each part took for the photos, where it was not killed.
    """

    loop_lag: list[float] = field(default_factory=list)
    loop_lag_p99: list[float] = field(default_factory=list)
    delays: DelayCounts = field(default_factory=DelayCounts)
    memory: list[tuple[int, float]] = field(default_factory=list)
    kills: list[int] = field(default_factory=list)
    stops: list[tuple[int, float]] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)

    def take(self, metrics: dict[str, float]) -> None:
        """Take in what the bot says of its event loop."""
        self.loop_lag.append(metrics["bot_loop_lag_seconds"])
        self.loop_lag_p99.append(metrics["bot_loop_lag_p99_seconds"])
        self.delays.take(metrics)


def find_answers(calls: Iterable[Any]) -> dict[Key, list[float]]:
    """Find when each message was answered, by the reply that quotes it."""
    answers: dict[Key, list[float]] = {}
    for call in calls:
        quoted = json.loads(call.parameters.get("reply_parameters", "{}")).get("message_id")
        is_note = any(words in call.parameters.get("text", "") for words in _BACKLOG_NOTICES)
        if call.method in _ANSWERS and not call.error and not is_note and quoted is not None:
            answers.setdefault((int(call.parameters["chat_id"]), int(quoted)), []).append(call.at)
    return answers


def count_answers(counts: Mapping[str, int]) -> int:
    """Count, from the call log's counts, what may be answers: also those that were refused, and notes."""
    return sum(counts[method] for method in _ANSWERS)


def build_report(
    sent: dict[Key, float],
    answers: dict[Key, list[float]],
    updates: Sequence[dict[str, Any]],
    samples: Samples,
) -> dict[str, object]:
    """Bring all figures together; times in milliseconds, memory in MiB."""
    latencies = [1_000 * (times[0] - sent[key]) for key, times in answers.items()]
    firsts = [times[0] for times in answers.values()]
    # From the first answer on: where photos waited for the bot's start, that start is none of their time.
    span = max(firsts) - min(firsts) if firsts else 0.0
    return {
        "sent": len(sent),
        "answered": len(answers),
        "lost": len(sent.keys() - answers.keys()),
        "doubled": sum(len(times) - 1 for times in answers.values()),
        "kills": {"all": len(samples.kills), "with_answers_owed": sum(map(bool, samples.kills))},
        "stops": {
            "all": len(samples.stops),
            "with_answers_owed": sum(bool(owed) for owed, _ in samples.stops),
            "longest_s": round(max((seconds for _, seconds in samples.stops), default=0.0), 1),
        },
        "photos_per_second": round((len(answers) - 1) / span, 1) if span > 0 else None,
        "latency_ms": find_quantiles(latencies),
        "queue_ms": find_quantiles([update["queue_ms"] for update in updates]),
        "service_ms": find_quantiles([update["service_ms"] for update in updates]),
        "classify_ms": find_quantiles([u["classify_ms"] for u in updates if "classify_ms" in u]),
        "outcomes": dict(Counter(update["outcome"] for update in updates)),
        "loop_lag_ms": {
            "p50_below": 1_000 * samples.delays.find_quantile(0.5),
            "p99_below": 1_000 * samples.delays.find_quantile(0.99),
            "p99_of_worst_10_s": round(1_000 * max(samples.loop_lag_p99, default=0.0), 1),
            "worst": round(1_000 * max(samples.loop_lag, default=0.0), 1),
        },
        "cpu_ms_per_photo": {
            part: round(1_000 * seconds / max(1, len(answers)), 1) for part, seconds in samples.cpu.items()
        },
        "memory_mib": _sum_up_memory(samples.memory),
    }


def check_bars(report: dict[str, Any], *, rate: float | None, has_bombs: bool) -> dict[str, str]:
    """Say which of the project's bars a run met, of those that it can speak of; a backlog has no rate."""
    was_killed = bool(report["kills"]["all"])
    was_ended = was_killed or report["stops"]["all"]  # its starts are part of what was measured
    is_met = {"none lost": not report["lost"]}
    if not was_killed:
        is_met["none doubled"] = not report["doubled"]
    if report["stops"]["all"]:
        is_met["stops within 20 s"] = report["stops"]["longest_s"] <= _LONGEST_STOP_SECONDS
    if not was_ended and (rate is None or rate > _PHOTOS_PER_SECOND):
        is_met["25 photos/s"] = (report["photos_per_second"] or 0) >= _PHOTOS_PER_SECOND
    if not was_ended and rate is not None and report["latency_ms"]:
        is_met["p95 below 1 s"] = report["latency_ms"]["p95"] < _SLOWEST_MS
    if has_bombs and not was_ended:
        is_met["loop lag p99 below 50 ms"] = report["loop_lag_ms"]["p99_below"] <= _MOST_LAG_MS
    if report["memory_mib"]["growth_percent"] is not None:
        is_met["memory within 5%"] = report["memory_mib"]["growth_percent"] <= _MOST_GROWTH_PERCENT
    return {bar: "met" if fact else "MISSED" for bar, fact in is_met.items()}


def build_comparison(reports: dict[str, list[dict[str, Any]]]) -> dict[str, object]:
    """Set what PostgreSQL costs beside the embedded database: medians over the rounds of each."""
    rates = {
        name: statistics.median(report["photos_per_second"] for report in rounds)
        for name, rounds in reports.items()
    }
    cpu = {name: _find_median_cpu(rounds) for name, rounds in reports.items()}
    totals = {name: sum(parts.values()) for name, parts in cpu.items()}
    of_all = [report for rounds in reports.values() for report in rounds]
    return {
        "sent": sum(report["sent"] for report in of_all),
        "lost": sum(report["lost"] for report in of_all),
        "doubled": sum(report["doubled"] for report in of_all),
        "photos_per_second": rates,
        **{f"cpu_ms_{name}": parts for name, parts in cpu.items()},
        "postgres_costs": {
            "throughput_percent": round(100 * (1 - rates["postgres"] / rates["embedded"]), 1),
            "ms_per_photo": round(1_000 / rates["postgres"] - 1_000 / rates["embedded"], 1),
            "cpu_percent": round(100 * (totals["postgres"] / totals["embedded"] - 1), 1),
            "cpu_ms_per_photo": round(totals["postgres"] - totals["embedded"], 1),
        },
    }


def _find_median_cpu(rounds: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Give each part's processor time for a photo, in milliseconds."""
    of_rounds = [report["cpu_ms_per_photo"] for report in rounds]
    return {part: round(statistics.median(cpu[part] for cpu in of_rounds), 1) for part in of_rounds[0]}


def _sum_up_memory(memory: Sequence[tuple[int, float]]) -> dict[str, float | None]:
    """Give the memory at the start, after 1,000 and 10,000 answers, and the growth between these.

    A single moment would tell how many photos were in hand just then: it is the median over the next 500.
    """
    after = {
        answers: _find_median([amount for count, amount in memory if 0 <= count - answers < _MEMORY_PHOTOS])
        for answers in (1_000, 10_000)
    }
    grown = 100 * (after[10_000] / after[1_000] - 1) if after[1_000] and after[10_000] else None
    return {
        "first": round(memory[0][1], 1) if memory else None,
        "after_1000": after[1_000],
        "after_10000": after[10_000],
        "growth_percent": None if grown is None else round(grown, 1),
        "last": round(memory[-1][1], 1) if memory else None,
        "most": round(max((amount for _, amount in memory), default=0.0), 1),
    }


def _find_median(amounts: Sequence[float]) -> float | None:
    return round(statistics.median(amounts), 1) if amounts else None


def find_quantiles(values: Sequence[float]) -> dict[str, float]:
    """Give the median, the slow and the slowest."""
    if not values:
        return {}
    ordered = sorted(values)
    last = len(ordered) - 1
    return {
        name: round(ordered[round(quantile * last)], 1)
        for name, quantile in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    }


def format_report(report: dict[str, object]) -> str:
    """Format the figures, one a line."""
    lines = []
    for name, value in report.items():
        if isinstance(value, dict):
            value = "  ".join(f"{key} {part}" for key, part in value.items()) or "-"  # noqa: PLW2901
        lines.append(f"{name:<21} {value}")
    return "\n".join(lines)
