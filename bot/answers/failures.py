"""Errors: which may pass, whether the sender is told, and how the sender is told in the end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from telegram.error import InvalidToken, TelegramError

from bot.answers.sending import send_text
from bot.context import find_own_chat, find_texts, is_group
from bot.messages.media import find_source
from bot.messages.triggers import asks_expressly
from bot.storage.engine import DatabaseAwayError
from bot.transport.retry_policy import RetryPolicy
from bot.transport.retrying_rate_limiter import is_worth_repeating
from classifier.types import WorkerUnavailableError

if TYPE_CHECKING:
    from telegram import Update, User
    from telegram.ext import ExtBot

    from bot.context import Services

_UNTIL_TELEGRAM_TAKES_IT = RetryPolicy(first_pause=30.0, longest_pause=30.0)


def may_pass(error: BaseException) -> bool:
    """Whether the same update may succeed later; also after a refused token, which the host will replace."""
    if isinstance(error, TelegramError):
        return isinstance(error, InvalidToken) or is_worth_repeating(error)
    return isinstance(error, (DatabaseAwayError, WorkerUnavailableError))


def is_owed_a_word(update: Update, bot: User) -> bool:
    """Whether the sender is told of an error. In a group not, if nobody asked about the photo."""
    message = update.effective_message
    if message is None:
        return False
    if update.guest_message:
        return True
    is_unasked = is_group(message.chat) and find_source(message) and not asks_expressly(message, bot)
    return not is_unasked


def _may_be_taken(error: Exception) -> bool:
    """Whether Telegram may take a sentence later. With the database away, the update itself comes again."""
    return isinstance(error, TelegramError) and may_pass(error)


async def tell_at_last(bot: ExtBot[Any], services: Services, update: Update, sentence: str) -> None:
    """Tell the sender what became of an update; try until Telegram takes it or refuses it for good."""
    message = update.effective_message
    if message is not None and is_owed_a_word(update, bot.bot):
        say = await find_texts(services, find_own_chat(update), update.effective_user)
        with contextlib.suppress(TelegramError):  # thrown out of the chat, say
            await _UNTIL_TELEGRAM_TAKES_IT.call(lambda: send_text(bot, message, say(sentence)), _may_be_taken)
