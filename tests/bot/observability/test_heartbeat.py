"""The heartbeats of several bots as one."""

from __future__ import annotations

from bot.observability.heartbeat import Heartbeat, Heartbeats


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
