"""What must last: settings of chats, languages of people, moods of groups."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import ColumnElement, Row, Table, and_, delete, func, select, update

from bot.storage.cache import Cache
from bot.storage.engine import (
    DirectoryLock,
    StorageError,
    build_engine,
    connect,
    insert_into,
    prepare_directory,
)
from bot.storage.migrate import migrate
from bot.storage.models import ChatSettings, MoodCount
from bot.storage.tables import chats, gathered, inbox, moods, notes, paces, refusals, users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["ChatSettings", "MoodCount", "Storage", "StorageError"]

MOODS_ARE_KEPT = timedelta(days=8)  # the longest question is about a week
_HOUR_SECONDS = 3_600
_CACHED = 2_000


class Storage:
    """The database of one bot. Make one with `Storage.open`. Every method may raise `StorageError`.

    Attributes:
        engine: The database, also for the inbox.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, lock: DirectoryLock | None = None) -> None:
        self.engine = engine
        self._bot_id = bot_id
        self._lock = lock
        self._version: int | None = None
        # Without the lock others may write to the same database.
        capacity = _CACHED if lock else 0
        self._settings_cache: Cache[ChatSettings] = Cache(capacity)
        self._language_cache: Cache[tuple[str | None]] = Cache(capacity)

    @classmethod
    async def open(cls, target: Path | str, bot_id: int = 0) -> Self:
        """Open the database and bring its tables up to date.

        Args:
            target: A directory, for an SQLite database in it; or a database URL.
            bot_id: Of which bot. Of several the first, whose becomes what was kept before each had its own;
                0 where no bot is known.

        Raises:
            StorageError: It cannot be used.
        """
        url, lock = prepare_directory(target) if isinstance(target, Path) else (target, None)
        storage = cls(build_engine(url), bot_id, lock)
        try:
            await migrate(storage.engine, bot_id)
        except BaseException:
            await storage.close()
            raise
        return storage

    def of(self, bot_id: int) -> Self:
        """Give what another bot keeps in the same database, which is closed by whoever opened it."""
        return type(self)(self.engine, bot_id, self._lock)

    def follow(self, version: int) -> None:
        """Keep settings in memory as long as nobody has changed any.

        Args:
            version: How many changes all processes together had made when an update was taken out of the
                queue. What is read for that update is at least as new.
        """
        if version != self._version:
            self._version = version
            for cache in (self._settings_cache, self._language_cache):
                cache.forget()
                cache.capacity = _CACHED

    async def close(self) -> None:
        """Close the database."""
        await self.engine.dispose()
        if self._lock is not None:
            self._lock.release()

    async def get_chat_settings(self, chat_id: int) -> ChatSettings:
        """Get a chat's settings, the defaults where none were saved."""
        cached = self._settings_cache.get(chat_id)
        if cached is not None:
            return cached
        generation = self._settings_cache.generation
        async with connect(self.engine, single=True) as connection:
            settings = await self._read_chat_settings(connection, chat_id) or ChatSettings()
        return self._settings_cache.keep(chat_id, settings, generation)

    async def save_chat_settings(self, chat_id: int, settings: ChatSettings) -> None:
        """Save a chat's settings."""
        columns = _to_columns(settings)
        statement = insert_into(self.engine, chats).values(bot_id=self._bot_id, chat_id=chat_id, **columns)
        async with self._changing() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=list(chats.primary_key), set_=columns)
            )

    async def delete_chat(self, chat_id: int) -> None:
        """Delete all that the bot keeps about a chat."""
        async with self._changing() as connection:
            for table in (chats, moods, notes, paces, gathered):
                await connection.execute(delete(table).where(self._is_own(table, chat_id=chat_id)))

    async def move_chat(self, old: int, new: int) -> None:
        """Follow a group that became a supergroup. Telegram tells it twice: the second changes nothing."""
        async with self._changing() as connection:
            for table in (chats, moods):
                is_old = self._is_own(table, chat_id=old)
                is_moving = select(table.c.chat_id).where(is_old).exists()
                await connection.execute(delete(table).where(self._is_own(table, chat_id=new), is_moving))
                await connection.execute(update(table).where(is_old).values(chat_id=new))

    async def get_user_language(self, user_id: int) -> str | None:
        """Get the language that somebody chose, None where they chose none."""
        cached = self._language_cache.get(user_id)
        if cached is not None:
            return cached[0]
        generation = self._language_cache.generation
        async with connect(self.engine, single=True) as connection:
            language = await self._read_language(connection, user_id)
        return self._language_cache.keep(user_id, (language,), generation)[0]

    async def set_user_language(self, user_id: int, language: str | None) -> None:
        """Save the language that somebody chose; None follows what Telegram says again."""
        statement = insert_into(self.engine, users).values(
            bot_id=self._bot_id, user_id=user_id, language=language
        )
        async with self._changing() as connection:
            if language is None:
                await connection.execute(delete(users).where(self._is_own(users, user_id=user_id)))
                return
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(users.primary_key), set_={"language": language}
                )
            )

    async def add_mood(self, chat_id: int, when: datetime, happy: int, sad: int, unsure: int) -> None:
        """Count the faces of one answer."""
        hour = _to_hour(when)
        statement = insert_into(self.engine, moods).values(
            bot_id=self._bot_id, chat_id=chat_id, hour=hour, happy=happy, sad=sad, unsure=unsure
        )
        counted = {name: moods.c[name] + statement.excluded[name] for name in ("happy", "sad", "unsure")}
        async with connect(self.engine, single=True) as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=list(moods.primary_key), set_=counted)
            )

    async def forget_old_moods(self, now: datetime) -> None:
        """Delete what no question is about any more, of all chats and bots."""
        is_old = moods.c.hour < _to_hour(now - MOODS_ARE_KEPT)
        async with connect(self.engine, single=True) as connection:
            await connection.execute(delete(moods).where(is_old))

    async def moods_since(self, chat_id: int, since: datetime) -> list[MoodCount]:
        """List the counts of a chat by hour, oldest first, from the hour that holds `since`."""
        rows = (
            select(moods.c.hour, moods.c.happy, moods.c.sad, moods.c.unsure)
            .where(self._is_own(moods, chat_id=chat_id), moods.c.hour >= _to_hour(since))
            .order_by(moods.c.hour)
        )
        async with connect(self.engine) as connection:
            found = (await connection.execute(rows)).all()
        return [MoodCount(_from_hour(hour), happy, sad, unsure) for hour, happy, sad, unsure in found]

    async def user_data(self, user_id: int) -> dict[str, object]:
        """Collect all that the bot keeps about somebody, ready to be written as JSON."""
        waiting = select(func.count()).where(
            self._is_own(inbox, user_id=user_id), inbox.c.payload.is_not(None)
        )
        noted = select(func.count()).where(self._is_own(notes, chat_id=user_id))
        held = select(func.count()).where(self._is_own(gathered, user_id=user_id))
        refused = select(refusals.c.told_at).where(self._is_own(refusals, chat_id=user_id))
        async with connect(self.engine) as connection:
            language = await self._read_language(connection, user_id)
            # A private chat has the number of the person in it.
            settings = await self._read_chat_settings(connection, user_id)
            messages_waiting = await connection.scalar(waiting)
            refused_at = await connection.scalar(refused)
            notes_kept, answers_held = await connection.scalar(noted), await connection.scalar(held)
        moods_counted = [
            {**asdict(count), "hour": count.hour.isoformat()}
            for count in await self.moods_since(user_id, datetime.fromtimestamp(0, UTC))
        ]
        return {
            "user_id": user_id,
            "language": language,
            "private_chat_settings": asdict(settings) if settings else None,
            "private_chat_moods": moods_counted,
            "messages_waiting_for_an_answer": messages_waiting,
            "answers_held_until_a_busy_minute_is_over": answers_held,
            "notes_of_today_on_buttons_and_waiting": notes_kept,
            "told_that_not_admitted": refused_at is not None,
        }

    async def forget_user(self, user_id: int) -> None:
        """Delete what the bot keeps about somebody. Messages that wait are the inbox's business."""
        async with self._changing() as connection:
            await connection.execute(delete(users).where(self._is_own(users, user_id=user_id)))
            for table in (chats, moods, refusals, notes):
                await connection.execute(delete(table).where(self._is_own(table, chat_id=user_id)))
            await connection.execute(delete(gathered).where(self._is_own(gathered, user_id=user_id)))

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to write with, and forget what was read before."""
        try:
            async with connect(self.engine) as connection:
                yield connection
        finally:
            self._settings_cache.forget()
            self._language_cache.forget()

    async def _read_chat_settings(self, connection: AsyncConnection, chat_id: int) -> ChatSettings | None:
        statement = select(chats).where(self._is_own(chats, chat_id=chat_id))
        row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _from_columns(row)

    async def _read_language(self, connection: AsyncConnection, user_id: int) -> str | None:
        return await connection.scalar(select(users.c.language).where(self._is_own(users, user_id=user_id)))

    def _is_own(self, table: Table, **numbers: int) -> ColumnElement[bool]:
        """Select the bot's own rows of a chat or a person."""
        return and_(
            table.c.bot_id == self._bot_id, *(table.c[name] == number for name, number in numbers.items())
        )


def _to_columns(settings: ChatSettings) -> dict[str, Any]:
    """Name the values as the table does: WHEN is a word of SQL."""
    columns = asdict(settings)
    columns["answer_when"] = columns.pop("when")
    columns["answer_how"] = columns.pop("how")
    return columns


def _from_columns(row: Row[Any]) -> ChatSettings:
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it begins with an underscore
    del columns["bot_id"], columns["chat_id"]
    return ChatSettings(when=columns.pop("answer_when"), how=columns.pop("answer_how"), **columns)


def _to_hour(when: datetime) -> int:
    return int(when.timestamp()) // _HOUR_SECONDS


def _from_hour(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * _HOUR_SECONDS, UTC)
