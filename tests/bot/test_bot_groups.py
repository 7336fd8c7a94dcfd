"""Groups, end to end: who is answered, when, and who is left alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedJudge, build_face, run_bot_in

from bot.storage import ChatSettings
from playground import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from bot.serving import RunningBot
    from playground import Chat, Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def settle(playground: Playground, chat: Chat) -> list[Message]:
    """Everything the bot wrote in a chat, once it has dealt with all that came before a last command."""
    before = len(playground.messages(chat, from_bot=True))
    last = await playground.send_text(chat, playground.ana, "/help")
    await playground.wait_for_reply(last)
    # Albums wait for their parts; what is answered later than that would be a fault of its own.
    return playground.messages(chat, from_bot=True)[before:-1]


async def see_everything(playground: Playground, chat: Chat) -> None:
    """Switch privacy mode off, as a host does in BotFather, and add the bot again."""
    await playground.set_privacy_mode(False, readd_to=chat)
    await settle(playground, chat)


async def set_chat(bot: RunningBot, chat: Chat, **changes: object) -> None:
    await bot.services.storage.save_chat_settings(chat.id, ChatSettings(**changes))


async def test_the_command_in_reply_to_a_photo_is_answered(bot: RunningBot, playground: Playground):
    """/emotion in reply to a photo gets an answer that quotes the photo, not the command."""
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE)
    await playground.send_text(playground.group, playground.ana, "/emotion", reply_to=photo)

    answer = await playground.wait_for_reply(photo)

    assert answer.text == "1 · looks happy — 97% sure"


@pytest.mark.parametrize("caption", ["/emotion", "/emotion@happy_or_sad_bot", "/emotion /emotion /help"])
async def test_the_command_as_a_caption_is_answered_once(
    bot: RunningBot, playground: Playground, caption: str
):
    """/emotion as a caption, with or without the bot's name, alone or among commands, gets one answer."""
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption=caption)

    await playground.wait_for_reply(photo)

    assert await settle(playground, playground.group) == []
    assert len(playground.replies(photo)) == 1


async def test_the_command_counts_anywhere_in_a_caption(bot: RunningBot, playground: Playground):
    """Where Telegram shows it to the bot, the command may stand behind other words."""
    await see_everything(playground, playground.group)
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="see! /emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("1 · ")


@pytest.mark.parametrize("caption", ["", "nice day", "/emotion@another_bot", "/start", "@happy_or_sad_bot"])
async def test_nothing_else_is_answered_by_default(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, caption: str
):
    """Other photos, other bots' commands and mentions are left alone, and not even fetched."""
    await see_everything(playground, playground.group)
    await playground.send_photo(playground.group, playground.ben, PICTURE, caption=caption)

    assert await settle(playground, playground.group) == []
    assert judge.asked == []


async def test_an_edited_caption_does_not_answer_again(bot: RunningBot, playground: Playground):
    """Editing a caption, also into the command, is no new question."""
    await see_everything(playground, playground.group)
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
    await playground.wait_for_reply(photo)
    await playground.edit_caption(photo, "/emotion please")

    assert await settle(playground, playground.group) == []


async def test_the_command_without_a_photo_says_how_it_is_used(bot: RunningBot, playground: Playground):
    """/emotion that replies to nothing, or to a text, gets a hint."""
    command = await playground.send_text(playground.group, playground.ana, "/emotion")

    assert (await playground.wait_for_reply(command)).text.startswith("Reply with /emotion to a message")


async def test_joining_a_group_is_introduced_in_one_message(bot: RunningBot, playground: Playground):
    """The bot says once what it is, that it is automatic, and how it is asked."""
    group = playground.create_group("New", [playground.ana], with_bot=False)
    await playground.add_bot_to_group(group)

    await playground.wait_for_message(group, lambda message: "automatic system" in message.text)

    assert len(playground.messages(group, from_bot=True)) == 1
    assert "/emotion" in playground.messages(group, from_bot=True)[0].text


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

    assert (await playground.wait_for_reply(photo)).text.startswith("1 · ")
    assert (await playground.wait_for_reply(menu)).text.startswith("How I behave in this group:")


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

    assert (await playground.wait_for_reply(by_channel)).text.startswith("1 · ")
    assert (await playground.wait_for_reply(forwarded)).text.startswith("1 · ")


async def test_a_channel_post_with_the_command_is_answered(bot: RunningBot, playground: Playground):
    """In a channel the bot answers the posts that ask for it."""
    channel = playground.create_channel("News", with_bot=True)
    post = await playground.send_photo(channel, playground.ana, PICTURE, caption="/emotion", as_chat=channel)

    assert (await playground.wait_for_reply(post)).text.startswith("1 · ")


async def test_mention_mode_answers_mentions(bot: RunningBot, playground: Playground):
    """With the setting, a mention in a caption or in reply to a photo asks; a photo alone does not."""
    await see_everything(playground, playground.group)
    await set_chat(bot, playground.group, when="mention")
    silent = await playground.send_photo(playground.group, playground.ben, PICTURE)
    captioned = await playground.send_photo(
        playground.group, playground.ben, PICTURE, caption="@happy_or_sad_bot what do you see?"
    )
    await playground.wait_for_reply(captioned)
    await playground.send_text(playground.group, playground.ana, "@happy_or_sad_bot", reply_to=silent)

    assert (await playground.wait_for_reply(silent)).text.startswith("1 · ")
    assert len(playground.replies(silent)) == 1


