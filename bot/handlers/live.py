"""/live: a button that opens the camera's page as a Mini App. Telegram allows it in private chats only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from bot.answers.sending import send_text
from bot.context import is_group

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext


async def offer_live_page(update: Update, context: BotContext) -> None:
    """Answer /live."""
    message, chat = update.effective_message, update.effective_chat
    if message is None or chat is None:
        return
    say = await context.texts(update)
    if is_group(chat):
        await send_text(context.bot, message, say("live-in-private"))
        return
    address = f"{context.services.settings.live_url}?language={say.language}"
    button = InlineKeyboardButton(say("live-open"), web_app=WebAppInfo(address))
    await send_text(context.bot, message, say("live-invitation"), InlineKeyboardMarkup([[button]]))
