"""The queue of updates that wait for the bot."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from playground.rules.api_errors import other_poll

# What Telegram leaves out unless the bot asks for it by name.
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_LIMIT = 100
MAX_WAIT = 50
_MOMENT = 8.0  # seconds


@dataclass(frozen=True)
class Update:
    """One update, already written as JSON: what a bot gets is what was true when it happened.

    Attributes:
        id: Its number.
        kind: The name of its field.
        body: All of it.
        line: A webhook gets those of one line one after the other.
    """

    id: int
    kind: str
    body: str
    line: str


class UpdateQueue:
    """Updates in order, confirmed by a higher offset.

    Attributes:
        allowed: The kinds the bot asked for last; empty means all but those on request.
        received: How many updates were ever queued.
    """

    def __init__(self) -> None:
        self._pending: deque[Update] = deque()
        self._next_id = 100_000_000 + secrets.randbelow(100_000_000)
        self._poll: asyncio.Future[None] | None = None
        self._arrived = asyncio.Event()
        self._last_poll = -math.inf
        self.allowed: tuple[str, ...] = ()
        self.received = 0

    @property
    def is_polled(self) -> bool:
        """Whether a bot polls: it waits right now or has asked a moment ago."""
        return self._poll is not None or time.monotonic() - self._last_poll < _MOMENT

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue an update and return its identifier, None when the bot did not ask for such."""
        if kind not in self.allowed if self.allowed else kind in _ON_REQUEST:
            return None
        update_id = self._next_id
        self._next_id += 1
        self.received += 1
        body = json.dumps({"update_id": update_id, kind: payload}, ensure_ascii=False)
        self._pending.append(Update(update_id, kind, body, _name_line(payload)))
        self._arrived.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update_id

    def repeat(self, count: int) -> None:
        """Give the newest pending updates once more under the same identifiers, as a retry may."""
        self._pending.extend(list(self._pending)[-count:])

    def clear(self) -> None:
        """Forget what is pending."""
        self._pending.clear()

    def confirm(self, offset: int) -> None:
        """Forget updates below ``offset``; a negative one keeps the last ``-offset``."""
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
        while self._pending and self._pending[0].id < offset:
            self._pending.popleft()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """Return the next updates, waiting for the first one.

        Raises:
            ApiError: Another poll came and ended this one.
        """
        self.stop_poll()
        self._last_poll = time.monotonic()
        self.confirm(offset)
        if not self._pending and seconds > 0:
            poll = self._poll = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(poll, min(seconds, MAX_WAIT))
            except TimeoutError:
                return []
            finally:
                self._last_poll = time.monotonic()
                if self._poll is poll:
                    self._poll = None
        return [update for update, _ in zip(self._pending, range(limit), strict=False)]

    def stop_poll(self) -> None:
        """End a poll that is waiting, as a second poll does."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(other_poll())
        self._poll = None

    async def wait_for_more(self, seen: int) -> None:
        """Wait until something newer than update ``seen`` is pending."""
        while not self._pending or self._pending[-1].id <= seen:
            self._arrived.clear()
            await self._arrived.wait()

    def after(self, seen: int) -> list[Update]:
        """Return the pending updates newer than ``seen``."""
        return [update for update in self._pending if update.id > seen]

    def remove(self, update_id: int) -> None:
        """Forget one delivered update."""
        if self._pending and self._pending[0].id == update_id:
            self._pending.popleft()
        else:
            self._pending = deque(update for update in self._pending if update.id != update_id)


def _name_line(payload: dict[str, Any]) -> str:
    """Name the chat, or who pressed a button: the order in it holds over all connections of a webhook."""
    who = "chat" if "chat" in payload else "from"
    # Tests also send what nobody can read.
    return f"{who} {payload[who]['id']}" if isinstance(payload.get(who), dict) else "nobody"
