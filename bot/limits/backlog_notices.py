"""Asking a sender for patience: once, until all their photos are answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, update

from bot.storage.engine import connect, insert_into
from bot.storage.tables import inbox, notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_NOTE = "patience"
_REMEMBERED = 10_000


class WaitingRoom:
    """Remembers which people have been asked to wait, in all processes of a bot.

    The note holds the newest message that waited when it was last looked at. Whoever comes while that one is
    not yet answered is of the same crowd. Most photos find this out without asking the database: a process
    remembers the newest one that it has seen.

    Args:
        limit: Photos of one person that may wait before they are told.
        engine: The database.
        bot_id: Whose people.
        clock: Seconds since 1970.
    """

    def __init__(
        self, limit: int, engine: AsyncEngine, bot_id: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._limit = limit
        self._engine = engine
        self._bot_id = bot_id
        self._clock = clock
        self._newest: dict[int, int] = {}

    async def should_tell(self, user_id: int, update_id: int, waiting: int) -> bool:
        """Whether to ask for patience now that so many of a person's messages wait behind an update.

        Raises:
            StorageError: The database cannot be written.
        """
        if not waiting:
            self._newest.pop(user_id, None)
        if waiting < self._limit or update_id <= self._newest.get(user_id, 0):
            return False
        return await self._note_told(user_id, update_id)

    async def should_tell_of_others(self, user_id: int, update_id: int) -> bool:
        """Whether to ask for patience because of what others have sent; not once the photo is begun.

        Raises:
            StorageError: The database cannot be written.
        """
        if update_id <= self._newest.get(user_id, 0):
            return False
        is_this = and_(inbox.c.bot_id == self._bot_id, inbox.c.update_id == update_id)
        waits = select(inbox.c.update_id).where(is_this, inbox.c.payload.is_not(None), inbox.c.starts == 0)
        async with connect(self._engine, single=True) as connection:
            if await connection.scalar(waits) is None:
                return False
        return await self._note_told(user_id, update_id)

    async def _note_told(self, user_id: int, update_id: int) -> bool:
        """Note that somebody is told, and say whether that has not been done before."""
        async with connect(self._engine) as connection:
            newest, is_told = await self._note_newest(connection, user_id, update_id)
        if len(self._newest) >= _REMEMBERED:
            del self._newest[next(iter(self._newest))]
        self._newest[user_id] = newest
        return not is_told

    async def _note_newest(
        self, connection: AsyncConnection, user_id: int, update_id: int
    ) -> tuple[int, bool]:
        """Note the newest waiting message; give it, and whether the person has been told already."""
        # First of all a statement that writes: of two processes the second waits here for the first.
        insertion = insert_into(self._engine, notes).values(
            bot_id=self._bot_id, chat_id=user_id, what=_NOTE, update_id=0, noted_at=self._clock()
        )
        noted = await connection.scalar(
            insertion.on_conflict_do_update(
                index_elements=list(notes.primary_key), set_={"noted_at": insertion.excluded.noted_at}
            ).returning(notes.c.update_id)
        )
        of_bot = inbox.c.bot_id == self._bot_id
        waits = and_(of_bot, inbox.c.user_id == user_id, inbox.c.payload.is_not(None))
        newest = max(
            await connection.scalar(select(func.max(inbox.c.update_id)).where(waits)) or 0, update_id
        )
        columns = (inbox.c.update_id, inbox.c.arrived_at, inbox.c.done_at)
        found = select(*columns).where(of_bot, inbox.c.update_id.in_((noted, update_id)))
        rows = {row.update_id: row for row in (await connection.execute(found)).all()}
        is_note = and_(notes.c.bot_id == self._bot_id, notes.c.chat_id == user_id, notes.c.what == _NOTE)
        await connection.execute(update(notes).where(is_note).values(update_id=newest))
        return newest, _came_before_end(rows.get(update_id), rows.get(noted))


def _came_before_end(this: Row[Any, Any, Any] | None, noted: Row[Any, Any, Any] | None) -> bool:
    """Whether an update came while the noted one still waited for its answer."""
    if noted is None:
        return False
    return noted.done_at is None or (this is not None and this.arrived_at < noted.done_at)
