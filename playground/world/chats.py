"""People, chats and what the chats remember."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playground.messages import Message

ChatType = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

PRESENT: frozenset[str] = frozenset({"creator", "administrator", "member", "restricted"})


@dataclass(eq=False)
class User:
    """A person or a bot; what they change about themselves is changed here."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "en"
    is_bot: bool = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def to_json(self) -> dict[str, Any]:
        """Return the user as the Bot API gives it."""
        user: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        if self.language_code and not self.is_bot:
            user["language_code"] = self.language_code
        return user


# Stand-ins that Telegram itself puts in `from` when a chat speaks instead of a person.
ANONYMOUS_ADMIN = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)
CHANNEL_SPEAKER = User(136817688, "Channel", username="Channel_Bot", is_bot=True)
TELEGRAM = User(777000, "Telegram", language_code="")


@dataclass
class Member:
    """Somebody's standing in a chat."""

    user: User
    status: Status = "member"

    def to_json(self) -> dict[str, Any]:
        """Return a ``ChatMember`` with every field its status requires."""
        member: dict[str, Any] = {"user": self.user.to_json(), "status": self.status}
        if self.status == "creator":
            member["is_anonymous"] = False
        elif self.status == "administrator":
            member |= {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(_RIGHTS, True)
        elif self.status == "restricted":
            member |= {"is_member": True, "until_date": 0} | dict.fromkeys(_PERMISSIONS, False)
        elif self.status == "kicked":
            member["until_date"] = 0
        return member


_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_pin_messages", "can_manage_topics",
)  # fmt: skip

_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")

_PERMISSIONS = (
    "can_change_info", "can_invite_users", "can_pin_messages", "can_send_messages", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_manage_topics", "can_send_audios",
    "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes",
    "can_send_voice_notes", "can_edit_tag",
)  # fmt: skip


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
        """Return somebody's standing, ``left`` for a stranger."""
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
            allowed = dict.fromkeys(_PERMISSIONS, True)
            full |= {"permissions": allowed, "join_to_send_messages": self.type == "supergroup"}
        return full
