from __future__ import annotations

import datetime as dt

from bot import __version__
from bot.handlers.host_commands import format_statistics
from bot.messages.catalogue import Catalogue
from bot.observability.metrics import DAY, HOUR, Metrics


class Clock:
    """A clock that tests set, in seconds since 1970."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 8, 12, 9, tzinfo=dt.UTC).timestamp()

    def __call__(self) -> float:
        """Tell the time."""
        return self.time


def test_counts_are_of_the_last_hour_of_the_last_day_and_of_all() -> None:
    """A host asks how it goes now, not only how it went since the start."""
    clock = Clock()
    metrics = Metrics(clock)
    for hours_later in (0, 30, 10, 0.5):
        clock.time += hours_later * HOUR
        metrics.count_answer("seen", faces=3)
        metrics.count_update("private", "answered")
    metrics.count_answer("too-large")

    assert metrics.count_since(HOUR) == {"answered": 2, "faces": 6, "updates": 2, "refused": 1}
    assert metrics.count_since(DAY) == {"answered": 3, "faces": 9, "updates": 3, "refused": 1}
    assert metrics.count_since(None) == {"answered": 4, "faces": 12, "updates": 4, "refused": 1}


def test_a_busy_day_takes_bounded_memory() -> None:
    """Counts are kept by minute, and minutes for a day."""
    clock = Clock()
    metrics = Metrics(clock)
    for _ in range(2 * DAY // 60):
        clock.time += 60
        metrics.count_answer("seen")

    assert metrics.count_since(10 * DAY)["answered"] == DAY // 60


def test_quantiles_are_of_the_last_thousand() -> None:
    """The middle, the slow and the slowest; old durations give way to new ones, so it shows the present."""
    metrics = Metrics()
    for seconds in [9.0] * 1_000 + [thousandth / 1_000 for thousandth in range(1_000)]:
        metrics.observe("classify", seconds)

    assert metrics.find_quantiles() == {"classify": (0.5, 0.95, 0.99)}


def test_statistics_are_in_words_and_peoples_units() -> None:
    """What /stats says; a step that was not taken is left out."""
    metrics = Metrics(Clock())
    metrics.count_answer("seen", faces=1_200)
    metrics.count_answer("too-large")
    metrics.count_update("private", "answered")
    metrics.observe("queue", 0.00343)
    metrics.observe("classify", 12.3456)

    assert format_statistics(Catalogue("en").texts("en"), metrics).splitlines() == [
        "Last hour · last 24 hours · since the start:",
        "Photos answered: 1 · 1 · 1",
        "Photos that I could not answer: 1 · 1 · 1",
        "Faces: 1,200 · 1,200 · 1,200",
        "Messages and button presses: 1 · 1 · 1",
        "",
        "Of the last 1,000 each, half took up to · 95 in 100 up to · 99 in 100 up to:",
        "Waiting for its turn: 0\u00a0s · 0\u00a0s · 0\u00a0s",
        "Looking at the photo: 12.35\u00a0s · 12.35\u00a0s · 12.35\u00a0s",
        "",
        "Started on 12 Aug 2026, 09:00 UTC",
    ]


def test_prometheus_sees_the_same() -> None:
    """Counters, histograms and watched numbers stand in the registry."""
    metrics = Metrics()
    metrics.count_answer("seen", faces=2)
    metrics.observe("queue", 0.3)
    metrics.watch("bot_waiting", lambda: 7, "Updates that wait.")
    sample = metrics.registry.get_sample_value
    assert sample("bot_answers_total", {"outcome": "seen"}) == 1
    assert sample("bot_faces_total") == 2
    assert sample("bot_step_seconds_bucket", {"step": "queue", "le": "0.35"}) == 1
    assert sample("bot_step_seconds_bucket", {"step": "queue", "le": "0.2"}) == 0
    assert sample("bot_waiting") == 7


def test_metrics_say_which_program_it_is() -> None:
    """A host with several machines sees which of them is not upgraded yet."""
    assert Metrics().registry.get_sample_value("bot_info", {"version": __version__}) == 1


def test_an_hour_ago_still_counts_and_a_minute_more_does_not() -> None:
    """By the minute, for counts are kept by minute."""
    clock = Clock()
    metrics = Metrics(clock)
    metrics.count_answer("seen", faces=1)
    clock.time += HOUR
    assert metrics.count_since(HOUR)["answered"] == 1
    clock.time += 60
    assert metrics.count_since(HOUR)["answered"] == 0


def test_every_count_is_seen_by_prometheus_under_its_labels() -> None:
    """A metric that is not counted would leave a host blind."""
    metrics = Metrics()
    metrics.count_update("private", "answered")
    metrics.count_polling_failure("conflict")
    metrics.count_request("doorbell", "seen")
    metrics.count_answer("too_many_bytes")
    metrics.count_answer("seen", faces=3)
    metrics.observe_loop_delay(0.025)
    metrics.observe("send", 2.0)
    sample = metrics.registry.get_sample_value
    assert sample("bot_updates_total", {"chat": "private", "outcome": "answered"}) == 1
    assert sample("bot_polling_failures_total", {"reason": "conflict"}) == 1
    assert sample("bot_api_requests_total", {"caller": "doorbell", "outcome": "seen"}) == 1
    assert sample("bot_answers_total", {"outcome": "too_many_bytes"}) == 1
    assert sample("bot_faces_total") == 3
    assert sample("bot_loop_delay_seconds_count") == 1
    assert sample("bot_loop_delay_seconds_bucket", {"le": "0.02"}) == 0
    assert sample("bot_step_seconds_sum", {"step": "send"}) == 2.0
    assert metrics.find_quantiles()["send"] == (2.0, 2.0, 2.0)
    assert metrics.count_since(None) == {"updates": 1, "refused": 1, "answered": 1, "faces": 3}


def test_numbers_of_several_bots_under_one_name_are_added_up() -> None:
    """Each bot of a program has a queue of its own."""
    metrics = Metrics()
    for waiting in (3, 4):
        metrics.watch("bot_waiting", lambda waiting=waiting: waiting, "Updates that wait.")
    assert metrics.registry.get_sample_value("bot_waiting") == 7
