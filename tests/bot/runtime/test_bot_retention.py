"""What is kept for a time: gone when it is over, whether or not anybody writes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.runtime.retention import delete_expired_daily
from bot.runtime.roles import end_task

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
