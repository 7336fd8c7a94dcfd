"""Leader lock: one of several processes polls for a bot; when it ends, another one takes over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# Spells "poll": the first key of the lock; the second is the bot.
_LOCK = 0x706F6C6C
_TRY_SECONDS = 1.0
# After a failure, wait longer: a process that lost the lock at the same moment must first notice it and stop.
_TRY_AGAIN_SECONDS = 3.0
# The holder checks its connection every `_CHECK_SECONDS`, and gives up after `_ANSWER_SECONDS` without an
# answer. The server ends a dead connection only after `_SERVER_SECONDS`. So the holder stops polling before
# the server can give the lock to another process.
_CHECK_SECONDS = 2.0
_ANSWER_SECONDS = 5.0
_SERVER_SECONDS = 20
_log = structlog.get_logger(__name__)


class LeaderLock:
    """Polls while this process holds the bot's lock in PostgreSQL.

    Args:
        url: The database, `postgresql://`.
        bot_id: The bot to poll for.
        start: Starts polling.
        stop: Stops polling.
    """

    def __init__(
        self, url: str, bot_id: int, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]
    ) -> None:
        self._url = url
        # An advisory lock has two 32-bit keys, so only the lower bits of the bot's id fit. Two bots with the
        # same lower bits are very unlikely; one of them would only wait.
        self._bot_key = bot_id % 2**31
        self._start = start
        self._stop = stop

    async def run(self) -> None:
        """Wait for the lock, and poll while it is held. Repeat until cancelled."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    application_name="bot leader lock",
                    connect_timeout=int(_ANSWER_SECONDS),
                ) as connection:
                    await self._hold(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                _log.warning("the leader lock cannot be held; trying again", error=type(error).__name__)
            await asyncio.sleep(_TRY_AGAIN_SECONDS)

    async def _hold(self, connection: psycopg.AsyncConnection[tuple[bool]]) -> None:
        """Wait for the lock, then poll until the connection fails."""
        await connection.execute(f"SET tcp_user_timeout = {_SERVER_SECONDS * 1_000}".encode())
        await connection.execute(f"SET tcp_keepalives_idle = {_SERVER_SECONDS // 2}".encode())
        await connection.execute(f"SET tcp_keepalives_interval = {_SERVER_SECONDS // 4}".encode())
        if not await self._try(connection):
            _log.info("another process polls for this bot; standing by")
            while not await self._try(connection):  # noqa: ASYNC110 - another process holds it
                await asyncio.sleep(_TRY_SECONDS)
        _log.info("this process polls for the bot")
        try:
            await self._start()
            while True:
                # Nobody sends notifications here. But when the connection ends, for example because the
                # database restarts, this wait ends at once, before another process can get the lock.
                async for _ in connection.notifies(timeout=_CHECK_SECONDS):
                    pass
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await connection.execute(b"SELECT 1")
        finally:
            await self._stop()

    async def _try(self, connection: psycopg.AsyncConnection[tuple[bool]]) -> bool:
        async with asyncio.timeout(_ANSWER_SECONDS):
            found = await connection.execute(
                f"SELECT pg_try_advisory_lock({_LOCK}, {self._bot_key})".encode()
            )
            row = await found.fetchone()
        return bool(row and row[0])
