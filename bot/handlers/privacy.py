"""What is kept about a person: shown, and deleted, when they ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.answers.sending import quote, send_text
from bot.context import is_group, thread_of
from bot.messages.personal_data import format_my_data
from bot.storage.engine import cut_log

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext

_FILE_NAME = "my-data.json"


async def send_my_data(update: Update, context: BotContext) -> None:
    """Answer /mydata with a file, and what is in it in words."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None:
        return
    say = await context.texts(update)
    services = context.services
    stored = {
        **await services.storage.user_data(user.id),
        # Not for the eyes of a group.
        "faces_given_for_training": await services.corrections.store.count_of(user.id)
        if is_group(message.chat)
        else await services.corrections.describe(user.id),
    }
    document = json.dumps(stored, indent=2, ensure_ascii=False, default=str).encode()
    await context.bot.send_document(
        message.chat_id,
        document,
        filename=_FILE_NAME,
        caption=format_my_data(say, stored),
        reply_parameters=quote(message),
        message_thread_id=thread_of(message),
    )


async def forget_me(update: Update, context: BotContext) -> None:
    """Answer /forget: delete what is kept about the person, waiting messages too, and say so."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None:
        return
    say = await context.texts(update)
    await context.services.storage.forget_user(user.id)
    await context.services.storage.delete_chat(user.id)
    deleted = await context.services.corrections.store.forget(user.id)
    # Who writes as a chat has the number of an account that many share.
    dropped = 0 if message.sender_chat else await _drop_waiting(update, context, user.id)
    await cut_log(context.services.storage.engine)
    lines = [
        say("forget-done"),
        *([say("forget-faces")] if deleted else []),
        *([say("forget-dropped", messages=dropped)] if dropped else []),
    ]
    await send_text(context.bot, message, "\n".join(lines))


async def _drop_waiting(update: Update, context: BotContext, user_id: int) -> int:
    """Drop what the person sent before, in any chat; what they send after it is answered as ever."""
    return await context.services.inbox.drop_waiting(user_id, before=update.update_id)
