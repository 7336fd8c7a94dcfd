"""The end of every error: the update is tried again later, or its sender is told in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from telegram import Message, Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.answers.failures import is_owed_a_word, may_pass
from bot.answers.sending import send_text
from bot.inbox.base import LeaseLostError
from bot.observability.logs import note_outcome
from bot.storage.engine import DATABASE_PAUSE_SECONDS, DatabaseAwayError

if TYPE_CHECKING:
    from telegram import CallbackQuery

    from bot.context import BotContext

_log = structlog.get_logger(__name__)


async def end_error(update: object, context: BotContext) -> None:
    """Decide what becomes of an update whose handler failed.

    Raises:
        ApplicationHandlerStop: Always: an update whose sender could not be turned away would otherwise go
            on to the handlers that answer it.
    """
    await _decide(update, context)
    raise ApplicationHandlerStop


async def _decide(update: object, context: BotContext) -> None:
    error = context.error
    if isinstance(error, LeaseLostError):
        _log.warning("another process has taken this over; nothing is sent here")
        note_outcome("lost")
    elif isinstance(error, Forbidden):
        _log.info("the bot may not write there any more", error=type(error).__name__)
        note_outcome("dead_letter")
    elif not isinstance(update, Update) or error is None:
        _log.error("error outside an update", exc_info=error)
    elif not may_pass(error):
        _log.error("handler failed", exc_info=error)
        await _tell_dead_letter(update, context, "problem-internal")
    elif _is_too_old(update, context):
        await _tell_dead_letter(update, context, "problem-too-late")
    elif isinstance(error, DatabaseAwayError):
        _log.warning("an update is tried again when the database is back", reason=str(error))
        _retry_later(update, context, DATABASE_PAUSE_SECONDS)
    else:
        _retry_later(update, context, context.services.settings.retry_seconds)


def _is_too_old(update: Update, context: BotContext) -> bool:
    """Whether the update has been tried for long enough. Nobody waits long for a pressed button."""
    services = context.services
    return bool(update.callback_query) or (
        services.inbox.waited(update.update_id) > services.settings.dead_letter_seconds
    )


def _retry_later(update: Update, context: BotContext, seconds: float) -> None:
    """Hand an update back to the inbox while what it needs cannot be reached."""
    note_outcome("retry_later")
    context.services.inbox.retry_later(update.update_id, seconds)


async def _tell_dead_letter(update: Update, context: BotContext, sentence: str) -> None:
    """Tell whoever asked that there will be no answer, now or as soon as Telegram takes it."""
    note_outcome("dead_letter")
    if not update.callback_query and not is_owed_a_word(update, context.bot.bot):
        return
    try:
        await _tell(update, context, sentence)
    except TelegramError as error:
        if may_pass(error) and not update.callback_query:
            _retry_later(update, context, context.services.settings.retry_seconds)


async def _tell(update: Update, context: BotContext, sentence: str) -> None:
    say = context.services.catalogue.texts(
        update.effective_user.language_code if update.effective_user else None
    )
    if update.callback_query:
        await _tell_who_pressed(update.callback_query, context, say(sentence))
    elif update.effective_message is not None:
        await send_text(context.bot, update.effective_message, say(sentence))


async def _tell_who_pressed(query: CallbackQuery, context: BotContext, text: str) -> None:
    """Answer the button, or, when that was done before it failed, the message below which it is."""
    try:
        await query.answer(text, show_alert=True)
    except BadRequest:
        if isinstance(query.message, Message):
            await send_text(context.bot, query.message, text)
