"""What a bot gets to see in groups, channels and forums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from playground import Playground

if TYPE_CHECKING:
    import telegram
    from conftest import Call

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read_texts(bot: telegram.Bot) -> list[str]:
    """Return the texts and captions the bot is given, and forget them."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    messages = [update.effective_message for update in updates]
    return [message.text or message.caption or "" for message in messages if message is not None]


async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(
    playground: Playground, bot: telegram.Bot, png: bytes
) -> None:
    """Commands at the start and replies to the bot are seen; mentions and other bots' commands are not."""
    group, ana = playground.group, playground.ana
    mine = await bot.send_message(group.id, "hello")
    own = group.messages[mine.message_id]
    for text in ("hi", "@happy_or_sad_bot hi", "/emotion@other_bot", "see /emotion", "mail/emotion"):
        await playground.send_text(group, ana, text)
    await playground.send_photo(group, ana, png, caption="holiday")
    assert await read_texts(bot) == []
    for text in ("/emotion", "/emotion@happy_or_sad_bot", "/emotion@Happy_Or_Sad_Bot now"):
        await playground.send_text(group, ana, text)
    await playground.send_photo(group, ana, png, caption="/emotion")
    await playground.send_text(group, ana, "nice", reply_to=own)
    seen = ["/emotion", "/emotion@happy_or_sad_bot", "/emotion@Happy_Or_Sad_Bot now", "/emotion", "nice"]
    assert await read_texts(bot) == seen


async def test_a_command_in_reply_brings_the_hidden_photo(
    playground: Playground, bot: telegram.Bot, png: bytes
) -> None:
    """The photo that privacy mode hid comes as ``reply_to_message``, and can be downloaded."""
    photo = await playground.send_photo(playground.group, playground.ben, png)
    await playground.send_text(playground.group, playground.ana, "/emotion", reply_to=photo)
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.reply_to_message is not None
    file = await update.message.reply_to_message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == png


async def test_turning_privacy_off_waits_until_the_bot_is_added_again(
    playground: Playground, bot: telegram.Bot
) -> None:
    """BotFather's switch alone changes nothing in a group the bot is in."""
    await playground.set_privacy_mode(False)
    await playground.send_text(playground.group, playground.ana, "one")
    assert await read_texts(bot) == []
    await playground.remove_bot(playground.group)
    await playground.add_bot_to_group(playground.group)
    await playground.send_text(playground.group, playground.ana, "two")
    assert await read_texts(bot) == ["", "two"]  # the first is the service message of its coming


async def test_an_administrator_sees_everything(playground: Playground, bot: telegram.Bot) -> None:
    """Privacy mode does not bind administrators."""
    await playground.promote(playground.group)
    await playground.send_text(playground.group, playground.ana, "hi")
    assert await read_texts(bot) == ["hi"]


async def test_an_introduced_bot_hears_of_its_coming() -> None:
    """With ``add_bot_at_start`` the start brings ``my_chat_member`` and the service message."""
    playground = Playground(add_bot_at_start=True)
    await playground.start()
    try:
        pending = [update.kind for update in playground.world.updates.after(0)]
    finally:
        await playground.stop()
    assert pending == ["my_chat_member", "message"]


async def test_chats_can_speak(playground: Playground, bot: telegram.Bot, png: bytes) -> None:
    """Anonymous administrators and channels come with ``sender_chat`` and Telegram's stand-in users."""
    group = playground.create_group("Team", [playground.ana], supergroup=True)
    channel = playground.create_channel("News")
    await playground.send_photo(group, playground.ana, png, caption="/emotion", as_chat=group)
    await playground.send_photo(group, playground.ana, png, caption="/emotion", as_chat=channel)
    messages = [update.effective_message for update in await bot.get_updates()]
    speakers = [
        (m.sender_chat.id, m.from_user.username) for m in messages if m and m.sender_chat and m.from_user
    ]
    assert speakers == [(group.id, "GroupAnonymousBot"), (channel.id, "Channel_Bot")]


async def test_channel_posts_are_posts(playground: Playground, bot: telegram.Bot, png: bytes) -> None:
    """A channel's photo is a ``channel_post`` without a person."""
    channel = playground.create_channel("News", with_bot=True)
    await playground.send_photo(channel, playground.ana, png)
    (update,) = await bot.get_updates()
    assert update.channel_post is not None
    assert update.channel_post.from_user is None


async def test_a_forum_keeps_topics_apart(playground: Playground, bot: telegram.Bot) -> None:
    """A reply stays in the topic of what it answers."""
    forum = playground.create_group("Forum", [playground.ana], forum=True)
    topic = playground.create_topic(forum, "Photos")
    await playground.send_text(forum, playground.ana, "/emotion", thread_id=topic)
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert (update.message.message_thread_id, update.message.is_topic_message) == (topic, True)
    answer = await update.message.reply_text("hello")
    assert answer.message_thread_id == topic


async def test_a_reply_thread_is_no_topic(playground: Playground, bot: telegram.Bot, call: Call) -> None:
    """In a supergroup replies carry a thread id that must not be used for sending."""
    group = playground.create_group("Team", [playground.ana], supergroup=True)
    root = await playground.send_text(group, playground.ana, "hi")
    await playground.send_text(group, playground.ana, "/emotion", reply_to=root)
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.message_thread_id == root.id
    assert not update.message.is_topic_message
    body = await call("sendMessage", chat_id=group.id, text="x", message_thread_id=root.id)
    assert body["description"] == "Bad Request: message thread not found"


async def test_forwards_say_where_they_come_from(
    playground: Playground, bot: telegram.Bot, png: bytes
) -> None:
    """A forwarded photo is the same file, with its origin."""
    first = await playground.send_photo(playground.group, playground.ben, png)
    await playground.forward(first, playground.private, playground.ana)
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.forward_origin is not None
    assert update.message.forward_origin.type == "user"
    assert update.message.photo[-1].file_id == first.file_id
