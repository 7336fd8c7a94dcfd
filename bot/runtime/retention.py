"""Delete expired rows once a day, even when no updates arrive."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from bot.storage.engine import StorageError, truncate_wal
from bot.transport.flood_limits import delete_past_send_times

if TYPE_CHECKING:
    from bot.context import Services

_DAY_SECONDS = 86_400.0
_log = structlog.get_logger(__name__)


async def delete_expired(services: Services) -> None:
    """Delete expired rows: faces, moods, settings of groups that the bot left, notices, button presses.

    Afterwards no file of the database holds anything that was deleted since the last time, such as messages.

    Raises:
        StorageError: Not all of it was deleted.
    """
    await services.corrections.store.purge()
    now = datetime.now(UTC)
    await services.storage.moods.delete_expired(now)
    await services.storage.preferences.forget_left_chats(now)
    await services.access_notices.delete_expired()
    await services.idempotency_keys.delete_expired()
    await delete_past_send_times(services.storage.engine)
    await truncate_wal(services.storage.engine)


async def delete_expired_daily(services: Services, seconds: float = _DAY_SECONDS) -> None:
    """Call `delete_expired` once a day, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await delete_expired(services)
        except StorageError as error:
            _log.error("what is past its time is not deleted; trying again", reason=str(error))
