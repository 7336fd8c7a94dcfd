"""An inbox whose updates a test takes and settles by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.inbox.local import LocalInbox

if TYPE_CHECKING:
    from telegram import Update

    from bot.inbox.entry import Entry


class SteppedInbox(LocalInbox):
    """Hands out what is claimed through `get`, and keeps it in hand until it is settled or released."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.handle = self._hand_out
        self._claimed: asyncio.Queue[Entry] = asyncio.Queue()
        self._ends: dict[int, tuple[Entry, asyncio.Future[None]]] = {}

    async def get(self) -> Update:
        """Wait for what is claimed next."""
        return (await self._claimed.get()).updates[0]

    async def settle(self, update_id: int) -> None:
        """Let the handler return."""
        entry, end = self._ends.pop(update_id)
        end.set_result(None)
        await self._until_let_go(entry)

    async def release(self, update_id: int) -> None:
        """Let the handler fail, as if the process were ending."""
        entry, end = self._ends.pop(update_id)
        end.set_exception(RuntimeError("as if it were a bug"))
        await self._until_let_go(entry)

    async def _hand_out(self, entry: Entry) -> None:
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ends[entry.update_ids[0]] = (entry, end)
        self._claimed.put_nowait(entry)
        await end

    async def _until_let_go(self, entry: Entry) -> None:
        # The entry itself, not its number: that may be in hand again at once.
        while any(held is entry for held in self._in_hand.values()):  # the inbox tells nobody
            await asyncio.sleep(0.001)
