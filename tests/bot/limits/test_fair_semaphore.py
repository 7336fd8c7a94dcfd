from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.limits.fair_semaphore import FairSemaphore


async def hold(places: FairSemaphore, chat_id: int, order: list[int], go_on: asyncio.Event) -> None:
    async with places.acquire(chat_id):
        order.append(chat_id)
        await go_on.wait()


async def let_run() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_waits_for_many_does_not_hold_up_who_waits_for_one() -> None:
    """The second chat comes next although twenty of the first wait before it."""
    places, order, go_on = FairSemaphore(1), [], asyncio.Event()
    tasks = [asyncio.create_task(hold(places, 1, order, go_on)) for _ in range(21)]
    await let_run()
    tasks += [asyncio.create_task(hold(places, chat_id, order, go_on)) for chat_id in (2, 3)]
    await let_run()
    go_on.set()
    await asyncio.gather(*tasks)
    assert order[:4] == [1, 1, 2, 3]
    assert len(order) == 23


async def test_who_leaves_at_the_moment_of_its_turn_passes_it_on() -> None:
    """Given what it waited for, but cancelled before it could take it up: the next one has it."""
    places, order, go_on = FairSemaphore(1), [], asyncio.Event()
    async with places.acquire(1):
        leaving, last = (asyncio.create_task(hold(places, chat_id, order, go_on)) for chat_id in (2, 3))
        await let_run()
    leaving.cancel()
    await let_run()
    assert order == [3]
    go_on.set()
    await asyncio.gather(leaving, last, return_exceptions=True)


@given(
    count=st.integers(1, 3),
    steps=st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["take", "leave", "finish"])), max_size=40),
)
def test_no_slot_is_lost_or_given_twice(count: int, steps: list[tuple[int, str]]) -> None:
    """Whoever comes, leaves while waiting, or leaves at the moment of being given a place."""

    async def live_through() -> None:
        places, inside, tasks = FairSemaphore(count), Counter[str](), []

        async def visit(chat_id: int, done: asyncio.Event) -> None:
            async with places.acquire(chat_id):
                inside["now"] += 1
                inside["most"] = max(inside["most"], inside["now"])
                try:
                    await done.wait()
                finally:
                    inside["now"] -= 1

        for chat_id, step in steps:
            if step == "take":
                done = asyncio.Event()
                tasks.append((asyncio.create_task(visit(chat_id, done)), done))
            elif tasks and step == "leave":
                tasks[chat_id % len(tasks)][0].cancel()
            elif tasks:
                tasks[chat_id % len(tasks)][1].set()
                tasks[(chat_id + 1) % len(tasks)][0].cancel()
            await asyncio.sleep(0)
        for _, done in tasks:
            done.set()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert inside["most"] <= count
        assert places._free == count
        assert not places._waiting

    asyncio.run(live_through())
