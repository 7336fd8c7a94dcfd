"""Which chats the host lets the bot answer in."""

from __future__ import annotations


class AccessList:
    """Lets chats in or keeps them out.

    Args:
        allowed: The only chats to answer in; empty means all.
        blocked: Chats not to answer in, whatever `allowed` says.
    """

    def __init__(self, allowed: frozenset[int], blocked: frozenset[int]) -> None:
        self._allowed = allowed
        self._blocked = blocked

    def admits(self, chat_id: int) -> bool:
        """Whether to answer in a chat."""
        return chat_id not in self._blocked and (not self._allowed or chat_id in self._allowed)

    def admits_guest(self, sender_id: int, chat_id: int) -> bool:
        """Whether to answer somebody in a chat that the bot is no member of: the sender must be let in.

        Such a chat's number may be that of another chat, so it can keep out, but not let in.
        """
        return self.admits(sender_id) and chat_id not in self._blocked
