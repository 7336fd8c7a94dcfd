"""When a bot is alive and ready: its heartbeats, its event loop, and who may ask."""

from __future__ import annotations

import math

import pytest
from bot_fakes import until

from bot.observability.health_server import HealthServer, is_inside_name
from bot.observability.heartbeat import Heartbeat, Heartbeats, LoopLag
from bot.observability.metrics import Metrics


async def test_several_bots_are_as_alive_as_the_one_that_is_silent_longest() -> None:
    """One bot that hangs must not hide behind the others; one that is refused is not waited for."""
    now = [0.0]
    quick, silent = Heartbeat(lambda: now[0]), Heartbeat(lambda: now[0])
    both = Heartbeats([quick, silent])
    quick.beat()
    silent.beat()
    now[0] = 50.0
    quick.beat()
    now[0] = 51.0
    assert (both.age, both.refused) == (51.0, 0)

    silent.refused.set()
    assert (both.age, both.refused) == (1.0, 1)

    quick.refused.set()
    assert (both.age, both.refused) == (51.0, 2)


def test_before_the_first_answer_a_heartbeat_is_endlessly_old() -> None:
    """A bot that never reached Telegram is not ready, however young it is."""
    now = [5.0]
    heartbeat = Heartbeat(lambda: now[0])
    assert heartbeat.age == math.inf
    heartbeat.beat()
    now[0] = 7.5
    assert heartbeat.age == 2.5


def test_the_loops_lag_is_its_worst_and_its_99th_in_a_hundred() -> None:
    """One late callback in ten seconds is shown, and does not decide the percentile."""
    lag = LoopLag()
    assert (lag.worst, lag.p99) == (0.0, 0.0)
    lag._samples.extend([0.001] * 98 + [0.2, 3.0])
    assert (lag.worst, lag.p99) == (3.0, 0.2)
    lag._samples.extend([0.001] * 100)
    assert lag.worst == 0.001, "what is older than ten seconds counts no more"


async def test_each_delay_is_handed_on() -> None:
    """The metrics see all of them, not only the worst."""
    seen: list[float] = []
    lag = LoopLag(seen.append)
    lag.start()
    await until(lambda: len(seen) == 2)
    await lag.stop()
    assert seen == list(lag._samples)
    assert min(seen) >= 0


@pytest.mark.parametrize(
    ("silence", "late", "problems"),
    [(90.0, 1.0, set()), (90.5, 0.0, {"telegram"}), (0.0, 1.1, {"event loop"}), (91.0, 2.0, None)],
)
async def test_after_ninety_seconds_or_a_second_late_a_bot_is_not_ready(
    silence: float, late: float, problems: set[str] | None
) -> None:
    """A poll may take 25 seconds and be tried again; up to the limits nothing is wrong."""
    now = [0.0]
    heartbeat, lag = Heartbeat(lambda: now[0]), LoopLag()
    heartbeat.beat()
    now[0] = silence
    lag._samples.append(late)
    server = HealthServer(heartbeat=heartbeat, loop_lag=lag, metrics=Metrics(), checks={})
    expected = {"telegram", "event loop"} if problems is None else problems
    assert set(await server.find_problems()) == expected


async def test_numbers_from_elsewhere_are_read_before_they_are_shown() -> None:
    """Of the queue in the database: for /readyz and for /metrics alike."""
    looked: list[str] = []

    async def look() -> None:
        looked.append("looked")

    heartbeat = Heartbeat(lambda: 0.0)
    checks = {"queue": lambda: "away" if looked else None}
    server = HealthServer(
        heartbeat=heartbeat, loop_lag=LoopLag(), metrics=Metrics(), checks=checks, look=look
    )
    assert (await server.find_problems())["queue"] == "away"
    await server.render_metrics()
    assert looked == ["looked"] * 2


@pytest.mark.parametrize(
    ("host", "is_inside"),
    [
        ("127.0.0.1:8081", True),
        ("[::1]:8081", True),
        ("bot", True),
        ("bot.local", True),
        ("bot.internal.", True),
        ("LOCALHOST", True),
        ("own.example.org:8081", True),
        ("evil.example.org", False),
        ("evil-local", True),
        ("evil.notlocal", False),
        ("", False),
        ("[", False),
    ],
)
def test_only_names_of_the_own_network_are_answered(host: str, *, is_inside: bool) -> None:
    """A page from elsewhere can have its own name lead here: it must not read what is served."""
    assert is_inside_name(host, "own.example.org") is is_inside
