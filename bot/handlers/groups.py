"""The bot's coming to a group, its going, and the group's becoming a supergroup."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest

from bot.context import thread_of

if TYPE_CHECKING:
    from telegram import ChatMember, Update

    from bot.context import BotContext

_MOVED_HERE = "moved_here"
_OUTSIDE = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})


async def follow_membership(update: Update, context: BotContext) -> None:
    """Introduce the bot where it was added, in one message; forget a group that it left."""
    change = update.my_chat_member
    if change is None or change.chat.type == ChatType.PRIVATE:
        return
    was_member, is_member = _is_member(change.old_chat_member), _is_member(change.new_chat_member)
    if is_member and not was_member and change.chat.type != ChatType.CHANNEL:
        # The group that a supergroup came from had its introduction.
        if not await context.services.notes.has(change.chat.id, _MOVED_HERE):
            say = await context.texts(update)
            await context.bot.send_message(
                change.chat.id, say("introduction", bot=f"@{context.bot.username}")
            )
    elif was_member and not is_member:
        await context.services.storage.delete_chat(change.chat.id)


async def follow_migration(update: Update, context: BotContext) -> None:
    """Take a group's settings along when it becomes a supergroup. Both chats tell of it."""
    message = update.effective_message
    if message is None:
        return
    old_id = message.migrate_from_chat_id or message.chat_id
    new_id = message.migrate_to_chat_id or message.chat_id
    await context.services.notes.take(new_id, _MOVED_HERE, update.update_id)
    await context.services.storage.move_chat(old_id, new_id)


async def decline_chat(update: Update, context: BotContext) -> None:
    """Say, once, that the host does not let the bot answer in this chat."""
    chat, refusals = update.effective_chat, context.services.gate.refusals
    if chat is None or await refusals.is_told(chat.id):
        return
    say = context.services.catalogue.texts(
        update.effective_user.language_code if update.effective_user else None
    )
    message = update.effective_message
    thread = thread_of(message) if message else None
    # Where it is a member but must not write it need not try again.
    with contextlib.suppress(BadRequest):
        await context.bot.send_message(chat.id, say("not-admitted"), message_thread_id=thread)
    await refusals.note(chat.id)


def _is_member(member: ChatMember) -> bool:
    return member.status not in _OUTSIDE