async def test_every_photo_mode_is_silent_about_photos_without_faces(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge
):
    """With the setting, photos are answered unasked; those without a face are not worth a message."""
    await see_everything(playground, playground.group)
    await set_chat(bot, playground.group, when="every")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE)
    await playground.wait_for_reply(photo)
    judge.faces = ()
    await playground.send_photo(playground.group, playground.ben, PICTURE)

    assert await settle(playground, playground.group) == []
    assert len(judge.asked) == 2


async def test_a_switched_off_group_says_so_when_asked(bot: RunningBot, playground: Playground):
    """Off means no answers, but a question is not met with silence."""
    await set_chat(bot, playground.group, when="off")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("The admins have switched my answers off")


@pytest.mark.parametrize(
    ("probabilities", "emoji"),
    [((0.97,), "😁"), ((0.03, 0.1), "😢"), ((0.97, 0.03), "🤔")],
    ids=["happy", "sad", "both"],
)
async def test_reactions_can_stand_for_answers(
    bot: RunningBot,
    playground: Playground,
    judge: ScriptedJudge,
    probabilities: tuple[float, ...],
    emoji: str,
):
    """With the setting, the photo gets a reaction and no message."""
    judge.faces = tuple(build_face(probability) for probability in probabilities)
    await set_chat(bot, playground.group, how="reaction")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert await playground.wait_for_reaction(photo) == emoji
    assert playground.replies(photo) == []


async def test_a_group_that_allows_no_reactions_gets_text(bot: RunningBot, playground: Playground):
    """Where the reaction is refused, the answer is not lost."""
    await set_chat(bot, playground.group, how="reaction")
    playground.fail(Fault("bad_request", method="setMessageReaction", description="REACTION_INVALID"))
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text == "1 · looks happy — 97% sure"


async def test_a_crowd_is_summarised(bot: RunningBot, playground: Playground, judge: ScriptedJudge):
    """More faces than anybody reads a list of become counts, in one message with the picture."""
    faces = [build_face(0.97)] * 24 + [build_face(0.03)] * 4 + [build_face(sure=False)] * 3
    judge.faces = tuple(faces)
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    answer = await playground.wait_for_reply(photo)

    assert answer.text == "31 faces: 24 happy, 4 sad, 3 hard to tell"
    assert answer.file_id


async def test_text_only_sends_no_picture(bot: RunningBot, playground: Playground):
    """With the setting, the answer is text."""
    await set_chat(bot, playground.group, how="text")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("1 · ")
    assert playground.ledger.counts["sendPhoto"] == 0


async def test_quiet_hours_leave_only_the_command(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge
):
    """In quiet hours nothing is answered unasked."""
    await see_everything(playground, playground.group)
    await set_chat(bot, playground.group, when="every", quiet_from=0, quiet_until=24)
    await playground.send_photo(playground.group, playground.ben, PICTURE)
    asked = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(asked)).text.startswith("1 · ")
    assert len(judge.asked) == 1


async def test_answers_beyond_the_limit_are_gathered_into_one(bot: RunningBot, playground: Playground):
    """Beyond N answers a minute the rest come as one message; stopping the bot gives it at once."""
    await set_chat(bot, playground.group, answers_per_minute=1)
    photos = [
        await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
        for _ in range(3)
    ]
    await playground.wait_for_reply(photos[0])
    await settle(playground, playground.group)
    bot.services.stopping.set()

    gathered = await playground.wait_for_reply(photos[1])

    assert gathered.text.startswith("2 more photos from a busy minute:")
    assert gathered.text.count("looks happy") == 2
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
    async with run_bot_in(playground, tmp_path, ScriptedJudge()) as bot:
        await set_chat(bot, playground.group, answers_per_minute=1)
        for _ in range(2):
            last = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
        await playground.wait_for_reply(await playground.send_text(playground.group, playground.ana, "/help"))
        playground.fail(Fault("forbidden", method="sendMessage", count=-1, chat_id=playground.group.id))
    assert any(call.error for call in playground.ledger.calls("sendMessage"))
    judge = ScriptedJudge()
    async with run_bot_in(playground, tmp_path, judge):
        private = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(private)

    assert len(judge.asked) == 1
    assert playground.replies(last) == []


async def test_settings_follow_a_group_that_becomes_a_supergroup(bot: RunningBot, playground: Playground):
    """The group's choices hold under its new id, and it is not introduced a second time."""
    await set_chat(bot, playground.group, how="text")
    supergroup = await playground.migrate(playground.group)
    photo = await playground.send_photo(supergroup, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("1 · ")
    assert playground.ledger.counts["sendPhoto"] == 0
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


async def test_mood_counts_only_where_admins_want_it(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge
):
    """/mood is off at first; switched on, it shows counts of what was judged since, and a small plot."""
    first = await playground.send_text(playground.group, playground.ana, "/mood")
    assert (await playground.wait_for_reply(first)).text.startswith("Counting is off")
    await set_chat(bot, playground.group, mood_enabled=True)
    judge.faces = (build_face(0.97), build_face(0.03), build_face(0.5, sure=False))
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
    await playground.wait_for_reply(photo)

    mood = await playground.send_text(playground.group, playground.ana, "/mood")

    text = (await playground.wait_for_reply(mood)).text
    assert "Last day: 1 happy, 1 sad, 1 hard to tell" in text
    assert "Last week: 1 happy, 1 sad, 1 hard to tell" in text
    assert text.count(" ·") == 6, "a bar for each of seven days, six of them empty"
    assert " 🟨🟨🟨🟦🟦🟦⬜⬜⬜ 3\n" in text
