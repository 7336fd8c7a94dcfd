"""Messages as a chat keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playground.chats import Chat


@dataclass(frozen=True)
class Button:
    """One inline button."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(eq=False)
class Message:
    """One message, with ``fields`` as the Bot API names them.

    Attributes:
        fields: Everything but the identifiers, the chat and the reply.
        sender_id: The user id in ``from``; the chat's id for a channel post.
        reply_to: What it answers, while that still exists.
        reactions: Emoji by user id.
        seen_by_bot: Whether Telegram showed it to the bot; its own messages count as seen.
        deleted: Set when the message is gone.
    """

    chat: Chat
    id: int
    date: int
    sender_id: int
    fields: dict[str, Any] = field(default_factory=dict)
    reply_to: Message | None = None
    reactions: dict[int, str] = field(default_factory=dict)
    seen_by_bot: bool = True
    deleted: bool = False

    @property
    def text(self) -> str:
        """The text, or the caption, or nothing."""
        text: str = self.fields.get("text") or self.fields.get("caption") or ""
        return text

    @property
    def entities(self) -> list[dict[str, Any]]:
        """The entities of the text or of the caption."""
        entities: list[dict[str, Any]] = (
            self.fields.get("entities") or self.fields.get("caption_entities") or []
        )
        return entities

    @property
    def thread_id(self) -> int | None:
        """The forum topic or reply thread."""
        return self.fields.get("message_thread_id")

    @property
    def album_id(self) -> str | None:
        """The media group it belongs to."""
        return self.fields.get("media_group_id")

    @property
    def buttons(self) -> list[list[Button]]:
        """The inline keyboard, row by row."""
        rows = self.fields.get("reply_markup", {}).get("inline_keyboard", [])
        return [
            [Button(key["text"], key.get("callback_data"), key.get("url")) for key in row] for row in rows
        ]

    @property
    def file_id(self) -> str | None:
        """The file it carries: the largest size of a photo, else the document, sticker or video."""
        if "photo" in self.fields:
            largest: str = self.fields["photo"][-1]["file_id"]
            return largest
        for kind in ("animation", "document", "sticker", "video", "video_note"):
            if kind in self.fields:
                file_id: str = self.fields[kind]["file_id"]
                return file_id
        return None

    def to_json(self, *, with_reply: bool = True) -> dict[str, Any]:
        """Return the ``Message`` that the Bot API gives; the replied message carries no further reply."""
        message = {"message_id": self.id, "date": self.date, "chat": self.chat.to_json()} | self.fields
        if with_reply and self.reply_to is not None and not self.reply_to.deleted:
            message["reply_to_message"] = self.reply_to.to_json(with_reply=False)
        return message
