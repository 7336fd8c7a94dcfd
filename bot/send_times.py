"""Telegram's flood limits where several processes send for one bot: the database hands out the times."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from bot.database import StorageError, connect

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_ALL_CHATS = 0
# Telegram's limits, with their sources in python-telegram-bot's wiki, "Avoiding flood limits": 30 messages a
# second over all, 20 a minute to a group.
_GROUP_PER_SECOND = 20 / 60
_GROUP_BURST = 20
_log = structlog.get_logger(__name__)

# Each message moves the time at which the next is due by 1/rate; up to `burst` messages may run ahead of it.
# This is the generic cell rate algorithm, ITU-T I.371. One statement: rows are locked one after the other.
_TAKE = text(
    "INSERT INTO send_times AS t (bot_id, chat_id, due) "
    "VALUES (:bot, :chat, extract(epoch from clock_timestamp()) + 1 / :rate) "
    "ON CONFLICT (bot_id, chat_id) DO UPDATE "
    "SET due = greatest(t.due, extract(epoch from clock_timestamp())) + 1 / :rate "
    "RETURNING due - :burst / :rate - extract(epoch from clock_timestamp())"
)


class SendTimes:
    """Hands out times to send at.

    Args:
        engine: The database that all processes share.
        bot_id: For which bot.
        per_second: Messages a second over all chats.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, per_second: float) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._per_second = float(per_second)

    async def wait(self, chat_id: object) -> None:
        """Wait until a message may be sent; not at all without the database: Telegram refuses for itself."""
        try:
            seconds = await self._take(_ALL_CHATS, self._per_second, self._per_second)
            if isinstance(chat_id, int) and chat_id < 0:  # groups and channels have negative numbers
                seconds = max(seconds, await self._take(chat_id, _GROUP_PER_SECOND, _GROUP_BURST))
        except StorageError as error:
            _log.warning("send times cannot be shared", reason=str(error))
            return
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _take(self, chat_id: int, rate: float, burst: float) -> float:
        values = {"bot": self._bot_id, "chat": chat_id, "rate": rate, "burst": float(burst)}
        async with connect(self._engine, single=True) as connection:
            return float((await connection.execute(_TAKE, values)).scalar_one())
