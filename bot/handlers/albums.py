"""Albums: all their parts are answered at once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.answers.answering import answer_question
from bot.answers.question import build_question
from bot.answers.sending import reply
from bot.context import is_group, message_of
from bot.handlers.photos import is_wanted
from bot.messages.media import find_source
from bot.messages.triggers import asks_by_command, asks_expressly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Message, Update

    from bot.context import BotContext


async def answer_album(update: Update, context: BotContext) -> None:
    """Answer an album: the inbox hands it out when its parts have stopped coming."""
    updates = context.services.inbox.parts(update)
    messages = [message_of(part) for part in updates]
    first = messages[0]
    if is_group(first.chat) and not await _is_group_album_wanted(update, context, messages):
        return
    sources = [source for message in messages if (source := find_source(message))]
    if not sources:
        if not is_group(first.chat):
            await reply(update, context, "hint-not-a-photo")
        return
    automatic = is_group(first.chat) and not any(
        asks_expressly(message, context.bot.bot) for message in messages
    )
    question = await build_question(update, context.services, first, sources, is_automatic=automatic)
    all_ids = tuple(part.update_id for part in updates)
    await answer_question(context, dataclasses.replace(question, update_ids=all_ids))


async def _is_group_album_wanted(update: Update, context: BotContext, messages: Sequence[Message]) -> bool:
    """Whether any part asks for an answer: the caption stands on one of them only."""
    chat_settings = await context.services.storage.preferences.get_chat_settings(messages[0].chat_id)
    if chat_settings.when == "off":
        if any(asks_by_command(message, context.bot.bot) for message in messages):
            await reply(update, context, "group-switched-off")
        return False
    return any(is_wanted(message, context, chat_settings) for message in messages)
