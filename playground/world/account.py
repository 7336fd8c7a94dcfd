"""What Telegram knows about the bot itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playground.world.chats import Chat
    from playground.world.users import User

Commands = list[dict[str, str]]


@dataclass
class BotAccount:
    """The bot's user, its BotFather switches and its texts by language.

    Attributes:
        privacy_mode: Whether groups hide from it what is not meant for it.
        guest_mode: Whether people may call it into chats that it is not in.
        commands: By (scope as text, language code).
        texts: Name, description and short description by (kind, language code).
    """

    user: User
    privacy_mode: bool = True
    guest_mode: bool = False
    can_join_groups: bool = True
    commands: dict[tuple[str, str], Commands] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the answer of ``getMe``."""
        return self.user.to_json() | {
            "can_join_groups": self.can_join_groups,
            "can_read_all_group_messages": not self.privacy_mode,
            "supports_inline_queries": False,
            "supports_guest_queries": self.guest_mode,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def text(self, kind: str, language_code: str) -> str:
        """Return a text in a language, else the one for everybody."""
        return self.texts.get((kind, language_code[:2]), self.texts.get((kind, ""), ""))

    def commands_for(self, chat: Chat, user: User) -> Commands:
        """Return the commands a person sees in a chat, narrowest scope first as Telegram looks them up."""
        if chat.type == "channel":
            return []
        if chat.type == "private":
            scopes = [f"chat:{chat.id}", "all_private_chats", "default"]
        else:
            scopes = [f"chat_member:{chat.id}:{user.id}", f"chat:{chat.id}", "all_group_chats", "default"]
            if chat.status_of(user.id) in {"creator", "administrator"}:
                scopes[1:1] = [f"chat_administrators:{chat.id}"]
                scopes[-1:-1] = ["all_chat_administrators"]
                scopes.remove("all_group_chats")
                scopes.insert(-1, "all_group_chats")
        for scope in scopes:
            for language in (user.language_code[:2], ""):
                found = self.commands.get((scope, language))
                if found:
                    return found
        return []
