"""One chat that sends hundreds, or that Telegram slows down: what others notice of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, until

from playground import Fault

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def time_answers(playground: Playground, people: int) -> list[float]:
    """Send one photo each, one after the other, and give the seconds to each answer, the shortest first."""
    waits = []
    for number in range(people):
        person = playground.create_user(f"Person {number}", "")
        started = time.monotonic()
        photo = await playground.send_photo(playground.private_chat(person), person, PICTURE)
        await playground.wait_for_reply(photo, within=30)
        waits.append(time.monotonic() - started)
    return sorted(waits)


async def test_others_hardly_wait_while_one_chat_sends_hundreds(bot: RunningBot, playground: Playground):
    """Nineteen of twenty people have their answer within 0.6 s, or three times as long as on a quiet day."""
    quiet = await time_answers(playground, 20)
    photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(300)]
    await playground.wait_for_reply(photos[0])
    waits = await time_answers(playground, 20)
    assert waits[18] <= max(0.6, 3 * quiet[18])


async def test_a_chat_that_telegram_slows_down_slows_nobody_else(bot: RunningBot, playground: Playground):
    """A 429 says how long to wait with that chat; it is answered then, once."""
    fault = Fault("too_many_requests", method="sendPhoto", retry_after=5, chat_id=playground.private.id)
    playground.fail(fault)
    slowed = await playground.send_photo(playground.private, playground.ana, PICTURE)
    await until(lambda: not playground.faults.orders)
    await time_answers(playground, 1)
    assert playground.replies(slowed) == [], "another was answered before its time was over"
    await playground.wait_for_reply(slowed, within=20)
    assert len(playground.replies(slowed)) == 1
