"""The end of every error: the update is tried again later, or its sender is told in a sentence."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import structlog
from telegram import Update
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.logs import note_outcome
from bot.sending import send_text

if TYPE_CHECKING:
    from bot.context import BotContext

# Telegram itself keeps undelivered messages for a day.
_WORTH_ANSWERING = dt.timedelta(days=1)
# A refused token stops the bot; what waits is answered once it has its new one.
_PASSING = (NetworkError, RetryAfter, InvalidToken)
_log = structlog.get_logger(__name__)


async def end_error(update: object, context: BotContext) -> None:
    """Decide what becomes of an update whose handler failed."""
    error = context.error
    if isinstance(error, Forbidden):
        _log.info("the bot may not write there any more", error=type(error).__name__)
        note_outcome("given_up")
    elif not isinstance(update, Update) or error is None:
        _log.error("error outside an update", exc_info=error)
    elif isinstance(error, _PASSING) and not isinstance(error, BadRequest):
        _postpone(update, context)
    else:
        _log.error("handler failed", exc_info=error)
        note_outcome("given_up")
        await _apologise(update, context)


def _postpone(update: Update, context: BotContext) -> None:
    """Hand an update back to the inbox while Telegram cannot be reached, unless it has become too old."""
    message = update.effective_message
    is_fresh = message is not None and dt.datetime.now(dt.UTC) - message.date < _WORTH_ANSWERING
    if update.callback_query or not is_fresh:
        note_outcome("given_up")
        return
    note_outcome("postponed")
    context.services.inbox.postpone(update.update_id, context.services.settings.patience_seconds)


async def _apologise(update: Update, context: BotContext) -> None:
    """Tell the sender that the bot failed, as far as that can be told."""
    message = update.effective_message
    with contextlib.suppress(TelegramError):
        say = context.services.catalogue.texts(
            update.effective_user.language_code if update.effective_user else None
        )
        if update.callback_query:
            await update.callback_query.answer(say("problem-internal"), show_alert=True)
        elif message is not None:
            await send_text(context.bot, message, say("problem-internal"))
