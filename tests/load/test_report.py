from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from bot.messages.catalogue import Catalogue
from bot.observability.metrics import Metrics
from tests.load.bot_process import read_samples
from tests.load.delays import DelayCounts
from tests.load.report import (
    Samples,
    build_comparison,
    build_report,
    check_bars,
    find_answers,
    find_quantiles,
)


@dataclass
class Call:
    """A call as the playground's call log has it."""

    method: str
    at: float
    parameters: dict[str, str] = field(default_factory=dict)
    error: str = ""


def reply(message_id: int, at: float, *, method: str = "sendPhoto", error: str = "") -> Call:
    quoted = json.dumps({"message_id": message_id})
    return Call(method, at, {"chat_id": "7", "reply_parameters": quoted}, error)


def test_lost_and_doubled_answers_are_counted() -> None:
    """An answer is a reply that quotes the photo; refused calls and other methods are none."""
    sent = {(7, 1): 10.0, (7, 2): 10.0, (7, 3): 10.0}
    calls = [
        reply(1, 10.5),
        reply(2, 11.0),
        reply(2, 12.0, method="sendMessage"),
        reply(3, 11.0, error="Forbidden"),
        reply(3, 11.0, method="sendChatAction"),
        Call("sendMessage", 11.0, {"chat_id": "7"}),
    ]
    report = build_report(sent, find_answers(calls), [], Samples())
    assert {name: report[name] for name in ("sent", "answered", "lost", "doubled")} == {
        "sent": 3,
        "answered": 2,
        "lost": 1,
        "doubled": 1,
    }
    assert report["latency_ms"] == {"p50": 500.0, "p95": 1_000.0, "p99": 1_000.0, "max": 1_000.0}


@pytest.mark.parametrize("name", ["please-wait", "long-queue"])
def test_the_note_to_who_waits_is_no_answer(name: str) -> None:
    """It is the bot's own words that are left out: a photo with the note alone is lost, not answered."""
    note = Catalogue("en").texts("en")(name, photos=5)
    told = [reply(1, 10.2, method="sendMessage"), reply(2, 10.2, method="sendMessage"), reply(1, 11.0)]
    for call in told[:2]:
        call.parameters["text"] = note

    report = build_report({(7, 1): 10.0, (7, 2): 10.0}, find_answers(told), [], Samples())

    assert (report["answered"], report["lost"], report["doubled"]) == (1, 1, 0)


def test_memory_is_compared_after_a_thousand_and_ten_thousand_answers() -> None:
    """The growth between is what leaks show in; a short run has none to tell."""
    samples = Samples(memory=[(0, 100.0), (1_003, 200.0), (9_000, 230.0), (10_001, 204.0)], kills=[3, 0])
    report = build_report({(7, 1): 1.0}, {}, [], samples)
    assert report["memory_mib"] == {
        "first": 100.0,
        "after_1000": 200.0,
        "after_10000": 204.0,
        "growth_percent": 2.0,
        "last": 204.0,
        "most": 230.0,
    }
    assert report["kills"] == {"all": 2, "with_answers_owed": 1}
    short = build_report({(7, 1): 1.0}, {}, [], Samples(memory=[(0, 100.0)]))
    assert short["memory_mib"]["growth_percent"] is None


def test_memory_is_the_median_over_some_photos():
    """A single moment would tell how many photos were in hand just then."""
    memory = [
        (1_000, 200.0),
        (1_100, 260.0),
        (1_200, 202.0),
        (1_500, 400.0),
        (10_000, 210.0),
        (10_499, 212.0),
    ]
    report = build_report({(7, 1): 1.0}, {}, [], Samples(memory=memory))
    assert report["memory_mib"]["after_1000"] == 202.0
    assert report["memory_mib"]["after_10000"] == 211.0


def read_delays(delays: list[float]) -> dict[str, float]:
    """What a bot serves that has seen these delays."""
    metrics = Metrics()
    for delay in delays:
        metrics.observe_loop_delay(delay)
    return read_samples(metrics.render().decode())


def test_delays_are_counted_over_the_starts_of_a_bot():
    """A bot that was killed counts from nothing again; what it counted before is kept."""
    counts = DelayCounts()
    assert counts.find_quantile(0.99) == 0.0
    counts.take(read_delays([0.0005] * 50))
    counts.take(read_delays([0.0005] * 97 + [0.045] * 3))
    assert counts.find_quantile(0.5) == 0.001
    assert counts.find_quantile(0.99) == 0.05
    counts.take(read_delays([0.15] * 2))  # begun anew
    counts.take(read_delays([0.15] * 4))
    assert counts.find_quantile(0.95) == 0.05
    assert counts.find_quantile(0.97) == 0.2


def test_each_bar_is_checked_where_a_run_can_speak_of_it():
    """At the bar it is met, beyond it is missed, and what a run did not measure is not spoken of."""
    good = build_report(
        {(7, n): 10.0 for n in range(3)}, {(7, n): [10.5 + n * 0.04] for n in range(3)}, [], Samples()
    )
    assert check_bars(good, rate=None, has_bombs=False) == {
        "none lost": "met",
        "none doubled": "met",
        "25 photos/s": "met",
    }
    assert check_bars(good, rate=26, has_bombs=False) == {
        "none lost": "met",
        "none doubled": "met",
        "25 photos/s": "met",
        "p95 below 1 s": "met",
    }
    assert check_bars(good, rate=20, has_bombs=True).keys() == {
        "none lost",
        "none doubled",
        "p95 below 1 s",
        "loop lag p99 below 50 ms",
    }
    slow = {"p95": 1_000.0}, {"p99_below": 75.0}, {"growth_percent": 5.1}
    bad = good | dict(zip(("latency_ms", "loop_lag_ms", "memory_mib"), slow, strict=True))
    bad |= {"lost": 1}
    assert check_bars(bad, rate=20, has_bombs=True) == {
        "none lost": "MISSED",
        "none doubled": "met",
        "p95 below 1 s": "MISSED",
        "loop lag p99 below 50 ms": "MISSED",
        "memory within 5%": "MISSED",
    }
    killed = bad | {"lost": 0, "doubled": 3, "kills": {"all": 2}, "memory_mib": {"growth_percent": None}}
    assert check_bars(killed, rate=20, has_bombs=True) == {"none lost": "met"}


def test_quantiles_of_nothing_are_nothing() -> None:
    """A run in which nothing was answered still gets its report."""
    assert find_quantiles([]) == {}
    assert build_report({(7, 1): 1.0}, {}, [], Samples())["lost"] == 1


def test_what_a_photo_costs_is_the_difference_between_the_databases() -> None:
    """One gives ten answers a second and the other eight; the rounds' medians count."""
    reports = {}
    for name, gap, cpu in (
        ("embedded", 0.1, {"bot": 0.5}),
        ("postgres", 0.125, {"bot": 0.4, "database": 0.2}),
    ):
        answers = {(7, number): [5.0 + number * gap] for number in range(11)}
        samples = Samples(cpu={part: 11 * seconds for part, seconds in cpu.items()})
        reports[name] = [build_report(dict.fromkeys(answers, 0.0), answers, [], samples)]

    report = build_comparison(reports)

    assert report["photos_per_second"] == {"embedded": 10.0, "postgres": 8.0}
    assert report["cpu_ms_postgres"] == {"bot": 400.0, "database": 200.0}
    assert report["postgres_costs"] == {
        "throughput_percent": 20.0,
        "ms_per_photo": 25.0,
        "cpu_percent": 20.0,
        "cpu_ms_per_photo": 100.0,
    }
