"""The bot comes to a group, leaves it, or the group becomes a supergroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE
from group_steps import set_chat

from bot.storage.preferences import LEFT_IS_KEPT

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


async def test_removing_and_adding_the_bot_keeps_the_groups_settings(bot: RunningBot, playground: Playground):
    """The bot itself advises it, to make /setprivacy count. On its return it says what is set."""
    await set_chat(bot, playground.group, when="every", answers_per_minute=3)
    await playground.set_privacy_mode(False, readd_to=playground.group)

    back = await playground.wait_for_message(
        playground.group, lambda message: "I was here before" in message.text
    )
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE)

    assert "When I answer: every photo\n" in back.text
    assert "3 answers a minute" in back.text
    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")


async def test_privacy_says_how_long_settings_are_kept(bot: RunningBot, playground: Playground):
    """The figure in the text is the one that holds."""
    asked = await playground.send_text(playground.private, playground.ana, "/privacy")

    assert f"kept for {LEFT_IS_KEPT.days} days" in (await playground.wait_for_reply(asked)).text
