"""What is kept for a time: gone when it is over, whether or not anybody writes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from bot.runtime.retention import delete_expired, delete_expired_daily
from bot.runtime.roles import end_task
from bot.storage.chat_records import ChatSettings
from bot.storage.engine import connect
from bot.storage.tables import chats, corrections, idempotency_keys, moods, refusals

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot

pytestmark = pytest.mark.asyncio(loop_scope="session")
LONG_AGO = datetime.now(UTC) - timedelta(days=9)


async def test_counts_of_a_silent_group_are_deleted_while_the_bot_runs(bot: RunningBot):
    storage = bot.services.storage
    await storage.moods.add(-5, LONG_AGO, 1, 2, 3)
    await storage.moods.add(-5, datetime.now(UTC), 1, 2, 3)
    assert len(await storage.moods.list_since(-5, LONG_AGO)) == 2

    retention = asyncio.create_task(delete_expired_daily(bot.services, seconds=0.01))
    async with asyncio.timeout(60):
        while len(await storage.moods.list_since(-5, LONG_AGO)) > 1:  # the retention task's to change
            await asyncio.sleep(0.02)
    await end_task(retention)


async def test_of_every_kind_what_has_expired_is_deleted_and_the_rest_is_kept(bot: RunningBot):
    """Given faces, counts, settings of groups that the bot left, keys, refusals: each by its own time."""
    storage, now = bot.services.storage, datetime.now(UTC)
    own = {"bot_id": bot.application.bot.id}
    for number, when in enumerate((LONG_AGO, now + timedelta(hours=1)), start=1):
        place, day = {**own, "chat_id": -number}, when.date().isoformat()
        await storage.preferences.save_chat_settings(-number, ChatSettings(when="every"))
        await storage.preferences.leave_chat(-number, when)
        await storage.moods.add(-number, when, 1, 2, 3)
        face = {"id": f"{number:032}", "user_id": number, "message_id": number, "label": "happy"}
        tomorrow = (when + timedelta(days=1)).date().isoformat()
        rows = {
            corrections: {**own, **face, "created": day, "expires": tomorrow},
            idempotency_keys: {**place, "what": "said hello", "update_id": 1, "noted_at": when.timestamp()},
            refusals: {**place, "told_at": (when - timedelta(days=29)).timestamp()},
        }
        async with connect(storage.engine) as connection:
            for table, row in rows.items():
                await connection.execute(insert(table).values(row))

    await delete_expired(bot.services)

    async with connect(storage.engine) as connection:
        kept = [
            (await connection.execute(select(column))).scalars().all()
            for column in (
                chats.c.chat_id,
                moods.c.chat_id,
                idempotency_keys.c.chat_id,
                corrections.c.user_id,
                refusals.c.chat_id,
            )
        ]
    assert kept == [[-2], [-2], [-2], [2], [-2]]
