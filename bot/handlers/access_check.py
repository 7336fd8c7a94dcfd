"""Access check, before every other handler: updates of chats that the host has not admitted stop here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.ext import ApplicationHandlerStop

from bot.handlers.chat_membership import decline_chat
from bot.handlers.menus import refuse_press
from bot.observability.logs import note_outcome

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext


async def admit(update: Update, context: BotContext) -> None:
    """Stop what comes from a chat that is not to be answered; a private chat has its person's id."""
    chat = update.effective_chat
    # A guest message's own handler looks who sent it.
    if chat is None or update.guest_message or context.services.access_list.admits(chat.id):
        return
    note_outcome("refused")
    if update.callback_query:
        # From before the chat was kept out: the button must not spin for long.
        await refuse_press(update, context, "not-admitted")
    elif update.my_chat_member is None or update.my_chat_member.new_chat_member.status in {
        "member",
        "administrator",
    }:
        await decline_chat(update, context)
    else:
        # Being blocked or thrown out is no occasion to speak: it could not be heard.
        await context.services.access_notices.forget(chat.id)
    raise ApplicationHandlerStop
