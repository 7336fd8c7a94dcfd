"""Updates, and a Telegram that answers without a network."""

from __future__ import annotations

import json
from typing import Any

from telegram import Update
from telegram.request import BaseRequest

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
BOT_ID = 123456789


class OfflineRequest(BaseRequest):
    """Answers getMe and agrees to everything else."""

    @property
    def read_timeout(self) -> float:
        """Never reached."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(self, url: str, *_arguments: Any, **_options: Any) -> tuple[int, bytes]:
        """Answer at once."""
        result: object = True
        if url.endswith("/getMe"):
            result = {"id": BOT_ID, "is_bot": True, "first_name": "Bot", "username": "some_bot"}
        return 200, json.dumps({"ok": True, "result": result}).encode()


def build_update(
    update_id: int,
    chat_id: int = 1,
    *,
    user_id: int | None = None,
    caption: str = "Look at me",
    album: str | None = None,
) -> Update:
    """Build a photo in a chat: private when the sender has the chat's number."""
    sender = chat_id if user_id is None else user_id
    chat_type = "private" if sender == chat_id else "group"
    chat = {"id": chat_id, "type": chat_type, "first_name": "Ana", "title": "Us"}
    photo = {"file_id": "photo", "file_unique_id": "p", "width": 90, "height": 60, "file_size": 1200}
    message = {
        "message_id": update_id,
        "date": 1_700_000_000,
        "chat": chat,
        "from": {"id": sender, "is_bot": False, "first_name": "Ana"},
        "photo": [photo],
        "caption": caption,
        **({"media_group_id": album} if album else {}),
    }
    return Update.de_json({"update_id": update_id, "message": message}, None)


def build_guest_update(update_id: int, chat_id: int, *, user_id: int, album: str | None = None) -> Update:
    """Build a photo whose caption calls the bot into a chat that it is no member of."""
    message = build_update(update_id, chat_id, user_id=user_id, album=album).to_dict()["message"]
    guest_message = {**message, "guest_query_id": str(update_id)}
    return Update.de_json({"update_id": update_id, "guest_message": guest_message}, None)


def build_press(update_id: int, chat_id: int, user_id: int) -> Update:
    """Build the press of a button under a message in a chat."""
    message = {
        "message_id": 1,
        "date": 1_700_000_000,
        "chat": {"id": chat_id, "type": "group", "title": "Us"},
    }
    query = {
        "id": "1",
        "from": {"id": user_id, "is_bot": False, "first_name": "Ana"},
        "chat_instance": "1",
        "message": message,
        "data": "why",
    }
    return Update.de_json({"update_id": update_id, "callback_query": query}, None)
