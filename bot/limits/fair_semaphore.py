"""A semaphore that is fair to chats: one that waits many times does not hold up the others."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class FairSemaphore:
    """A semaphore whose waiters are grouped by chat; chats take turns.

    Args:
        count: How many may hold it at once.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}  # the chat whose turn it is comes first

    @asynccontextmanager
    async def acquire(self, chat_id: int) -> AsyncIterator[None]:
        """Wait for the chat's turn, and hold the semaphore as long as the context lasts."""
        await self._wait(chat_id)
        try:
            yield
        finally:
            self._release()

    async def _wait(self, chat_id: int) -> None:
        if self._free:
            self._free -= 1
            return
        given = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(chat_id, deque()).append(given)
        try:
            await given
        except asyncio.CancelledError:
            if not given.cancelled():  # it had just been given to whoever left
                self._release()
            raise

    def _release(self) -> None:
        while self._waiting:
            chat_id = next(iter(self._waiting))
            of_chat = self._waiting.pop(chat_id)
            given = of_chat.popleft()
            if of_chat:
                self._waiting[chat_id] = of_chat
            if not given.done():
                given.set_result(None)
                return
        self._free += 1
