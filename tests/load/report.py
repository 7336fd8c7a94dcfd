"""What came out of a load test, counted from the playground's ledger and the bot's own log."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ANSWERS = ("sendPhoto", "sendMessage", "sendMediaGroup")
_PATIENCE = "please wait a moment"  # of the note that a busy sender gets once, and which answers nothing
Key = tuple[int, int]  # chat and message


@dataclass
class Samples:
    """What was measured while the bot worked.

    Attributes:
        loop_lag: The longest delay of its event loop in ten seconds, in seconds, each second.
        loop_lag_p99: The same for the 99th percentile.
        memory: MiB of the bot and its workers, with the number of answers at that time.
        kills: How many answers were still owed at each time that the bot was killed.
    """

    loop_lag: list[float] = field(default_factory=list)
    loop_lag_p99: list[float] = field(default_factory=list)
    memory: list[tuple[int, float]] = field(default_factory=list)
    kills: list[int] = field(default_factory=list)


def find_answers(calls: Iterable[Any]) -> dict[Key, list[float]]:
    """Find when each message was answered, by the reply that quotes it."""
    answers: dict[Key, list[float]] = {}
    for call in calls:
        quoted = json.loads(call.parameters.get("reply_parameters", "{}")).get("message_id")
        is_note = _PATIENCE in call.parameters.get("text", "")
        if call.method in _ANSWERS and not call.error and not is_note and quoted is not None:
            answers.setdefault((int(call.parameters["chat_id"]), int(quoted)), []).append(call.at)
    return answers


def build_report(
    sent: dict[Key, float],
    answers: dict[Key, list[float]],
    updates: Sequence[dict[str, Any]],
    samples: Samples,
) -> dict[str, object]:
    """Bring all figures together; times in milliseconds, memory in MiB."""
    latencies = [1_000 * (times[0] - sent[key]) for key, times in answers.items()]
    end = max((times[0] for times in answers.values()), default=0.0)
    span = end - min(sent.values(), default=0.0)
    return {
        "sent": len(sent),
        "answered": len(answers),
        "lost": len(sent.keys() - answers.keys()),
        "doubled": sum(len(times) - 1 for times in answers.values()),
        "kills": {"all": len(samples.kills), "with_answers_owed": sum(map(bool, samples.kills))},
        "photos_per_second": round(len(answers) / span, 1) if span > 0 else None,
        "latency_ms": find_quantiles(latencies),
        "queue_ms": find_quantiles([update["queue_ms"] for update in updates]),
        "service_ms": find_quantiles([update["service_ms"] for update in updates]),
        "classify_ms": find_quantiles([u["classify_ms"] for u in updates if "classify_ms" in u]),
        "outcomes": dict(Counter(update["outcome"] for update in updates)),
        "loop_lag_ms": {
            "p99": round(1_000 * max(samples.loop_lag_p99, default=0.0), 1),
            "worst": round(1_000 * max(samples.loop_lag, default=0.0), 1),
        },
        "memory_mib": _sum_up_memory(samples.memory),
    }


def build_comparison(reports: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    """Set what PostgreSQL costs beside the embedded database: medians over the rounds of each."""
    rates = {
        name: statistics.median(cast("float", report["photos_per_second"]) for report in rounds)
        for name, rounds in reports.items()
    }
    of_all = [report for rounds in reports.values() for report in rounds]
    return {
        "sent": sum(cast("int", report["sent"]) for report in of_all),
        "lost": sum(cast("int", report["lost"]) for report in of_all),
        "doubled": sum(cast("int", report["doubled"]) for report in of_all),
        "photos_per_second": rates,
        "postgres_costs": {
            "throughput_percent": round(100 * (1 - rates["postgres"] / rates["embedded"]), 1),
            "ms_per_photo": round(1_000 / rates["postgres"] - 1_000 / rates["embedded"], 1),
        },
    }


def _sum_up_memory(memory: Sequence[tuple[int, float]]) -> dict[str, float | None]:
    """Give the memory at the start, after 1,000 and 10,000 answers, and the growth between these."""
    after = {
        answers: next((round(amount, 1) for count, amount in memory if count >= answers), None)
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
        lines.append(f"{name:<18} {value}")
    return "\n".join(lines)
