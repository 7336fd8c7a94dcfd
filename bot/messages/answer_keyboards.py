"""The keyboard below an answer: why, details, and whether the answer was right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.messages.feedback_keyboards import build_verdict_row

if TYPE_CHECKING:
    from bot.messages.callback_data import Ticket
    from bot.messages.catalogue import Texts

WHY, DETAILS = "why", "details"
"""Callback data of the two buttons that every answer has."""


def build_answer_keyboard(say: Texts, ticket: Ticket | None = None) -> InlineKeyboardMarkup:
    """Build the buttons below an answer. They need no memory of ours, so they outlive a restart.

    With a ticket they also ask whether the answer was right.
    """
    buttons = [
        InlineKeyboardButton(say("button-why"), callback_data=WHY),
        InlineKeyboardButton(say("button-details"), callback_data=DETAILS),
    ]
    return InlineKeyboardMarkup([buttons, build_verdict_row(say, ticket)] if ticket else [buttons])
