"""No more answers a minute than a group wants: those beyond are gathered into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in
from group_steps import set_chat, wait_until_quiet

from playground import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_answers_beyond_the_limit_are_gathered_into_one(bot: RunningBot, playground: Playground):
    """Beyond N answers a minute the rest come as one message; stopping the bot gives it at once."""
    await set_chat(bot, playground.group, answers_per_minute=1)
    photos = [
        await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
        for _ in range(3)
    ]
    await playground.wait_for_reply(photos[0])
    await wait_until_quiet(playground, playground.group)
    await bot.services.inbox.stop(60)

    gathered = await playground.wait_for_reply(photos[1])

    assert gathered.text.startswith("2 more photos from a busy minute:")
    assert gathered.text.count("Looks happy") == 2
    assert playground.replies(photos[2]) == []


async def test_reactions_are_not_limited(bot: RunningBot, playground: Playground):
    """A group that wants reactions only is not sent a message for those beyond the limit."""
    await set_chat(bot, playground.group, how="reaction", answers_per_minute=1)
    photos = [
        await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
        for _ in range(3)
    ]

    assert [await playground.wait_for_reaction(photo) for photo in photos] == ["😁"] * 3


async def test_gathered_answers_that_nobody_may_hear_are_not_tried_for_ever(
    playground: Playground, tmp_path: Path
):
    """When the bot is thrown out while it gathers, the photos count as dealt with at the next start."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()) as bot:
        await set_chat(bot, playground.group, answers_per_minute=1)
        for _ in range(2):
            last = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
        await playground.wait_for_reply(await playground.send_text(playground.group, playground.ana, "/help"))
        playground.fail(Fault("forbidden", method="sendMessage", count=-1, chat_id=playground.group.id))
    assert any(call.error for call in playground.call_log.calls("sendMessage"))
    classifier = ScriptedClassifier()
    async with run_bot_in(playground, tmp_path, classifier):
        private = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(private)

    assert len(classifier.asked) == 1
    assert playground.replies(last) == []
