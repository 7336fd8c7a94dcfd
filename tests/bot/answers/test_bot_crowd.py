"""One chat that sends hundreds, or that Telegram slows down: what others notice of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, until
from time_lapse import TimeLapseLoop, run_in_time_lapse

from playground import Fault, Playground

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Message


async def send_as_somebody_new(playground: Playground) -> Message:
    """Send a photo in a private chat that had none before."""
    person = playground.create_user("Person", "")
    return await playground.send_photo(playground.private_chat(person), person, PICTURE)


@pytest.mark.asyncio(loop_scope="session")
async def test_others_do_not_wait_for_a_chat_that_sends_hundreds(bot: RunningBot, playground: Playground):
    """Twenty who come after 300 photos of one chat are each answered while most of those still wait."""
    photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(300)]
    await playground.wait_for_reply(photos[0])
    for _ in range(20):
        await playground.wait_for_reply(await send_as_somebody_new(playground))
    answered = sum(bool(playground.replies(photo)) for photo in photos)
    assert answered < len(photos) / 2


def test_a_chat_that_telegram_slows_down_slows_nobody_else(tmp_path: Path):
    """A 429 says how long to wait with that chat; it is answered then, once."""

    async def live_through(loop: TimeLapseLoop) -> None:
        playground = Playground()
        await playground.start()
        playground.fail(
            Fault("too_many_requests", method="sendPhoto", retry_after=300, chat_id=playground.private.id)
        )
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
            slowed = await playground.send_photo(playground.private, playground.ana, PICTURE)
            await until(lambda: not playground.faults.active)
            await playground.wait_for_reply(await send_as_somebody_new(playground))
            assert playground.replies(slowed) == [], "another was answered before its time was over"
            loop.run_at(300)
            await playground.wait_for_reply(slowed, within=3_600)
            loop.run_at(1)
        assert len(playground.replies(slowed)) == 1
        await playground.stop()

    run_in_time_lapse(live_through)
