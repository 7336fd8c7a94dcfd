"""Delete expired rows once a day, even when no updates arrive."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from bot.storage.engine import StorageError, truncate_wal
from bot.transport.shared_rate_limiter import forget_send_times

if TYPE_CHECKING:
    from bot.context import Services

_DAY_SECONDS = 86_400.0
_log = structlog.get_logger(__name__)


async def forget_old(services: Services) -> None:
    """Delete what is past its time: faces, moods, settings of groups it left, notices, presses.

    What was deleted since the last time is then in no file any more, also the messages that were answered.

    Raises:
        StorageError: Not all of it was deleted.
    """
    await services.corrections.store.purge()
    now = datetime.now(UTC)
    await services.storage.moods.forget_old(now)
    await services.storage.preferences.forget_left_chats(now)
    await services.access_list.notices.forget_old()
    await services.idempotency_keys.forget_old()
    await forget_send_times(services.storage.engine)
    await truncate_wal(services.storage.engine)


async def forget_daily(services: Services, seconds: float = _DAY_SECONDS) -> None:
    """Repeat it until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await forget_old(services)
        except StorageError as error:
            _log.error("what is past its time is not deleted; trying again", reason=str(error))
