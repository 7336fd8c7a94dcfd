"""Preferences: how chats and people want to be answered, in which language, with which settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, delete, select, update

from bot.storage.cache import Cache
from bot.storage.chat_records import ChatSettings
from bot.storage.engine import connect, insert_into
from bot.storage.tables import answer_times, chats, gathered, idempotency_keys, is_own, moods, users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

LEFT_IS_KEPT = timedelta(days=7)
"""How long a group's settings are kept after the bot was removed: people may add it again soon."""
CACHED = 2_000
"""How many chats and people a process keeps in memory."""


class Preferences:
    """How chats and people want to be answered. Every method may raise `StorageError`.

    Args:
        engine: The database.
        bot_id: Whose chats and people.
        capacity: How many values are kept in memory; 0 where others may write to the same database.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, capacity: int) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._version: int | None = None
        self._settings_cache: Cache[ChatSettings] = Cache(capacity)
        self._language_cache: Cache[tuple[str | None]] = Cache(capacity)

    def invalidate_caches(self, version: int) -> None:
        """Clear the caches if any process has changed a setting.

        Args:
            version: Number of changes by all processes, read when an update was taken from the queue.
                Settings that are read for this update are then at least as new.
        """
        if version != self._version:
            self._version = version
            for cache in (self._settings_cache, self._language_cache):
                cache.forget()
                cache.capacity = CACHED

    async def get_chat_settings(self, chat_id: int) -> ChatSettings:
        """Get a chat's settings, the defaults where none were saved."""
        cached = self._settings_cache.get(chat_id)
        if cached is not None:
            return cached
        generation = self._settings_cache.generation
        async with connect(self._engine, autocommit=True) as connection:
            settings = await self.read_chat_settings(connection, chat_id) or ChatSettings()
        return self._settings_cache.keep(chat_id, settings, generation)

    async def save_chat_settings(self, chat_id: int, settings: ChatSettings) -> None:
        """Save a chat's settings."""
        columns = {**_to_columns(settings), "left_at": None}
        statement = insert_into(self._engine, chats).values(bot_id=self._bot_id, chat_id=chat_id, **columns)
        async with self.change() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=list(chats.primary_key), set_=columns)
            )

    async def move_chat(self, old: int, new: int) -> None:
        """Move the rows of a group that became a supergroup. The second of two reports changes nothing."""
        async with self.change() as connection:
            for table in (chats, moods):
                is_old = is_own(table, self._bot_id, chat_id=old)
                is_moving = select(table.c.chat_id).where(is_old).exists()
                is_new = is_own(table, self._bot_id, chat_id=new)
                await connection.execute(delete(table).where(is_new, is_moving))
                await connection.execute(update(table).where(is_old).values(chat_id=new))
            # Telegram may report first that the bot has left the old group, so left_at may be set already.
            is_here = is_own(chats, self._bot_id, chat_id=new)
            await connection.execute(update(chats).where(is_here).values(left_at=None))

    async def leave_chat(self, chat_id: int, now: datetime) -> None:
        """Delete the rows of a chat that the bot left, but keep its settings for a while."""
        is_chat = is_own(chats, self._bot_id, chat_id=chat_id)
        async with self.change() as connection:
            await connection.execute(update(chats).where(is_chat).values(left_at=now.timestamp()))
            for table in (idempotency_keys, answer_times, gathered):
                await connection.execute(delete(table).where(is_own(table, self._bot_id, chat_id=chat_id)))

    async def return_to_chat(self, chat_id: int, now: datetime) -> ChatSettings | None:
        """Restore a chat's settings from before the bot left; None when none were kept."""
        await self.forget_left_chats(now)
        is_left = and_(is_own(chats, self._bot_id, chat_id=chat_id), chats.c.left_at.is_not(None))
        async with self.change() as connection:
            returned = update(chats).where(is_left).values(left_at=None).returning(chats.c.chat_id)
            is_back = await connection.scalar(returned) is not None
            return await self.read_chat_settings(connection, chat_id) if is_back else None

    async def forget_left_chats(self, now: datetime) -> None:
        """Delete the settings of chats to which the bot was not added again in time, for all bots."""
        is_over = chats.c.left_at < (now - LEFT_IS_KEPT).timestamp()
        async with self.change() as connection:
            await connection.execute(delete(chats).where(is_over))

    async def get_user_language(self, user_id: int) -> str | None:
        """Get the language that somebody chose, None where they chose none."""
        cached = self._language_cache.get(user_id)
        if cached is not None:
            return cached[0]
        generation = self._language_cache.generation
        async with connect(self._engine, autocommit=True) as connection:
            language = await self.read_language(connection, user_id)
        return self._language_cache.keep(user_id, (language,), generation)[0]

    async def set_user_language(self, user_id: int, language: str | None) -> None:
        """Save the language that somebody chose; None follows what Telegram says again."""
        statement = insert_into(self._engine, users).values(
            bot_id=self._bot_id, user_id=user_id, language=language
        )
        async with self.change() as connection:
            if language is None:
                await connection.execute(delete(users).where(is_own(users, self._bot_id, user_id=user_id)))
                return
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(users.primary_key), set_={"language": language}
                )
            )

    @asynccontextmanager
    async def change(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to write with, and clear the cache."""
        try:
            async with connect(self._engine) as connection:
                yield connection
        finally:
            self._settings_cache.forget()
            self._language_cache.forget()

    async def read_chat_settings(self, connection: AsyncConnection, chat_id: int) -> ChatSettings | None:
        """Read a chat's settings from the database; None where none were saved."""
        statement = select(chats).where(is_own(chats, self._bot_id, chat_id=chat_id))
        row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _from_columns(row)

    async def read_language(self, connection: AsyncConnection, user_id: int) -> str | None:
        """Read the language that somebody chose from the database."""
        statement = select(users.c.language).where(is_own(users, self._bot_id, user_id=user_id))
        return await connection.scalar(statement)


def _to_columns(settings: ChatSettings) -> dict[str, Any]:
    """Return the values by column name: `when` is a keyword of SQL, so the columns have other names."""
    columns = asdict(settings)
    columns["answer_when"] = columns.pop("when")
    columns["answer_how"] = columns.pop("how")
    return columns


def _from_columns(row: Row[Any]) -> ChatSettings:
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it begins with an underscore
    del columns["bot_id"], columns["chat_id"], columns["left_at"]
    return ChatSettings(when=columns.pop("answer_when"), how=columns.pop("answer_how"), **columns)
