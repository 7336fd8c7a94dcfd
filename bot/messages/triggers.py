"""Whether a message in a group asks for an answer: a command, a mention, or simply a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import MessageEntityType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram import Message, User

COMMAND = "emotion"


def find_commands(message: Message) -> Iterator[tuple[str, str]]:
    """Find the commands in a text or a caption, as (command, name of the bot it is for or "")."""
    entities = {**message.parse_entities(), **message.parse_caption_entities()}
    for entity, text in entities.items():
        if entity.type == MessageEntityType.BOT_COMMAND:
            command, _, bot_name = text.removeprefix("/").partition("@")
            yield command.casefold(), bot_name.casefold()


def asks_by_command(message: Message, bot: User) -> bool:
    """Whether a text or caption holds /emotion, for us or for no bot in particular."""
    ours = {"", (bot.username or "").casefold()}
    return any(command == COMMAND and name in ours for command, name in find_commands(message))


def addresses_another_bot(message: Message, bot: User) -> bool:
    """Whether a text or caption holds a command for another bot."""
    return any(name not in {"", (bot.username or "").casefold()} for _, name in find_commands(message))


def mentions_bot(message: Message, bot: User) -> bool:
    """Whether a text or caption mentions the bot, by name or by link."""
    for entity, text in {**message.parse_entities(), **message.parse_caption_entities()}.items():
        if entity.type == MessageEntityType.MENTION and text.casefold() == f"@{bot.username}".casefold():
            return True
        if entity.type == MessageEntityType.TEXT_MENTION and entity.user and entity.user.id == bot.id:
            return True
    return False


def asks_expressly(message: Message, bot: User) -> bool:
    """Whether a person asked, by command or mention, so that silence would be rude."""
    return asks_by_command(message, bot) or mentions_bot(message, bot)


def is_asked(message: Message, bot: User, when: str) -> bool:
    """Whether a message with a photo asks for an answer, by the group's setting."""
    if when == "off":
        return False
    if asks_by_command(message, bot):
        return True
    if addresses_another_bot(message, bot):
        return False
    return when == "every" or (when == "mention" and mentions_bot(message, bot))
