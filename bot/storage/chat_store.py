"""Stores for the settings of chats, the languages of people, the moods of groups, and one person's data."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import ColumnElement, Row, Table, and_, delete, func, select, update

from bot.storage.cache import Cache
from bot.storage.chat_records import ChatSettings, MoodCount
from bot.storage.engine import (
    DirectoryLock,
    StorageError,
    build_engine,
    connect,
    insert_into,
    prepare_directory,
)
from bot.storage.migrate import migrate
from bot.storage.tables import (
    TOLD_NOT_ADMITTED,
    answer_times,
    chats,
    corrections,
    gathered,
    idempotency_keys,
    inbox,
    metadata,
    moods,
    users,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["ChatSettings", "MoodCount", "Moods", "PersonalData", "Preferences", "Storage", "StorageError"]

LEFT_IS_KEPT = timedelta(days=7)
"""How long a group's settings are kept after the bot was removed: people may add it again soon."""
MOODS_ARE_KEPT = timedelta(days=8)  # the longest question is about a week
_HOUR_SECONDS = 3_600
_CACHED = 2_000


class Storage:
    """The database of one bot. Make one with `Storage.open`. Every method may raise `StorageError`.

    Attributes:
        engine: The database, also for the inbox.
        preferences: How chats and people want to be answered.
        moods: How faces looked in groups.
        personal_data: What is kept about one person.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, lock: DirectoryLock | None = None) -> None:
        self.engine = engine
        self._bot_id = bot_id
        self._lock = lock
        # Without the lock others may write to the same database.
        self.preferences = Preferences(engine, bot_id, _CACHED if lock else 0)
        self.moods = Moods(engine, bot_id)
        self.personal_data = PersonalData(engine, bot_id, self.preferences, self.moods)

    @classmethod
    async def open(cls, target: Path | str, bot_id: int = 0) -> Self:
        """Open the database and bring its tables up to date.

        Args:
            target: A directory, for an SQLite database in it; or a database URL.
            bot_id: The bot whose rows are used; 0 for none.

        Raises:
            StorageError: It cannot be used.
        """
        url, lock = prepare_directory(target) if isinstance(target, Path) else (target, None)
        storage = cls(build_engine(url), bot_id, lock)
        try:
            await migrate(storage.engine)
        except BaseException:
            await storage.close()
            raise
        return storage

    def for_bot(self, bot_id: int) -> Self:
        """Return another bot's storage in the same database. Only the one that was opened is closed."""
        return type(self)(self.engine, bot_id, self._lock)

    async def forget_bot(self) -> None:
        """Delete all rows of this bot but the faces that people gave for training."""
        own = [
            table for table in metadata.tables.values() if "bot_id" in table.c and table is not corrections
        ]
        async with self.preferences.change() as connection:
            for table in own:
                await connection.execute(delete(table).where(_is_own(table, self._bot_id)))

    async def close(self) -> None:
        """Close the database."""
        await self.engine.dispose()
        if self._lock is not None:
            self._lock.release()


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
                cache.capacity = _CACHED

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
                is_old = _is_own(table, self._bot_id, chat_id=old)
                is_moving = select(table.c.chat_id).where(is_old).exists()
                is_new = _is_own(table, self._bot_id, chat_id=new)
                await connection.execute(delete(table).where(is_new, is_moving))
                await connection.execute(update(table).where(is_old).values(chat_id=new))
            # Telegram may report first that the bot has left the old group, so left_at may be set already.
            is_here = _is_own(chats, self._bot_id, chat_id=new)
            await connection.execute(update(chats).where(is_here).values(left_at=None))

    async def leave_chat(self, chat_id: int, now: datetime) -> None:
        """Delete the rows of a chat that the bot left, but keep its settings for a while."""
        is_chat = _is_own(chats, self._bot_id, chat_id=chat_id)
        async with self.change() as connection:
            await connection.execute(update(chats).where(is_chat).values(left_at=now.timestamp()))
            for table in (idempotency_keys, answer_times, gathered):
                await connection.execute(delete(table).where(_is_own(table, self._bot_id, chat_id=chat_id)))

    async def return_to_chat(self, chat_id: int, now: datetime) -> ChatSettings | None:
        """Restore a chat's settings from before the bot left; None when none were kept."""
        await self.forget_left_chats(now)
        is_left = and_(_is_own(chats, self._bot_id, chat_id=chat_id), chats.c.left_at.is_not(None))
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
                await connection.execute(delete(users).where(_is_own(users, self._bot_id, user_id=user_id)))
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
        statement = select(chats).where(_is_own(chats, self._bot_id, chat_id=chat_id))
        row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _from_columns(row)

    async def read_language(self, connection: AsyncConnection, user_id: int) -> str | None:
        """Read the language that somebody chose from the database."""
        statement = select(users.c.language).where(_is_own(users, self._bot_id, user_id=user_id))
        return await connection.scalar(statement)


