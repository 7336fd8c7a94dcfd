"""What is worth another try, who is owed a word of a fault, and how it is told at last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from telegram.error import InvalidToken, TelegramError

from bot.answers.sending import send_text
from bot.context import find_own_chat, find_texts, is_group
from bot.messages.media import find_source
from bot.messages.triggers import asks_expressly
from bot.storage.engine import DatabaseAwayError
from bot.transport.rate_limiter import is_worth_repeating
from classifier.types import WorkerUnavailableError

if TYPE_CHECKING:
    from telegram import Update, User
    from telegram.ext import ExtBot

    from bot.context import Services

_PAUSE_SECONDS = 30.0


def may_pass(error: BaseException) -> bool:
    """Whether the same may succeed later. A refused token stops the bot: once it has its new one."""
    if isinstance(error, TelegramError):
        return isinstance(error, InvalidToken) or is_worth_repeating(error)
    return isinstance(error, (DatabaseAwayError, WorkerUnavailableError))


def is_owed_a_word(update: Update, bot: User) -> bool:
    """Whether the sender is told of a fault: in a group not of a photo about which nobody asked."""
    message = update.effective_message
    if message is None:
        return False
    if update.guest_message:
        return True
    is_unasked = is_group(message.chat) and find_source(message) and not asks_expressly(message, bot)
    return not is_unasked


async def tell_at_last(bot: ExtBot[Any], services: Services, update: Update, sentence: str) -> None:
    """Tell the sender what became of an update, as soon as Telegram takes it, unless it never will."""
    message = update.effective_message
    if message is not None and is_owed_a_word(update, bot.bot):
        say = await find_texts(services, find_own_chat(update), update.effective_user)
        while True:
            try:
                await send_text(bot, message, say(sentence))
            except TelegramError as error:
                if may_pass(error):
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
            return  # thrown out of the chat, say
