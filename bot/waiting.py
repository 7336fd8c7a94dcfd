"""Asking a busy sender for patience: once, until all their photos are answered."""

from __future__ import annotations


class WaitingRoom:
    """Remembers which chats have been asked to wait.

    Args:
        limit: Photos of one chat that may wait before the sender is told.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._told: set[int] = set()

    def should_tell(self, chat_id: int, waiting: int) -> bool:
        """Whether to ask for patience now that so many of a chat's photos wait."""
        if not waiting:
            self._told.discard(chat_id)
        if waiting < self._limit or chat_id in self._told:
            return False
        self._told.add(chat_id)
        return True
