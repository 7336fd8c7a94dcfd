"""Pictures: in private each is answered, in groups those that ask for it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bot.answers.answering import answer_question
from bot.answers.question import build_question
from bot.answers.sending import reply
from bot.context import is_group, message_of
from bot.messages.media import find_source
from bot.messages.triggers import asks_by_command, asks_expressly, is_asked, mentions_bot

if TYPE_CHECKING:
    from telegram import Message, Update

    from bot.context import BotContext
    from bot.storage.chat_records import ChatSettings


async def answer_private_photo(update: Update, context: BotContext) -> None:
    """Answer a picture sent in private, whatever its caption."""
    message = message_of(update)
    source = find_source(message)
    if source is None:
        return
    await answer_question(context, await build_question(update, context.services, message, [source]))


async def answer_group_photo(update: Update, context: BotContext) -> None:
    """Answer a picture in a group if its caption, or the group's setting, asks for it."""
    message = message_of(update)
    source = find_source(message)
    if source is None:
        return
    chat_settings = await context.services.storage.preferences.get_chat_settings(message.chat_id)
    if asks_by_command(message, context.bot.bot) and chat_settings.when == "off":
        await reply(update, context, "group-switched-off")
    elif is_wanted(message, context, chat_settings) and (
        source.is_photo or asks_expressly(message, context.bot.bot)
    ):
        automatic = not asks_expressly(message, context.bot.bot)
        await answer_question(
            context, await build_question(update, context.services, message, [source], is_automatic=automatic)
        )


async def answer_emotion_command(update: Update, context: BotContext) -> None:
    """Answer /emotion: classify the picture it replies to, or say how it is used."""
    message = message_of(update)
    chat_settings = await context.services.storage.preferences.get_chat_settings(message.chat_id)
    if is_group(message.chat) and chat_settings.when == "off":
        await reply(update, context, "group-switched-off")
        return
    await _answer_replied_photo(update, context, message)


async def answer_mention(update: Update, context: BotContext) -> None:
    """Answer a mention in reply to a picture, where the group's setting says so."""
    message = message_of(update)
    if not mentions_bot(message, context.bot.bot):
        return
    chat_settings = await context.services.storage.preferences.get_chat_settings(message.chat_id)
    if is_group(message.chat) and chat_settings.when in {"mention", "every"} and not _is_quiet(chat_settings):
        await _answer_replied_photo(update, context, message)


def is_wanted(message: Message, context: BotContext, chat_settings: ChatSettings) -> bool:
    """Whether a group's picture is to be answered now. In quiet hours only a command is."""
    if _is_quiet(chat_settings) and not asks_by_command(message, context.bot.bot):
        return False
    return is_asked(message, context.bot.bot, chat_settings.when)


async def _answer_replied_photo(update: Update, context: BotContext, message: Message) -> None:
    """Classify the picture that a message replies to, also one quoted from another chat."""
    replied = message.reply_to_message
    # In a forum topic, a message that replies to nothing replies to the topic's beginning.
    if replied is not None and replied.forum_topic_created is None:
        source, quoted = find_source(replied), replied
    else:
        source, quoted = find_source(message.external_reply) if message.external_reply else None, message
    if source is None:
        await reply(update, context, "hint-group-reply" if is_group(message.chat) else "hint-text")
        return
    await answer_question(context, await build_question(update, context.services, quoted, [source]))


def _is_quiet(chat_settings: ChatSettings) -> bool:
    return chat_settings.is_quiet(dt.datetime.now(dt.UTC))
