"""The parts of an album come one by one, in any order; they are brought together before any is fetched."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telegram import Update

QUIET_SECONDS = 1.0
AlbumKey = tuple[int, str]


@dataclass(slots=True)
class _Parts:
    updates: dict[int, Update] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class AlbumBuffer:
    """Collects albums.

    Args:
        stopping: Set when the bot is about to stop; then albums are answered as far as they have arrived.
        quiet_seconds: An album is complete when no part has come for so long.
    """

    def __init__(self, stopping: asyncio.Event, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._stopping = stopping
        self._quiet_seconds = quiet_seconds
        self._albums: dict[AlbumKey, _Parts] = {}

    def add(self, key: AlbumKey, update: Update) -> bool:
        """Add a part; True for an album's first, whose receiver is then to wait for `collect`."""
        is_first = key not in self._albums
        parts = self._albums.setdefault(key, _Parts())
        message = update.effective_message
        # By message, so that a part delivered twice is still one part.
        parts.updates[message.message_id if message else update.update_id] = update
        parts.arrived.set()
        return is_first

    async def collect(self, key: AlbumKey) -> list[Update]:
        """Wait until no more parts come, and give them in the order in which they stand in the chat."""
        parts = self._albums[key]
        while parts.arrived.is_set() and not self._stopping.is_set():
            parts.arrived.clear()
            await self._wait_for_part(parts.arrived)
        del self._albums[key]
        return [parts.updates[message_id] for message_id in sorted(parts.updates)]

    async def _wait_for_part(self, arrived: asyncio.Event) -> None:
        """Wait for the next part, the end of the quiet time, or the bot's stop."""
        waits = [asyncio.create_task(event.wait()) for event in (arrived, self._stopping)]
        try:
            await asyncio.wait(waits, timeout=self._quiet_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