class Moods:
    """How the faces in a bot's groups looked, hour by hour. Every method may raise `StorageError`."""

    def __init__(self, engine: AsyncEngine, bot_id: int) -> None:
        self._engine = engine
        self._bot_id = bot_id

    async def add(self, chat_id: int, when: datetime, happy: int, sad: int, unsure: int) -> None:
        """Count the faces of one answer."""
        hour = _to_hour(when)
        statement = insert_into(self._engine, moods).values(
            bot_id=self._bot_id, chat_id=chat_id, hour=hour, happy=happy, sad=sad, unsure=unsure
        )
        counted = {name: moods.c[name] + statement.excluded[name] for name in ("happy", "sad", "unsure")}
        async with connect(self._engine, autocommit=True) as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=list(moods.primary_key), set_=counted)
            )

    async def list_since(self, chat_id: int, since: datetime) -> list[MoodCount]:
        """List the counts of a chat by hour, oldest first, from the hour that holds `since`."""
        rows = (
            select(moods.c.hour, moods.c.happy, moods.c.sad, moods.c.unsure)
            .where(_is_own(moods, self._bot_id, chat_id=chat_id), moods.c.hour >= _to_hour(since))
            .order_by(moods.c.hour)
        )
        async with connect(self._engine) as connection:
            found = (await connection.execute(rows)).all()
        return [MoodCount(_from_hour(hour), happy, sad, unsure) for hour, happy, sad, unsure in found]

    async def delete_expired(self, now: datetime) -> None:
        """Delete counts that are older than any question asks for, of all chats and bots."""
        is_old = moods.c.hour < _to_hour(now - MOODS_ARE_KEPT)
        async with connect(self._engine, autocommit=True) as connection:
            await connection.execute(delete(moods).where(is_old))


class PersonalData:
    """What a bot keeps about one person, to show and to delete. Every method may raise `StorageError`."""

    def __init__(self, engine: AsyncEngine, bot_id: int, preferences: Preferences, moods: Moods) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._preferences = preferences
        self._moods = moods

    async def collect(self, user_id: int) -> dict[str, object]:
        """Collect all that the bot keeps about somebody, ready to be written as JSON."""
        waiting = select(func.count()).where(
            _is_own(inbox, self._bot_id, user_id=user_id), inbox.c.payload.is_not(None)
        )
        is_refusal = idempotency_keys.c.what == TOLD_NOT_ADMITTED
        of_chat = select(func.count()).where(_is_own(idempotency_keys, self._bot_id, chat_id=user_id))
        held = select(func.count()).where(_is_own(gathered, self._bot_id, user_id=user_id))
        async with connect(self._engine) as connection:
            language = await self._preferences.read_language(connection, user_id)
            # A private chat has the same identifier as its person.
            settings = await self._preferences.read_chat_settings(connection, user_id)
            messages_waiting = await connection.scalar(waiting)
            refused = await connection.scalar(of_chat.where(is_refusal))
            notes_kept = await connection.scalar(of_chat.where(~is_refusal))
            answers_held = await connection.scalar(held)
        moods_counted = [
            {**asdict(count), "hour": count.hour.isoformat()}
            for count in await self._moods.list_since(user_id, datetime.fromtimestamp(0, UTC))
        ]
        return {
            "user_id": user_id,
            "language": language,
            "private_chat_settings": asdict(settings) if settings else None,
            "private_chat_moods": moods_counted,
            "messages_waiting_for_an_answer": messages_waiting,
            "answers_held_until_a_busy_minute_is_over": answers_held,
            "notes_of_today_on_buttons_and_waiting": notes_kept,
            "told_that_not_admitted": bool(refused),
        }

    async def forget(self, user_id: int) -> None:
        """Delete the bot's data about a person. The inbox deletes their waiting messages itself."""
        async with self._preferences.change() as connection:
            await connection.execute(delete(users).where(_is_own(users, self._bot_id, user_id=user_id)))
            for table in (chats, moods, idempotency_keys, answer_times, gathered):
                await connection.execute(delete(table).where(_is_own(table, self._bot_id, chat_id=user_id)))
            of_person = _is_own(gathered, self._bot_id, user_id=user_id)
            await connection.execute(delete(gathered).where(of_person))


def _is_own(table: Table, bot_id: int, **numbers: int) -> ColumnElement[bool]:
    """Select a bot's own rows of a chat or a person."""
    return and_(table.c.bot_id == bot_id, *(table.c[name] == number for name, number in numbers.items()))


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


def _to_hour(when: datetime) -> int:
    return int(when.timestamp()) // _HOUR_SECONDS


def _from_hour(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * _HOUR_SECONDS, UTC)
