"""The context of a button press below an answer: the message, who pressed, and the button's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message, Update

    from bot.context import BotContext, Services
    from bot.messages.catalogue import Texts


class UnreadableButtonError(Exception):
    """The data of a button was not written by this version of the bot."""


@dataclass(frozen=True, slots=True)
class PressContext:
    """A press that was checked.

    Attributes:
        update: The press.
        context: The bot's parts.
        query: The press without its wrapping.
        message: Where the button is.
        argument: What it holds beside its action.
        say: The words to answer in.
        key: Its idempotency key.
    """

    update: Update
    context: BotContext
    query: CallbackQuery
    message: Message
    argument: str
    say: Texts
    key: str

    @property
    def services(self) -> Services:
        """The bot's parts."""
        return self.context.services

    @property
    def user_id(self) -> int:
        """Who pressed."""
        return self.query.from_user.id
