"""The bot comes to a group, leaves it, or the group becomes a supergroup."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE
from group_steps import set_chat

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_joining_a_group_is_introduced_in_one_message(bot: RunningBot, playground: Playground):
    """The bot says once what it is, that it is automatic, and how it is asked."""
    group = playground.create_group("New", [playground.ana], with_bot=False)
    await playground.add_bot_to_group(group)

    await playground.wait_for_message(group, lambda message: "automatic system" in message.text)

    assert len(playground.messages(group, from_bot=True)) == 1
    assert "/emotion" in playground.messages(group, from_bot=True)[0].text


async def test_settings_follow_a_group_that_becomes_a_supergroup(bot: RunningBot, playground: Playground):
    """The group's choices hold under its new id, and it is not introduced a second time."""
    await set_chat(bot, playground.group, how="text")
    supergroup = await playground.migrate(playground.group)
    photo = await playground.send_photo(supergroup, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
    assert playground.call_log.counts["sendPhoto"] == 0
    assert all(
        "automatic system" not in message.text for message in playground.messages(supergroup, from_bot=True)
    )


async def test_leaving_a_group_deletes_its_settings(bot: RunningBot, playground: Playground):
    """What was kept for a group goes with the bot."""
    await set_chat(bot, playground.group, how="text")
    await playground.remove_bot(playground.group)
    async with asyncio.timeout(10):
        kept = bot.services.storage.get_chat_settings
        while (await kept(playground.group.id)).how == "text":  # noqa: ASYNC110 - the bot changes it
            await asyncio.sleep(0.02)
