"""/language: the language a person, or a group, is spoken to in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Message

from bot.answers.sending import reply
from bot.context import is_group, message_of
from bot.handlers.chat_admins import is_admin
from bot.handlers.menus import edit_menu, refuse_press
from bot.messages.catalogue import LANGUAGE_NAMES
from bot.messages.settings_keyboards import NONE, apply_choice, build_language_keyboard

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext

_PREFIX = "language:"
LANGUAGE_BUTTON = rf"^{_PREFIX}"


async def offer_languages(update: Update, context: BotContext) -> None:
    """Answer /language with one button a language."""
    message = message_of(update)
    if not await is_admin(context.bot, message.chat, update.effective_user, message.sender_chat):
        await reply(update, context, "admins-only")
        return
    chat, storage = message.chat, context.services.storage
    if is_group(chat):
        chosen = (await storage.preferences.get_chat_settings(chat.id)).language
    else:
        chosen = await storage.preferences.get_user_language(chat.id)
    keyboard = build_language_keyboard(await context.texts(update), _PREFIX, chosen, chat.type)
    await reply(update, context, "language-choose", keyboard)


async def choose_language(update: Update, context: BotContext) -> None:
    """Keep the language of a pressed button, and confirm in that language."""
    query = update.callback_query
    code = (query.data or "").removeprefix(_PREFIX) if query else ""
    if query is None or not isinstance(query.message, Message) or code not in {*LANGUAGE_NAMES, NONE}:
        await refuse_press(update, context, "button-expired")
        return
    chat, storage = query.message.chat, context.services.storage
    if not await is_admin(context.bot, chat, query.from_user):
        await refuse_press(update, context, "admins-only")
        return
    if is_group(chat):
        changed = apply_choice(await storage.preferences.get_chat_settings(chat.id), "language", code)
        if changed is not None:
            await storage.preferences.save_chat_settings(chat.id, changed)
    else:
        await storage.preferences.set_user_language(query.from_user.id, None if code == NONE else code)
    say = await context.texts(update)
    await edit_menu(query, say("language-chosen", language=LANGUAGE_NAMES[say.language]))
