"""What is kept about a person: shown, and deleted, when they ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.sending import quote, send_text

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext

_FILE_NAME = "my-data.json"


async def send_my_data(update: Update, context: BotContext) -> None:
    """Answer /mydata with a file."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None:
        return
    say = await context.texts(update)
    stored = await context.services.storage.user_data(user.id)
    document = json.dumps(stored, indent=2, ensure_ascii=False, default=str).encode()
    await context.bot.send_document(
        message.chat_id,
        document,
        filename=_FILE_NAME,
        caption=say("mydata"),
        reply_parameters=quote(message),
    )


async def forget_me(update: Update, context: BotContext) -> None:
    """Answer /forget: delete what is kept about the person, and say so."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None:
        return
    say = await context.texts(update)
    await context.services.storage.forget_user(user.id)
    await context.services.storage.delete_chat(user.id)
    await send_text(context.bot, message, say("forget-done"))
