"""Telegram's flood limits: when the next message may be sent, over all and to each chat.

A single process counts in memory. When several processes send for one bot, the database counts.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy import text

from bot.storage.engine import StorageError, connect

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_ALL_CHATS = 0
_Key = tuple[int, float, float]
"""A chat (or _ALL_CHATS), messages per second, and the burst: messages that may be sent at once."""
# Telegram's limits, with their sources in python-telegram-bot's wiki, "Avoiding flood limits": 30 messages a
# second over all, 20 a minute to a group, one a second to a chat but for short bursts.
_GROUP_PER_SECOND = 20 / 60
_PERSON_PER_SECOND = 1.0
_CHAT_BURST = 20.0
_log = structlog.get_logger(__name__)

# Each message moves the time at which the next is due by 1/rate; up to `burst` messages may run ahead of it.
# This is the generic cell rate algorithm, ITU-T I.371. The rows of a statement are locked in the order of
# their chats, so that two statements never wait for each other.
_TAKE = text(
    "INSERT INTO send_times AS t (bot_id, chat_id, due) "
    "SELECT :bot, chat, extract(epoch FROM statement_timestamp()) + seconds "
    "FROM unnest(CAST(:chats AS bigint[]), CAST(:seconds AS float8[])) AS wanted (chat, seconds) "
    "ORDER BY chat "
    "ON CONFLICT (bot_id, chat_id) DO UPDATE "
    "SET due = greatest(t.due, extract(epoch FROM statement_timestamp())) "
    "+ excluded.due - extract(epoch FROM statement_timestamp()) "
    "RETURNING chat_id, due - extract(epoch FROM statement_timestamp())"
)
# A send time in the past no longer limits anything; it only shows that the bot wrote to a chat.
_FORGET = text("DELETE FROM send_times WHERE due < extract(epoch FROM statement_timestamp()) - 60")
_FORGET_SECONDS = 600.0
_REMEMBERED = 10_000


async def delete_past_send_times(engine: AsyncEngine) -> None:
    """Delete the rows of send times that are past. SQLite has none.

    Raises:
        StorageError: The database cannot be reached.
    """
    if engine.dialect.name == "postgresql":
        async with connect(engine, autocommit=True) as connection:
            await connection.execute(_FORGET)


class RateLimiter(Protocol):
    """Hands out times to send at."""

    async def wait(self, chat_id: object) -> None:
        """Wait until a message may be sent."""


class LocalRateLimiter:
    """Hands out times to send at in one process.

    Args:
        per_second: Messages a second over all chats.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = float(per_second)
        self._due: dict[int, float] = {}  # by chat, in the event loop's time

    async def wait(self, chat_id: object) -> None:
        """Wait until a message may be sent."""
        now = asyncio.get_running_loop().time()
        if len(self._due) >= _REMEMBERED:
            self._due = {chat: due for chat, due in self._due.items() if due > now}
        seconds = 0.0
        for chat, rate, burst in _list_keys(chat_id, self._per_second):
            self._due[chat] = max(self._due.get(chat, now), now) + 1 / rate
            seconds = max(seconds, self._due[chat] - now - burst / rate)
        await asyncio.sleep(seconds)


class SharedRateLimiter:
    """Hands out send times for all processes. Calls that arrive during a statement share the next statement.

    No process reserves send times in advance: unused ones would be missing in the others. Under load many
    messages share one statement, so there are fewer round trips than messages.

    Args:
        engine: The database that all processes share.
        bot_id: The bot that sends.
        per_second: Messages a second over all chats.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, per_second: float) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._per_second = float(per_second)
        self._asking: list[tuple[tuple[_Key, ...], asyncio.Future[float]]] = []
        self._taking: asyncio.Task[None] | None = None
        self._forgot_at = float("-inf")

    async def wait(self, chat_id: object) -> None:
        """Wait until a message may be sent; without the database send at once: Telegram limits, too."""
        keys = _list_keys(chat_id, self._per_second)
        seconds = asyncio.get_running_loop().create_future()
        self._asking.append((keys, seconds))
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_all(), name="send times")
        await asyncio.sleep(await seconds)

    async def _take_all(self) -> None:
        """Give each waiting call its time, in the order in which they asked."""
        while self._asking:
            asking, self._asking = self._asking, []
            try:
                waits = await self._take([keys for keys, _ in asking])
            except StorageError as error:
                _log.warning("send times cannot be shared", reason=str(error))
                waits = [0.0] * len(asking)
            for (_, seconds), wait in zip(asking, waits, strict=True):
                if not seconds.done():
                    seconds.set_result(wait)

    async def _take(self, asking: list[tuple[_Key, ...]]) -> list[float]:
        """Take a time for each message, and return how many seconds each has to wait."""
        counts = Counter(key for keys in asking for key in keys)
        chats = [chat for chat, _, _ in counts]
        seconds = [count / rate for (_, rate, _), count in counts.items()]
        values = {"bot": self._bot_id, "chats": chats, "seconds": seconds}
        async with connect(self._engine, autocommit=True) as connection:
            due = {chat: float(last) for chat, last in (await connection.execute(_TAKE, values)).all()}
            if time.monotonic() - self._forgot_at > _FORGET_SECONDS:
                self._forgot_at = time.monotonic()
                await connection.execute(_FORGET)
        waits = []
        for keys in asking:
            wait = 0.0
            for key in keys:
                chat, rate, burst = key
                counts[key] -= 1  # the number of messages after this one
                wait = max(wait, due[chat] - (counts[key] + burst) / rate)
            waits.append(wait)
        return waits


def _list_keys(chat_id: object, per_second: float) -> tuple[_Key, ...]:
    """List the limits that a message counts for."""
    over_all = (_ALL_CHATS, per_second, per_second)
    if not isinstance(chat_id, int):
        return (over_all,)
    # Groups and channels have negative numbers.
    rate = _GROUP_PER_SECOND if chat_id < 0 else _PERSON_PER_SECOND
    return over_all, (chat_id, rate, _CHAT_BURST)
