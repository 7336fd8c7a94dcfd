"""Shared by all menus of buttons: one message that changes with each press."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from telegram.error import BadRequest, TelegramError

if TYPE_CHECKING:
    from telegram import CallbackQuery, InlineKeyboardMarkup, Update

    from bot.context import BotContext


async def edit_menu(query: CallbackQuery, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Stop the button's spinning and show the menu's next state."""
    await stop_spinning(query)
    await change_menu(query, text, keyboard)


async def stop_spinning(query: CallbackQuery, notice: str | None = None) -> None:
    """Tell Telegram that a press has arrived: the spinning stops. For an old press Telegram refuses it."""
    with contextlib.suppress(TelegramError):
        await query.answer(notice)


async def change_menu(query: CallbackQuery, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Show the menu's next state."""
    # Pressing the option that is already chosen leaves the message as it is, which Telegram refuses to edit.
    with contextlib.suppress(BadRequest):
        await query.edit_message_text(text, reply_markup=keyboard)


async def refuse_press(update: Update, context: BotContext, message_name: str) -> None:
    """Say why a button does nothing, by a notice that passes by itself."""
    if update.callback_query:
        say = await context.texts(update)
        await stop_spinning(update.callback_query, say(message_name))
