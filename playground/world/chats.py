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
        bot_reads_all: Whether the bot sees every message here. Telegram decides this when the bot is
            added: after a change of privacy mode the bot must be removed and added again.
        started: In a private chat, whether the person has written; before that, a bot may not write.
        migrated_to: Identifier of the supergroup that this group became.
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
        """Whether it is a group or a supergroup."""
        return self.type in {"group", "supergroup"}

    @property
    def person(self) -> User:
        """The person of a private chat; the chat has the same identifier as the person."""
        return self.members[self.id].user

    def status_of(self, user_id: int) -> Status:
        """Return a user's status here, ``left`` for somebody who never was a member."""
        member = self.members.get(user_id)
        return member.status if member else "left"

    def to_json(self) -> dict[str, Any]:
        """Return the ``Chat`` that messages contain."""
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
        """Return the ``ChatFullInfo`` of ``getChat``."""
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
    """One message; ``fields`` has the Bot API's names.

    Attributes:
        fields: Everything but the identifiers, the chat and the reply.
        sender_id: The user id in ``from``; the chat's id for a channel post.
        reply_to: The message that it replies to.
        reactions: Emoji by user id.
        seen_by_bot: Whether the bot received it; the bot's own messages count as seen.
        deleted: Whether somebody has deleted it.
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
        """The text or the caption, empty when there is neither."""
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
        """The file of the message: the largest size of a photo, else the document, sticker or video."""
        if "photo" in self.fields:
            largest: str = self.fields["photo"][-1]["file_id"]
            return largest
        # A GIF stands in a message twice, as animation and as document: the animation comes first.
        for kind in ("animation", "document", "sticker", "video", "video_note"):
            if kind in self.fields:
                file_id: str = self.fields[kind]["file_id"]
                return file_id
        return None

    def to_json(self, *, with_reply: bool = True) -> dict[str, Any]:
        """Return the Bot API's ``Message``; as at Telegram, its ``reply_to_message`` holds no further one."""
        message = {"message_id": self.id, "date": self.date, "chat": self.chat.to_json()} | self.fields
        if with_reply and self.reply_to is not None and not self.reply_to.deleted:
            message["reply_to_message"] = self.reply_to.to_json(with_reply=False)
        return message
