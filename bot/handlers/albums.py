"""Albums: all their parts are answered at once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import structlog
from telegram.error import Forbidden

from bot.answers.answering import answer_question
from bot.answers.question import build_question
from bot.answers.retries import is_owed_a_word, may_pass, persist, tell_at_last
from bot.answers.sending import send_text
from bot.context import is_group
from bot.handlers.photos import is_wanted, say_switched_off
from bot.messages.media import find_source
from bot.messages.triggers import asks_by_command, asks_expressly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Message, Update

    from bot.context import BotContext
    from bot.inbox.album_buffer import AlbumKey

_log = structlog.get_logger(__name__)


async def gather_album_part(update: Update, context: BotContext) -> None:
    """Put a part with the others of its album. It counts as answered only when the album is."""
    message = update.effective_message
    if message is None or message.media_group_id is None:
        return
    services = context.services
    services.inbox.hold(update.update_id)
    key = (message.chat_id, message.media_group_id)
    if services.albums.add(key, update):
        context.application.create_task(_answer_album(context, key), update=update)


async def _answer_album(context: BotContext, key: AlbumKey) -> None:
    """Wait for the parts, answer them, and mark them all as answered."""
    services = context.services
    updates = await services.albums.collect(key)
    update_ids = [update.update_id for update in updates]
    try:
        is_answered = await persist(
            lambda: _answer_parts(context, updates), services.settings.give_up_seconds
        )
    except Exception as error:  # noqa: BLE001 - nothing that is owed ends in silence
        # The caption stands on one part only: of a part that asks nothing a group is told nothing.
        asking = next((update for update in updates if is_owed_a_word(update, context.bot.bot)), updates[0])
        await _give_up(context, asking, error)
        is_answered = True
    if is_answered:
        await services.inbox.done(*update_ids)


async def _give_up(context: BotContext, update: Update, error: Exception) -> None:
    """Tell the sender what became of an album, as soon as Telegram takes it."""
    if isinstance(error, Forbidden):
        _log.info("the bot may not write there any more", error=type(error).__name__)
        return
    sentence = "problem-too-late"
    if not may_pass(error):  # tried again it would fail again
        _log.error("handler failed", exc_info=error)
        sentence = "problem-internal"
    await tell_at_last(context.bot, context.services, update, sentence)


async def _answer_parts(context: BotContext, updates: Sequence[Update]) -> bool:
    """Answer an album's parts; False when their answer comes later."""
    messages = [update.effective_message for update in updates if update.effective_message]
    first = messages[0]
    if is_group(first.chat) and not await _is_group_album_wanted(context, updates, messages):
        return True
    sources = [source for message in messages if (source := find_source(message))]
    if not sources:
        if not is_group(first.chat):
            say = await context.texts(updates[0])
            await send_text(context.bot, first, say("hint-not-a-photo"))
        return True
    automatic = is_group(first.chat) and not any(
        asks_expressly(message, context.bot.bot) for message in messages
    )
    question = await build_question(updates[0], context.services, first, sources, is_automatic=automatic)
    all_ids = tuple(update.update_id for update in updates)
    return await answer_question(context, dataclasses.replace(question, update_ids=all_ids))


async def _is_group_album_wanted(
    context: BotContext, updates: Sequence[Update], messages: Sequence[Message]
) -> bool:
    """Whether any part asks for an answer: the caption stands on one of them only."""
    chat_settings = await context.services.storage.preferences.get_chat_settings(messages[0].chat_id)
    if chat_settings.when == "off":
        if any(asks_by_command(message, context.bot.bot) for message in messages):
            await say_switched_off(updates[0], context, messages[0])
        return False
    return any(is_wanted(message, context, chat_settings) for message in messages)
