"""The bot is added to a group or removed from it, or the group becomes a supergroup."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest

from bot.context import thread_of
from bot.messages.settings_keyboards import list_settings

if TYPE_CHECKING:
    from telegram import Chat, ChatMember, Update

    from bot.context import BotContext
    from bot.storage.chat_records import ChatSettings

_MOVED_HERE = "moved_here"
_OUTSIDE = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})


async def follow_membership(update: Update, context: BotContext) -> None:
    """Introduce the bot once where it is added. Where it is removed, keep the settings for a time."""
    change = update.my_chat_member
    if change is None or change.chat.type == ChatType.PRIVATE:
        return
    was_member, is_member = _is_member(change.old_chat_member), _is_member(change.new_chat_member)
    preferences, now = context.services.storage.preferences, datetime.now(UTC)
    if was_member and not is_member:
        await preferences.leave_chat(change.chat.id, now)
    elif is_member and not was_member:
        kept = await preferences.return_to_chat(change.chat.id, now)
        # The group that a supergroup came from had its introduction.
        is_moved = await context.services.idempotency_keys.has(change.chat.id, _MOVED_HERE)
        if change.chat.type != ChatType.CHANNEL and not is_moved:
            await _introduce(update, context, change.chat, kept)


async def _introduce(update: Update, context: BotContext, chat: Chat, kept: ChatSettings | None) -> None:
    """Say what the bot is and, if it was in the group before, which settings are still kept."""
    say = await context.texts(update)
    lines = [say("introduction", bot=f"@{context.bot.username}")]
    if kept is not None:
        lines.append(say("settings-kept"))
        lines.append("\n".join(list_settings(say, kept, chat.type)))
    await context.bot.send_message(chat.id, "\n\n".join(lines))


async def follow_migration(update: Update, context: BotContext) -> None:
    """Move a group's settings when it becomes a supergroup. Telegram reports it in both chats."""
    message = update.effective_message
    if message is None:
        return
    old_id = message.migrate_from_chat_id or message.chat_id
    new_id = message.migrate_to_chat_id or message.chat_id
    await context.services.idempotency_keys.acquire(new_id, _MOVED_HERE, update.update_id)
    await context.services.storage.preferences.move_chat(old_id, new_id)


async def decline_chat(update: Update, context: BotContext) -> None:
    """Say, once, that the host does not let the bot answer in this chat."""
    chat, notices = update.effective_chat, context.services.access_notices
    if chat is None or await notices.is_told(chat.id):
        return
    say = context.services.catalogue.texts(
        update.effective_user.language_code if update.effective_user else None
    )
    message = update.effective_message
    thread = thread_of(message) if message else None
    # Where it is a member but must not write it need not try again.
    with contextlib.suppress(BadRequest):
        await context.bot.send_message(chat.id, say("not-admitted"), message_thread_id=thread)
    await notices.note(chat.id)


def _is_member(member: ChatMember) -> bool:
    return member.status not in _OUTSIDE
