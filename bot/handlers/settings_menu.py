"""/settings: how the bot behaves in a chat, as a menu of buttons. Every press is saved at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Message

from bot.answers.sending import reply, send_text
from bot.context import is_group, message_of
from bot.handlers.chat_admins import is_admin, sees_all_messages
from bot.handlers.menus import edit_menu, refuse_press
from bot.messages.settings_keyboards import apply_choice, build_main_page, build_option_page

if TYPE_CHECKING:
    from telegram import Chat, InlineKeyboardMarkup, Update

    from bot.context import BotContext

SETTINGS_BUTTON = r"^settings(:|$)"
# Pages to stay on after a press: there is more than one thing to set on them.
_STAY = {"clock": "quiet", "quiet": "quiet"}


async def open_settings(update: Update, context: BotContext) -> None:
    """Answer /settings with the menu, to those who run the chat."""
    message = message_of(update)
    if not await is_admin(context.bot, message.chat, update.effective_user, message.sender_chat):
        await reply(update, context, "admins-only")
        return
    text, keyboard = await _build_page(update, context, message.chat, "")
    await send_text(context.bot, message, text, keyboard)


async def press_settings(update: Update, context: BotContext) -> None:
    """Show a page, or keep a choice and show the menu again."""
    query = update.callback_query
    if query is None or query.data is None or not isinstance(query.message, Message):
        await refuse_press(update, context, "button-expired")
        return
    chat = query.message.chat
    if not await is_admin(context.bot, chat, query.from_user):
        await refuse_press(update, context, "admins-only")
        return
    page, _, value = query.data.partition(":")[2].partition("=")
    if value:
        storage = context.services.storage
        changed = apply_choice(await storage.preferences.get_chat_settings(chat.id), page, value)
        if changed is None:
            await refuse_press(update, context, "button-expired")
            return
        await storage.preferences.save_chat_settings(chat.id, changed)
        page = _STAY.get(page, "")
    await edit_menu(query, *await _build_page(update, context, chat, page))


async def _build_page(
    update: Update, context: BotContext, chat: Chat, page: str
) -> tuple[str, InlineKeyboardMarkup]:
    """Build a page with the current settings. Warn if Telegram hides the messages that a setting needs."""
    say = await context.texts(update)
    chat_settings = await context.services.storage.preferences.get_chat_settings(chat.id)
    option_page = build_option_page(say, chat_settings, page, chat.type)
    if option_page is not None:
        return option_page
    text, keyboard = build_main_page(say, chat_settings, chat.type)
    needs_sight = is_group(chat) and chat_settings.when in {"mention", "every"}
    if needs_sight and not await sees_all_messages(context.bot, chat.id):
        text = f"{text}\n\n{say('privacy-mode-hides', bot=f'@{context.bot.username}')}"
    return text, keyboard
