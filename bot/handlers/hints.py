"""What to say when there is nothing to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.sending import send_text

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext


async def hint_at_photos(update: Update, context: BotContext) -> None:
    """Answer a text, or a command that does not exist."""
    await _hint(update, context, "hint-text")


async def hint_not_a_photo(update: Update, context: BotContext) -> None:
    """Answer anything else: a voice message, a document, a place."""
    await _hint(update, context, "hint-not-a-photo")


async def _hint(update: Update, context: BotContext, message_name: str) -> None:
    message = update.effective_message
    if message is not None:
        say = await context.texts(update)
        await send_text(context.bot, message, say(message_name))
