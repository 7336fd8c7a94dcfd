"""The events that the page receives as they happen."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from playground.world.chats import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def describe_message(message: Message) -> dict[str, Any]:
    """Return a message for the page: the Bot API's message, and fields that a bot does not get."""
    return message.to_json() | {
        "reactions": list(message.reactions.values()),
        "seen_by_bot": message.seen_by_bot,
        "sender_id": message.sender_id,
    }


class EventLog:
    """The newest ``keep`` events, numbered; encoded as JSON only when a page reads them."""

    def __init__(self, keep: int = 500) -> None:
        self._events: deque[tuple[int, str, Message | dict[str, Any]]] = deque(maxlen=keep)
        self._readers: set[asyncio.Event] = set()
        self.last = 0

    def publish(self, kind: str, data: Message | dict[str, Any]) -> None:
        """Add an event and wake its readers."""
        self.last += 1
        self._events.append((self.last, kind, data))
        for reader in self._readers:
            reader.set()

    async def read(self, since: int) -> AsyncIterator[tuple[int, str]]:
        """Yield (number, event as JSON) after event ``since``, without end.

        When some of these events are no longer kept, or ``since`` is from an earlier playground, yield one
        ``reset`` event: the page then loads the whole state.
        """
        wake = asyncio.Event()
        self._readers.add(wake)
        try:
            while True:
                wake.clear()
                if since > self.last or (self._events and self._events[0][0] > since + 1):
                    yield self.last, _write(self.last, "reset", {})
                    since = self.last
                for number, kind, data in [event for event in self._events if event[0] > since]:
                    since = number
                    yield number, _write(number, kind, data)
                await wake.wait()
        finally:
            self._readers.discard(wake)


def _write(number: int, kind: str, data: Message | dict[str, Any]) -> str:
    body = describe_message(data) if isinstance(data, Message) else data
    return json.dumps({"number": number, "kind": kind, "data": body}, ensure_ascii=False)
