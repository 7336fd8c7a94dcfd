"""Captions are open input: whatever stands in them, only /emotion for this bot is a question."""

from __future__ import annotations

import datetime as dt

from hypothesis import example, given
from hypothesis import strategies as st
from telegram import Chat, Message, MessageEntity, User

from bot.messages.triggers import asks_by_command, is_asked, mentions_bot

BOT = User(1, "Bot", is_bot=True, username="happy_or_sad_bot")
# What Telegram delivers is valid Unicode; entities count in UTF-16, where an emoji takes two places.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
OTHER_COMMANDS = st.sampled_from(["/start", "/emotions", "/emotion@another_bot", "/emo", "/EMOTION_"])


def build_message(parts: list[tuple[str, str | None]]) -> Message:
    """Build a photo's message whose caption is made of parts, each with its kind of entity or none."""
    caption, entities = "", []
    for text, kind in parts:
        if kind and text:
            entities.append(MessageEntity(kind, count_units(caption), count_units(text)))
        caption += text
    now, chat = dt.datetime.now(dt.UTC), Chat(-5, Chat.GROUP)
    return Message(1, now, chat, caption=caption, caption_entities=entities)


def count_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(
    before=WORDS, command=st.sampled_from(["/emotion", "/EMOTION", "/emotion@Happy_Or_Sad_Bot"]), after=WORDS
)
@example(before="👩‍👩‍👧‍👦 ", command="/emotion", after="<b>")
def test_the_command_is_found_wherever_it_stands(before: str, command: str, after: str) -> None:
    """Behind any words and emoji, in capitals or not, with this bot's name or none."""
    message = build_message([(before, None), (command, MessageEntity.BOT_COMMAND), (after, None)])
    assert asks_by_command(message, BOT)
    assert is_asked(message, BOT, "command")
    assert not is_asked(message, BOT, "off")


def test_capitals_in_a_name_do_not_matter() -> None:
    """Neither in what is written nor in the name that BotFather was given."""
    bot = User(1, "Bot", is_bot=True, username="Happy_Or_Sad_Bot")
    for name in ("@happy_or_sad_bot", "@HAPPY_OR_SAD_BOT", "@Happy_Or_Sad_Bot"):
        assert mentions_bot(build_message([(name, MessageEntity.MENTION)]), bot)
    assert asks_by_command(build_message([("/emotion@happy_or_sad_bot", MessageEntity.BOT_COMMAND)]), bot)


@given(before=WORDS, command=OTHER_COMMANDS, after=WORDS)
def test_other_commands_are_no_question(before: str, command: str, after: str) -> None:
    """A command that only looks like it, or that is for another bot."""
    message = build_message([(before, None), (command, MessageEntity.BOT_COMMAND), (after, None)])
    assert not asks_by_command(message, BOT)
    assert not is_asked(message, BOT, "mention")


@given(
    st.lists(
        st.tuples(
            WORDS
            | st.sampled_from(["/emotion", "@happy_or_sad_bot", "\u202e/emotion", "<code>/emotion</code>"]),
            st.sampled_from(
                [None, *(kind.value for kind in MessageEntity.ALL_TYPES if kind != "bot_command")]
            ),
        ),
        max_size=6,
    )
)
def test_any_other_caption_is_read_without_error_and_asks_nothing_by_command(
    parts: list[tuple[str, str | None]],
) -> None:
    """The word alone does not count: Telegram's entity does."""
    message = build_message(parts)
    assert not asks_by_command(message, BOT)
    assert not is_asked(message, BOT, "command")
    names_bot = any(kind == "mention" and text.casefold() == "@happy_or_sad_bot" for text, kind in parts)
    assert mentions_bot(message, BOT) == is_asked(message, BOT, "mention") == names_bot
