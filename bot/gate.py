"""Which chats the host lets the bot answer in."""

from __future__ import annotations

_MAX_REMEMBERED = 10_000


class Gate:
    """Lets chats in or keeps them out.

    Args:
        allowed: The only chats to answer in; empty means all.
        blocked: Chats not to answer in, whatever `allowed` says.
    """

    def __init__(self, allowed: frozenset[int], blocked: frozenset[int]) -> None:
        self._allowed = allowed
        self._blocked = blocked
        self._told: set[int] = set()

    def admits(self, chat_id: int) -> bool:
        """Whether to answer in a chat."""
        return chat_id not in self._blocked and (not self._allowed or chat_id in self._allowed)

    def should_tell(self, chat_id: int) -> bool:
        """Whether to say, once, that the bot does not answer here."""
        if chat_id in self._told:
            return False
        if len(self._told) >= _MAX_REMEMBERED:
            self._told.clear()
        self._told.add(chat_id)
        return True
