"""The faces that people gave: a sealed file and a row for each, both or neither."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import and_, delete, func, insert, select

from bot.feedback.face_files import FaceFiles
from bot.storage.engine import StorageError, connect
from bot.storage.tables import corrections

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncEngine

FILE_SUFFIX = ".face"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Correction:
    """A face that somebody gave.

    Attributes:
        id: Of the file and the row; random.
        user_id: Who gave it.
        message_id: Of the question that they answered with yes.
        label: What they said the expression is.
        created: When, as an ISO date in UTC.
        expires: When it is deleted at the latest, as an ISO date in UTC.
    """

    id: str
    user_id: int
    message_id: int
    label: str
    created: str
    expires: str

    @property
    def file_name(self) -> str:
        """Name the file that holds the face."""
        return f"{self.id}{FILE_SUFFIX}"


def today_in_utc() -> dt.date:
    """Return today's date in UTC, which all dates of corrections use."""
    return dt.datetime.now(dt.UTC).date()


@dataclass(frozen=True, slots=True)
class FaceChanges:
    """State that the stores of all bots of a process share: one change at a time, and /forget counts for all.

    Attributes:
        lock: Held while files and rows change.
        forgotten: How often each person has had all forgotten.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    forgotten: Counter[int] = field(default_factory=Counter)


class CorrectionStore:
    """The sealed files and their rows; every method may raise `StorageError`.

    The file is written before the row and deleted before it. A crash can leave one without the other:
    `repair` removes such halves at the next start.

    Args:
        engine: The bot's database.
        folder: Where the files are.
        today: Gives the day in UTC.
        bot_id: Whose questions they answer: the messages of different bots have the same numbers.
        changes: Shared with the stores of other bots.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        folder: Path,
        today: Callable[[], dt.date] = today_in_utc,
        bot_id: int = 0,
        changes: FaceChanges | None = None,
    ) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._files = FaceFiles(folder)
        self._today = today
        self._changes = changes or FaceChanges()

    async def repair(self) -> None:
        """Remove halves of pairs, and what has expired."""
        async with self._changes.lock:
            names = await self._files.names()
            given = {correction.file_name: correction for correction in await self._select()}
            for name in names - given.keys():
                await self._files.remove(name)
            for name in given.keys() - names:
                await self._delete_row(given[name])
        halves = len(names ^ given.keys())
        if halves:
            _log.warning("halves of kept faces removed", count=halves)
        await self.purge()

    async def begin(self, user_id: int, message_id: int) -> int:  # noqa: ARG002 - several hosts need to know
        """Begin to keep a face. Returns how often its owner has used /forget so far; `keep` compares it."""
        return self._changes.forgotten[user_id]

    async def keep(self, correction: Correction, sealed: bytes, generation: int) -> bool:
        """Keep a face; False when its owner has had all forgotten since `begin`."""
        async with self._changes.lock:
            if self._changes.forgotten[correction.user_id] != generation:
                return False
            await self._files.write(correction.file_name, sealed)
            try:
                async with connect(self._engine) as connection:
                    values = {**asdict(correction), "bot_id": self._bot_id}
                    await connection.execute(insert(corrections).values(**values))
            except StorageError:
                await self._files.remove(correction.file_name)
                raise
        return True

    async def find(self, user_id: int, message_id: int) -> Correction | None:
        """Find the face that was given in answer to a question."""
        of_question = and_(
            corrections.c.bot_id == self._bot_id,
            corrections.c.user_id == user_id,
            corrections.c.message_id == message_id,
        )
        return next(iter(await self._select(of_question)), None)

    async def list_of(self, user_id: int) -> list[Correction]:
        """List what somebody gave, oldest first."""
        return await self._select(corrections.c.user_id == user_id)

    async def count_of(self, user_id: int) -> int:
        """Count what somebody gave."""
        counted = select(func.count()).where(corrections.c.user_id == user_id)
        async with connect(self._engine) as connection:
            return await connection.scalar(counted) or 0

    async def read(self, correction: Correction) -> bytes | None:
        """Read a sealed face; None when its file is gone."""
        return await self._files.read(correction.file_name)

    async def remove(self, correction: Correction) -> None:
        """Delete one face."""
        async with self._changes.lock:
            await self._remove([correction])

    async def forget(self, user_id: int) -> int:
        """Delete all that somebody gave, also what is about to be kept; give the number."""
        self._changes.forgotten[user_id] += 1
        async with self._changes.lock:
            given = await self.list_of(user_id)
            await self._remove(given)
        return len(given)

    async def purge(self) -> None:
        """Delete what has expired."""
        async with self._changes.lock:
            expired = await self._select(corrections.c.expires <= self._today().isoformat())
            await self._remove(expired)
        if expired:
            _log.info("expired faces deleted", count=len(expired))

    async def _select(self, condition: ColumnElement[bool] | None = None) -> list[Correction]:
        columns = [corrections.c[column.name] for column in fields(Correction)]
        rows = select(*columns).order_by(corrections.c.created, corrections.c.message_id)
        async with connect(self._engine) as connection:
            found = await connection.execute(rows if condition is None else rows.where(condition))
            return [Correction(**row) for row in found.mappings()]

    async def _remove(self, given: list[Correction]) -> None:
        for correction in given:
            await self._files.remove(correction.file_name)
            await self._delete_row(correction)

    async def _delete_row(self, correction: Correction) -> None:
        async with connect(self._engine) as connection:
            await connection.execute(delete(corrections).where(corrections.c.id == correction.id))
