from __future__ import annotations

from bot.observability.metrics import Metrics


def test_a_summary_has_counts_and_quantiles() -> None:
    """What /stats shows: how many, and how long the middle, the slow and the slowest took."""
    metrics = Metrics()
    for thousandth in range(1_000):
        metrics.observe("classify", thousandth / 1_000)
    metrics.count_answer("answered", faces=3)
    metrics.count_answer("refused")
    metrics.count_update("private", "answered")
    assert metrics.summary() == {
        "counts": {"answers answered": 1, "answers refused": 1, "faces": 3, "updates": 1},
        "seconds": {"classify": {"p50": 0.5, "p95": 0.95, "p99": 0.99}},
    }


def test_old_durations_give_way_to_new_ones() -> None:
    """The summary is of the last thousand, so that its memory is bounded and it shows the present."""
    metrics = Metrics()
    for seconds in (9.0,) * 1_000 + (1.0,) * 1_000:
        metrics.observe("classify", seconds)
    assert metrics.summary()["seconds"] == {"classify": {"p50": 1.0, "p95": 1.0, "p99": 1.0}}


def test_prometheus_sees_the_same() -> None:
    """Counters, histograms and watched numbers stand in the registry."""
    metrics = Metrics()
    metrics.count_answer("answered", faces=2)
    metrics.observe("queue", 0.3)
    metrics.watch("bot_waiting", lambda: 7, "Updates that wait.")
    sample = metrics.registry.get_sample_value
    assert sample("bot_answers_total", {"outcome": "answered"}) == 1
    assert sample("bot_faces_total") == 2
    assert sample("bot_step_seconds_bucket", {"step": "queue", "le": "0.35"}) == 1
    assert sample("bot_step_seconds_bucket", {"step": "queue", "le": "0.2"}) == 0
    assert sample("bot_waiting") == 7
