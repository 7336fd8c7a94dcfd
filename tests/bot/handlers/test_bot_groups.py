"""Asking in groups, end to end: who is answered, where, and who is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, build_face
from group_steps import see_everything, wait_until_quiet

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_command_in_reply_to_a_photo_is_answered(bot: RunningBot, playground: Playground):
    """/emotion in reply to a photo gets an answer that quotes the photo, not the command."""
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE)
    await playground.send_text(playground.group, playground.ana, "/emotion", reply_to=photo)

    answer = await playground.wait_for_reply(photo)

    assert answer.text == "Looks happy — 97% sure"


@pytest.mark.parametrize("caption", ["/emotion", "/emotion@happy_or_sad_bot", "/emotion /emotion /help"])
async def test_the_command_as_a_caption_is_answered_once(
    bot: RunningBot, playground: Playground, caption: str
):
    """/emotion as a caption, with or without the bot's name, alone or among commands, gets one answer."""
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption=caption)

    await playground.wait_for_reply(photo)

    assert await wait_until_quiet(playground, playground.group) == []
    assert len(playground.replies(photo)) == 1


async def test_the_command_counts_anywhere_in_a_caption(bot: RunningBot, playground: Playground):
    """Where Telegram shows it to the bot, the command may stand behind other words."""
    await see_everything(playground, playground.group)
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="see! /emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")


@pytest.mark.parametrize("caption", ["", "nice day", "/emotion@another_bot", "/start", "@happy_or_sad_bot"])
async def test_nothing_else_is_answered_by_default(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, caption: str
):
    """Other photos, other bots' commands and mentions are left alone, and not even fetched."""
    await see_everything(playground, playground.group)
    await playground.send_photo(playground.group, playground.ben, PICTURE, caption=caption)

    assert await wait_until_quiet(playground, playground.group) == []
    assert classifier.asked == []


async def test_an_edited_caption_does_not_answer_again(bot: RunningBot, playground: Playground):
    """Editing a caption, also into the command, is no new question."""
    await see_everything(playground, playground.group)
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
    await playground.wait_for_reply(photo)
    await playground.edit_caption(photo, "/emotion please")

    assert await wait_until_quiet(playground, playground.group) == []


async def test_the_command_without_a_photo_says_how_it_is_used(bot: RunningBot, playground: Playground):
    """/emotion that replies to nothing, or to a text, gets a hint."""
    command = await playground.send_text(playground.group, playground.ana, "/emotion")

    assert (await playground.wait_for_reply(command)).text.startswith("Reply with /emotion to a message")


async def test_a_topic_is_answered_in_its_topic(bot: RunningBot, playground: Playground):
    """In a forum the answer stands in the topic of the question."""
    forum = playground.create_group("Forum", [playground.ana], supergroup=True, forum=True)
    topic = playground.create_topic(forum, "Holidays")
    photo = await playground.send_photo(forum, playground.ana, PICTURE, caption="/emotion", thread_id=topic)

    answer = await playground.wait_for_reply(photo)

    assert answer.thread_id == topic


async def test_an_anonymous_admin_is_answered_and_may_change_settings(
    bot: RunningBot, playground: Playground
):
    """Who speaks as the group is one of its admins."""
    group = playground.create_group("Anon", [playground.ana], supergroup=True)
    photo = await playground.send_photo(group, playground.ana, PICTURE, caption="/emotion", as_chat=group)
    menu = await playground.send_text(group, playground.ana, "/settings", as_chat=group)

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
    assert (await playground.wait_for_reply(menu)).text.startswith("How I behave here:")


@pytest.mark.parametrize("command", ["/settings", "/language"])
async def test_who_speaks_as_a_channel_of_their_own_is_no_admin(
    bot: RunningBot, playground: Playground, command: str
):
    """Everybody may have a channel, and Telegram does not say who is behind it."""
    group = playground.create_group("Masks", [playground.ana], supergroup=True)
    channel = playground.create_channel("Anybody's")
    asked = await playground.send_text(group, playground.ana, command, as_chat=channel)

    answer = await playground.wait_for_reply(asked)

    assert answer.text.startswith("Only the admins")
    assert not answer.buttons


async def test_photos_by_channels_and_forwarded_ones_are_answered(bot: RunningBot, playground: Playground):
    """A photo counts as one whoever it came from first."""
    group = playground.create_group("Linked", [playground.ana], supergroup=True)
    channel = playground.create_channel("News")
    by_channel = await playground.send_photo(
        group, playground.ana, PICTURE, as_chat=channel, automatic_forward=True
    )
    await playground.send_text(group, playground.ana, "/emotion", reply_to=by_channel)
    forwarded = await playground.send_photo(
        playground.private, playground.ana, PICTURE, forwarded_from="somebody"
    )

    assert (await playground.wait_for_reply(by_channel)).text.startswith("Looks ")
    assert (await playground.wait_for_reply(forwarded)).text.startswith("Looks ")


async def test_start_in_a_group_says_how_it_is_used_there(bot: RunningBot, playground: Playground):
    """Photos without a command get no answer in a group, so nobody there is told to send them."""
    asked = await playground.send_text(playground.group, playground.ben, "/start")

    text = (await playground.wait_for_reply(asked)).text
    assert "automatic system" in text
    assert "Reply to a photo with /emotion" in text
    assert "Send me a photo" not in text


async def test_a_channel_post_with_the_command_is_answered(bot: RunningBot, playground: Playground):
    """In a channel the bot answers the posts that ask for it."""
    channel = playground.create_channel("News", with_bot=True)
    post = await playground.send_photo(channel, playground.ana, PICTURE, caption="/emotion", as_chat=channel)

    assert (await playground.wait_for_reply(post)).text.startswith("Looks ")


async def test_a_crowd_is_summarised(bot: RunningBot, playground: Playground, classifier: ScriptedClassifier):
    """More faces than anybody reads a list of become counts, in one message with the picture."""
    faces = [build_face(0.97)] * 24 + [build_face(0.03)] * 4 + [build_face(sure=False)] * 3
    classifier.faces = tuple(faces)
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    answer = await playground.wait_for_reply(photo)

    assert answer.text == "31 faces: 24 happy, 4 sad, 3 hard to tell"
    assert answer.file_id
