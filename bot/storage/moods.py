"""Moods: how the faces of a group looked, counted by the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from bot.storage.chat_records import MoodCount
from bot.storage.engine import connect, insert_into
from bot.storage.tables import is_own, moods

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

MOODS_ARE_KEPT = timedelta(days=8)  # the longest question is about a week
_HOUR_SECONDS = 3_600


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
            .where(is_own(moods, self._bot_id, chat_id=chat_id), moods.c.hour >= _to_hour(since))
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


def _to_hour(when: datetime) -> int:
    return int(when.timestamp()) // _HOUR_SECONDS


def _from_hour(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * _HOUR_SECONDS, UTC)
