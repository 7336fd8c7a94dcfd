"""Chats and the messages in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from playground.world.users import PERMISSIONS

if TYPE_CHECKING:
    from playground.world.users import Member, Status, User

ChatType = Literal["private", "group", "supergroup", "channel"]
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


@dataclass
class Chat:
    """A chat, its members and its messages.

    Attributes:
        bot_reads_all: Whether the bot sees every message here. Telegram fixes this when the bot
            is added: turning privacy mode off later needs the bot removed and added again.
        started: In a private chat, whether the person has written first.
        migrated_to: The supergroup this group became.
    """

    id: int
    type: ChatType
    title: str = ""
    username: str = ""
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    bot_reads_all: bool = False
    started: bool = False
    migrated_to: int | None = None
    last_message_id: int = 0

    @property
    def is_group(self) -> bool:
        """Whether several people talk here."""
        return self.type in {"group", "supergroup"}

    @property
    def person(self) -> User:
        """The person at the other end of a private chat."""
        return self.members[self.id].user

    def status_of(self, user_id: int) -> Status:
        """Return somebody's status here, ``left`` for a stranger."""
        member = self.members.get(user_id)
        return member.status if member else "left"

    def to_json(self) -> dict[str, Any]:
        """Return the short form that stands in messages."""
        chat: dict[str, Any] = {"id": self.id, "type": self.type}
        if self.type == "private":
            names = ("first_name", "last_name", "username")
            return chat | {key: value for key, value in self.person.to_json().items() if key in names}
        chat["title"] = self.title
        if self.username:
            chat["username"] = self.username
        if self.is_forum:
            chat["is_forum"] = True
        return chat

    def to_full_json(self) -> dict[str, Any]:
        """Return the long form of ``getChat``."""
        full = self.to_json() | {
            "accent_color_id": abs(self.id) % 7,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(_GIFTS, self.type == "private"),
        }
        if self.is_group:
            allowed = dict.fromkeys(PERMISSIONS, True)
            full |= {"permissions": allowed, "join_to_send_messages": self.type == "supergroup"}
        return full


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
