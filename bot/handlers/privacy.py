"""Show and delete what is kept about a person, when they ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from telegram.error import BadRequest, Forbidden

from bot.answers.sending import quote, reply, send_text
from bot.context import is_group, message_of
from bot.messages.my_data import format_my_data
from bot.storage.engine import truncate_wal

if TYPE_CHECKING:
    from telegram import Bot, ReplyParameters, Update, User

    from bot.context import BotContext

_FILE_NAME = "my-data.json"


async def send_my_data(update: Update, context: BotContext) -> None:
    """Answer /mydata in the private chat, in words and with a file: it is not for the eyes of a group."""
    message, user = message_of(update), await _find_person(update, context)
    if user is None:
        return
    say = await context.texts(update)
    stored = {
        **await context.services.storage.personal_data.collect(user.id),
        "faces_given_for_training": await context.services.corrections.describe(user.id),
    }
    document = json.dumps(stored, indent=2, ensure_ascii=False, default=str).encode()
    caption = format_my_data(say, stored)
    if not is_group(message.chat):
        await _send_document(context.bot, user.id, document, caption, quote(message))
        return
    try:
        await _send_document(context.bot, user.id, document, caption)
    except (Forbidden, BadRequest):  # bots may not write first, and know no chat where nobody wrote
        await reply(update, context, "mydata-ask-in-private")
    else:
        await reply(update, context, "mydata-sent")


async def forget_me(update: Update, context: BotContext) -> None:
    """Answer /forget: delete what is kept about the person, waiting messages too, and say so."""
    message, user = message_of(update), await _find_person(update, context)
    if user is None:
        return
    say = await context.texts(update)
    await context.services.storage.personal_data.forget(user.id)
    deleted = await context.services.corrections.store.forget(user.id)
    dropped = await context.services.inbox.drop_waiting(user.id, before=update.update_id)
    await truncate_wal(context.services.storage.engine)
    lines = [
        say("forget-done"),
        *([say("forget-faces")] if deleted else []),
        *([say("forget-dropped", messages=dropped)] if dropped else []),
    ]
    await send_text(context.bot, message, "\n".join(lines))


async def _find_person(update: Update, context: BotContext) -> User | None:
    """Find the person whose data is meant. Who writes as a chat is told that the person is not known."""
    if update.effective_user is not None and message_of(update).sender_chat is None:
        return update.effective_user
    # All anonymous admins of all groups have the number of one account.
    await reply(update, context, "person-unknown")
    return None


async def _send_document(
    bot: Bot, chat_id: int, document: bytes, caption: str, quoted: ReplyParameters | None = None
) -> None:
    await bot.send_document(chat_id, document, filename=_FILE_NAME, caption=caption, reply_parameters=quoted)
