"""Personal data: what is stored about one person, collected for /mydata and deleted for /forget."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from bot.storage.engine import connect
from bot.storage.tables import (
    answer_times,
    chats,
    gathered,
    idempotency_keys,
    inbox,
    is_own,
    moods,
    refusals,
    users,
)

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.storage.moods import Moods
    from bot.storage.preferences import Preferences


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
            is_own(inbox, self._bot_id, user_id=user_id), inbox.c.payload.is_not(None)
        )
        noted = select(func.count()).where(is_own(idempotency_keys, self._bot_id, chat_id=user_id))
        held = select(func.count()).where(is_own(gathered, self._bot_id, user_id=user_id))
        refused = select(refusals.c.told_at).where(is_own(refusals, self._bot_id, chat_id=user_id))
        async with connect(self._engine) as connection:
            language = await self._preferences.read_language(connection, user_id)
            # A private chat has the same identifier as its person.
            settings = await self._preferences.read_chat_settings(connection, user_id)
            messages_waiting = await connection.scalar(waiting)
            refused_at = await connection.scalar(refused)
            notes_kept = await connection.scalar(noted)
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
            "told_that_not_admitted": refused_at is not None,
        }

    async def forget(self, user_id: int) -> None:
        """Delete the bot's data about a person. The inbox deletes their waiting messages itself."""
        async with self._preferences.change() as connection:
            await connection.execute(delete(users).where(is_own(users, self._bot_id, user_id=user_id)))
            for table in (chats, moods, refusals, idempotency_keys, answer_times, gathered):
                await connection.execute(delete(table).where(is_own(table, self._bot_id, chat_id=user_id)))
            of_person = is_own(gathered, self._bot_id, user_id=user_id)
            await connection.execute(delete(gathered).where(of_person))
