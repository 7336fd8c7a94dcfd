"""/live: a button that opens the camera's page as a Mini App. Telegram allows it in private chats only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from bot.answers.sending import reply
from bot.context import is_group, message_of

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext


async def offer_live_page(update: Update, context: BotContext) -> None:
    """Answer /live."""
    if is_group(message_of(update).chat):
        await reply(update, context, "live-in-private")
        return
    say = await context.texts(update)
    address = f"{context.services.settings.live_url}?language={say.language}"
    button = InlineKeyboardButton(say("live-open"), web_app=WebAppInfo(address))
    await reply(update, context, "live-invitation", InlineKeyboardMarkup([[button]]))
