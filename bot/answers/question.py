"""A question: the pictures to answer, the message that they are in, and how to answer there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.context import find_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Message, Update

    from bot.context import Services
    from bot.messages.catalogue import Texts
    from bot.messages.media import Source
    from bot.storage.chat_records import ChatSettings


@dataclass(frozen=True, slots=True)
class Question:
    """One picture, or the pictures of an album, that must be answered.

    Attributes:
        update_ids: The updates to be marked as answered. What is gathered has the first as its head; a worker
            that dies is counted against the last.
        quoted: The message that the answer quotes.
        sources: The pictures, in order.
        say: The words to answer in.
        chat_settings: How to answer in this chat.
        asker_id: Who asked; /forget drops what is gathered of theirs.
        is_automatic: Nobody asked, so that finding nothing is not worth a message.
    """

    update_ids: tuple[int, ...]
    quoted: Message
    sources: tuple[Source, ...]
    say: Texts
    chat_settings: ChatSettings
    asker_id: int
    is_automatic: bool = False


async def build_question(
    update: Update,
    services: Services,
    quoted: Message,
    sources: Sequence[Source],
    *,
    is_automatic: bool = False,
) -> Question:
    """Build a question from an update. `quoted` may be the message that the update's message replies to."""
    say = await find_texts(services, update.effective_chat, update.effective_user)
    chat_settings = await services.storage.preferences.get_chat_settings(quoted.chat_id)
    asker_id = update.effective_user.id if update.effective_user else 0
    return Question((update.update_id,), quoted, tuple(sources), say, chat_settings, asker_id, is_automatic)
