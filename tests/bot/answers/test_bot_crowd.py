"""One chat that sends hundreds, or that Telegram slows down: what others notice of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, until

from playground import Fault

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def send_as_somebody_new(playground: Playground) -> Message:
    """Send a photo in a private chat that had none before."""
    person = playground.create_user("Person", "")
    return await playground.send_photo(playground.private_chat(person), person, PICTURE)


async def test_others_do_not_wait_for_a_chat_that_sends_hundreds(bot: RunningBot, playground: Playground):
    """Twenty who come after 300 photos of one chat are each answered while most of those still wait."""
    photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(300)]
    await playground.wait_for_reply(photos[0])
    for _ in range(20):
        await playground.wait_for_reply(await send_as_somebody_new(playground))
    answered = sum(bool(playground.replies(photo)) for photo in photos)
    assert answered < len(photos) / 2


async def test_a_chat_that_telegram_slows_down_slows_nobody_else(bot: RunningBot, playground: Playground):
    """A 429 says how long to wait with that chat; it is answered then, once."""
    fault = Fault("too_many_requests", method="sendPhoto", retry_after=5, chat_id=playground.private.id)
    playground.fail(fault)
    slowed = await playground.send_photo(playground.private, playground.ana, PICTURE)
    await until(lambda: not playground.faults.orders)
    await playground.wait_for_reply(await send_as_somebody_new(playground))
    assert playground.replies(slowed) == [], "another was answered before its time was over"
    await playground.wait_for_reply(slowed, within=20)
    assert len(playground.replies(slowed)) == 1
