"""Access notices: remember, over restarts, who was told that the host does not let the bot answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select

from bot.storage.cache import Cache
from bot.storage.engine import connect, insert_into
from bot.storage.tables import refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncEngine

ARE_KEPT_SECONDS = 30 * 86_400.0
_CACHED = 2_000


class AccessNotices:
    """Remembers the numbers of one bot's chats for thirty days. Every method may raise `StorageError`.

    Args:
        engine: The database.
        bot_id: Whose chats.
        clock: Seconds since 1970; may jump.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._clock = clock
        # On PostgreSQL another process may have forgotten it.
        self._cache: Cache[bool] = Cache(_CACHED if engine.dialect.name == "sqlite" else 0)

    async def is_told(self, chat_id: int) -> bool:
        """Whether a chat has been told lately."""
        if self._cache.get(chat_id):
            return True
        generation = self._cache.generation
        statement = select(refusals.c.chat_id).where(self._is_of(chat_id))
        async with connect(self._engine) as connection:
            found = await connection.scalar(statement)
        return found is not None and self._cache.keep(chat_id, value=True, generation=generation)

    async def note(self, chat_id: int) -> None:
        """Remember that a chat has been told just now."""
        now = self._clock()
        statement = insert_into(self._engine, refusals).values(
            bot_id=self._bot_id, chat_id=chat_id, told_at=now
        )
        async with connect(self._engine) as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(refusals.primary_key), set_={"told_at": now}
                )
            )
        await self.delete_expired()

    async def forget(self, chat_id: int) -> None:
        """Forget a chat that the bot has left: if it is added again, it tells the chat again."""
        async with connect(self._engine) as connection:
            await connection.execute(delete(refusals).where(self._is_of(chat_id)))
        self._cache.forget()

    async def delete_expired(self) -> None:
        """Delete expired rows, and rows that a clock that jumped has dated far ahead."""
        now = self._clock()
        is_old = or_(refusals.c.told_at < now - ARE_KEPT_SECONDS, refusals.c.told_at > now + ARE_KEPT_SECONDS)
        async with connect(self._engine) as connection:
            await connection.execute(delete(refusals).where(is_old))
        self._cache.forget()

    def _is_of(self, chat_id: int) -> ColumnElement[bool]:
        return and_(refusals.c.bot_id == self._bot_id, refusals.c.chat_id == chat_id)
