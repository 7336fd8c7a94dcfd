"""Signs of life: when Telegram was last heard of, and whether the event loop keeps up."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import InvalidToken, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.transport.update_parser import trim_updates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from telegram import Bot

_LAG_PERIOD_SECONDS = 0.1
_LAG_SAMPLES = 100
# What python-telegram-bot, too, takes for a refused token.
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
_log = structlog.get_logger(__name__)


class Heartbeat:
    """Remembers when something last worked, by a clock that does not jump.

    Args:
        clock: Gives seconds.

    Attributes:
        refused: Set when Telegram refuses the token: it will not work again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = float("-inf")
        self.refused = asyncio.Event()

    def beat(self) -> None:
        """Note that it worked just now."""
        self._last = self._clock()

    @property
    def age(self) -> float:
        """Seconds since; infinite before the first time."""
        return self._clock() - self._last


class Heartbeats:
    """Those of several bots as one: as old as the oldest of the bots that still run."""

    def __init__(self, beats: Sequence[Heartbeat]) -> None:
        self._beats = beats

    @property
    def age(self) -> float:
        """Seconds since the bot that has been silent longest was heard of."""
        running = [beat for beat in self._beats if not beat.refused.is_set()]
        return max(beat.age for beat in running or self._beats)

    @property
    def refused(self) -> int:
        """How many bots Telegram has refused."""
        return sum(beat.refused.is_set() for beat in self._beats)


class BeatingRequest(HTTPXRequest):
    """A request object for polling: each call of getUpdates that Telegram answered is a beat.

    Polling can stall without an error; only the answers show that it lives. At a refused token
    python-telegram-bot ends polling without a word, so that is noted here, too.

    Args:
        heartbeat: What to beat.
        arguments: As for `HTTPXRequest`.
    """

    def __init__(self, heartbeat: Heartbeat, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._heartbeat = heartbeat

    async def do_request(self, url: str, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Make one request."""
        is_poll = url.endswith("/getUpdates")
        try:
            status, body = await super().do_request(url, *arguments, **options)
        except TimedOut:
            if is_poll:  # the one error of which polling tells nobody
                _log.warning("Telegram does not answer; trying again")
            raise
        if is_poll and status == HTTPStatus.OK:
            self._heartbeat.beat()
            return status, trim_updates(body)
        if is_poll and status in _REFUSED:
            self._heartbeat.refused.set()
        return status, body


async def watch_webhook(
    bot: Bot, heartbeat: Heartbeat, interval: float = 30.0, polls: Callable[[], bool] = lambda: False
) -> None:
    """Ask Telegram now and then about the webhook, until cancelled: silence may mean that nobody writes.

    Args:
        bot: The bot.
        heartbeat: What to beat.
        interval: Seconds between the questions.
        polls: Whether the bot polls at the moment, which shows by itself that Telegram is heard of.
    """
    while True:
        try:
            if not polls():
                await bot.get_webhook_info()
                heartbeat.beat()
        except InvalidToken:
            heartbeat.refused.set()
        except TelegramError as error:
            _log.warning("Telegram cannot be reached; trying again", error=type(error).__name__)
        await asyncio.sleep(interval)


class LoopLag:
    """Measures how late the event loop runs what is due.

    Args:
        observe: Called with each delay, in seconds.
    """

    def __init__(self, observe: Callable[[float], None] | None = None) -> None:
        self._observe = observe
        self._samples: deque[float] = deque(maxlen=_LAG_SAMPLES)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to measure."""
        self._task = asyncio.create_task(self._measure(), name="loop lag")

    async def stop(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def worst(self) -> float:
        """The longest delay of the last ten seconds, in seconds."""
        return max(self._samples, default=0.0)

    @property
    def p99(self) -> float:
        """What 99 of 100 delays of the last ten seconds did not exceed, in seconds."""
        ordered = sorted(self._samples)
        return ordered[int(0.99 * (len(ordered) - 1))] if ordered else 0.0

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_PERIOD_SECONDS
            await asyncio.sleep(_LAG_PERIOD_SECONDS)
            delay = max(0.0, loop.time() - due)
            self._samples.append(delay)
            if self._observe is not None:
                self._observe(delay)
