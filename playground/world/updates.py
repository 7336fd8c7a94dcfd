"""The queue of updates that the bot has not confirmed yet."""

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

# Kinds that Telegram sends only to bots that list them in allowed_updates.
# Source: https://core.telegram.org/bots/api#getupdates
_OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_LIMIT = 100  # updates in one answer of getUpdates, also its default
MAX_TIMEOUT = 50  # seconds that one getUpdates waits at most, however long the bot asks for
_POLL_GAP_SECONDS = 8.0  # a bot polls again at once, or after a few seconds when something went wrong


@dataclass(frozen=True)
class Update:
    """One update, encoded as JSON when it happens: later edits of the message do not change it.

    Attributes:
        id: Its ``update_id``.
        kind: The name of its field, such as ``message``.
        body: The whole ``Update`` as JSON.
        ordering_key: A webhook receives updates with the same key one after the other.
    """

    id: int
    kind: str
    body: str
    ordering_key: str


class UpdateQueue:
    """Updates, oldest first; ``getUpdates`` with a higher offset confirms and removes them.

    Attributes:
        allowed: The last ``allowed_updates``; empty for all kinds but ``_OPT_IN_KINDS``.
        received: How many updates were queued since the start.
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
        """Whether a bot polls: a ``getUpdates`` waits now or ended seconds ago."""
        return self._poll is not None or time.monotonic() - self._last_poll < _POLL_GAP_SECONDS

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue an update and return its identifier, None when ``allowed_updates`` excludes its kind."""
        if kind not in self.allowed if self.allowed else kind in _OPT_IN_KINDS:
            return None
        update_id = self._next_id
        self._next_id += 1
        self.received += 1
        body = json.dumps({"update_id": update_id, kind: payload}, ensure_ascii=False)
        self._pending.append(Update(update_id, kind, body, _ordering_key(payload)))
        self._arrived.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update_id

    def repeat(self, count: int) -> None:
        """Queue the newest ``count`` updates again, under the same identifiers, as after a lost answer."""
        self._pending.extend(list(self._pending)[-count:])

    def clear(self) -> None:
        """Remove all pending updates."""
        self._pending.clear()

    def confirm(self, offset: int) -> None:
        """Remove the updates below ``offset``; a negative offset keeps only the last ``-offset``."""
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
        while self._pending and self._pending[0].id < offset:
            self._pending.popleft()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """Return the next updates; wait up to ``seconds`` when there are none (long polling).

        Raises:
            ApiError: Another ``getUpdates`` arrived and ended this one.
        """
        self.stop_poll()
        self._last_poll = time.monotonic()
        self.confirm(offset)
        if not self._pending and seconds > 0:
            poll = self._poll = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(poll, min(seconds, MAX_TIMEOUT))
            except TimeoutError:
                return []
            finally:
                self._last_poll = time.monotonic()
                if self._poll is poll:
                    self._poll = None
        return [update for update, _ in zip(self._pending, range(limit), strict=False)]

    def stop_poll(self) -> None:
        """Answer a waiting ``getUpdates`` with 409, as Telegram does when a second one arrives."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(other_poll())
        self._poll = None

    async def wait_for_more(self, seen: int) -> None:
        """Wait until an update newer than ``seen`` is pending."""
        while not self._pending or self._pending[-1].id <= seen:
            self._arrived.clear()
            await self._arrived.wait()

    def after(self, seen: int) -> list[Update]:
        """Return the pending updates newer than ``seen``."""
        return [update for update in self._pending if update.id > seen]

    def remove(self, update_id: int) -> None:
        """Remove one update that the webhook has accepted."""
        if self._pending and self._pending[0].id == update_id:
            self._pending.popleft()
        else:
            self._pending = deque(update for update in self._pending if update.id != update_id)


def _ordering_key(payload: dict[str, Any]) -> str:
    """Return the key for the order of a webhook: the chat, else the person who pressed a button."""
    who = "chat" if "chat" in payload else "from"
    # Tests also queue malformed updates, without chat and sender.
    return f"{who} {payload[who]['id']}" if isinstance(payload.get(who), dict) else "nobody"
