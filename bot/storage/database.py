"""The database of one bot: opened, brought up to date and closed, with the stores that read and write it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import delete

from bot.storage.engine import DirectoryLock, build_engine, prepare_directory
from bot.storage.migrate import migrate
from bot.storage.moods import Moods
from bot.storage.personal_data import PersonalData
from bot.storage.preferences import CACHED, Preferences
from bot.storage.tables import corrections, is_own, metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


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
        self.preferences = Preferences(engine, bot_id, CACHED if lock else 0)
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
                await connection.execute(delete(table).where(is_own(table, self._bot_id)))

    async def close(self) -> None:
        """Close the database."""
        await self.engine.dispose()
        if self._lock is not None:
            self._lock.release()
