"""The bot's own account: its switches, its commands and its texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playground.world.chats import Chat
    from playground.world.users import User

Commands = list[dict[str, str]]


@dataclass
class BotAccount:
    """The bot's user, its switches in BotFather, and its commands and texts in each language.

    Attributes:
        privacy_mode: Whether the bot sees only commands and replies in groups.
        guest_mode: Whether people may mention the bot in chats that it is not in.
        commands: By (scope, language code); the scope is one text such as "chat:17".
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
        """Return a text in a language, else the text without a language."""
        return self.texts.get((kind, language_code[:2]), self.texts.get((kind, ""), ""))

    def commands_for(self, chat: Chat, user: User) -> Commands:
        """Return the commands that a person sees in a chat: those of the narrowest scope that has any.

        Source of the order: https://core.telegram.org/bots/api#determining-list-of-commands
        """
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
