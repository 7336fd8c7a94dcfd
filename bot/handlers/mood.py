"""/mood: how a group's faces have looked lately."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bot.answers.sending import reply, send_text
from bot.context import is_group, message_of
from bot.messages.mood_chart import DAYS, format_mood

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext


async def send_mood(update: Update, context: BotContext) -> None:
    """Answer /mood with counts, in groups whose admins have switched it on."""
    message, storage = message_of(update), context.services.storage
    if not is_group(message.chat):
        await reply(update, context, "groups-only")
        return
    chat_settings = await storage.preferences.get_chat_settings(message.chat_id)
    if not chat_settings.mood_enabled:
        await reply(update, context, "mood-switched-off")
        return
    say, now = await context.texts(update), dt.datetime.now(dt.UTC)
    counts = await storage.moods.list_since(message.chat_id, now - dt.timedelta(days=DAYS))
    await send_text(context.bot, message, format_mood(say, counts, now, chat_settings.utc_offset))
