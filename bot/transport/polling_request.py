"""Requests that show whether Telegram can be reached: each answer is a heartbeat."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import InvalidToken, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.transport.update_parser import trim_updates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import Bot

    from bot.observability.heartbeat import Heartbeat

# The same statuses that python-telegram-bot treats as a refused token.
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
_log = structlog.get_logger(__name__)


class BeatingRequest(HTTPXRequest):
    """A request object for polling: each answer to getUpdates is a heartbeat.

    Polling can stall without an error; only the answers show that it lives. At a refused token
    python-telegram-bot ends polling without a word, so that is noted here, too.

    Args:
        heartbeat: What to beat.
        before_poll: Awaited before each poll, because a poll confirms the updates of the one before.
        arguments: As for `HTTPXRequest`.
    """

    def __init__(
        self, heartbeat: Heartbeat, before_poll: Callable[[], Awaitable[None]], **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self._heartbeat = heartbeat
        self._before_poll = before_poll

    async def do_request(self, url: str, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Make one request."""
        is_poll = url.endswith("/getUpdates")
        if is_poll:
            await self._before_poll()
        try:
            status, body = await super().do_request(url, *arguments, **options)
        except TimedOut:
            if is_poll:  # the only error that polling reports to nobody
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
    """Call getWebhookInfo at intervals until cancelled. Each answer is a heartbeat, even without messages.

    Args:
        bot: The bot.
        heartbeat: What to beat.
        interval: Seconds between two calls.
        polls: Whether the bot polls now; then no call is made, as polls are heartbeats themselves.
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
