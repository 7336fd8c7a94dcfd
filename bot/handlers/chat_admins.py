"""Who may do what in a chat: its admins, and what Telegram lets the bot itself see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, Forbidden

if TYPE_CHECKING:
    from telegram import Bot, Chat, User

_ADMINS = frozenset({ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER})


async def is_admin(bot: Bot, chat: Chat, user: User | None, sender_chat: Chat | None = None) -> bool:
    """Whether somebody runs a chat: in private everybody; in a group its admins, also as the group."""
    if chat.type == ChatType.PRIVATE:
        return True
    if sender_chat is not None:
        return sender_chat.id == chat.id
    return user is not None and await _has_admin_status(bot, chat.id, user.id)


async def sees_all_messages(bot: Bot, chat_id: int) -> bool:
    """Whether Telegram shows the bot every message of a group, not only those addressed to it."""
    # Asked anew: what python-telegram-bot remembers from the start misses a change made in BotFather since.
    me = await bot.get_me()
    return bool(me.can_read_all_group_messages) or await _has_admin_status(bot, chat_id, me.id)


async def _has_admin_status(bot: Bot, chat_id: int, user_id: int) -> bool:
    try:
        member = await bot.get_chat_member(chat_id, user_id)
    except (BadRequest, Forbidden):
        return False
    return member.status in _ADMINS
