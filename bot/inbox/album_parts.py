"""Which updates are parts of one album, and how long an album waits for more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telegram import Update

# An album is complete when none of its parts has come for so long: Telegram never says which is the last.
QUIET_SECONDS = 1.0


def find_album(update: Update) -> str | None:
    """Name the album that an update brings a part of; a button below a part, or a guest message, is none."""
    message = update.effective_message
    if message is None or message.media_group_id is None or update.callback_query or update.guest_message:
        return None
    return f"{message.chat_id} {message.media_group_id}"
