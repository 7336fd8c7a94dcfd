"""How calls reach Telegram: within its flood limits, and again until they arrive."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import warnings
from typing import TYPE_CHECKING, Any

from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.inbox.base import check_lease
from bot.transport.reachability import has_wrong_scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.transport.shared_rate_limiter import RateLimiter

JSONAnswer = bool | dict[str, Any] | list[dict[str, Any]]

# Flood limits hold for what appears in a chat; a question or a chat action must not wait behind them.
_MESSAGES = frozenset(
    {"sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "editMessageText", "answerGuestQuery"}
)
# Shown for a moment or sent for convenience: not worth a second attempt.
_FLEETING = frozenset({"sendChatAction", "answerCallbackQuery"})
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_MAX_FLOOD_WAITS = 20
_FLOOD_MARGIN_SECONDS = 0.1
_logger = logging.getLogger(__name__)


class RetryingRateLimiter(BaseRateLimiter[int]):
    """Sends within Telegram's limits, and outlasts floods, failures of the network and moved groups.

    What Telegram refuses for one chat pauses that chat alone.

    Args:
        limiter: Hands out times to send at, by chat.
        retry_seconds: How long one call is tried again after network failures before it is given up.
    """

    def __init__(self, limiter: RateLimiter, retry_seconds: float) -> None:
        self._limiter = limiter
        self._retry_seconds = retry_seconds
        self._refused_until: dict[object, float] = {}  # by chat, in the event loop's time

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to end."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, JSONAnswer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,  # noqa: ARG002 - python-telegram-bot's, and never given
    ) -> JSONAnswer:
        """Make one call, as often as it takes."""
        if endpoint in _FLEETING:
            return await callback(*args, **kwargs)

        async def call() -> JSONAnswer:
            return await self._call_within_limits(lambda: callback(*args, **kwargs), endpoint, data)

        try:
            return await self._call_with_retries(call, endpoint)
        except ChatMigrated as error:
            data["chat_id"] = error.new_chat_id
            return await self._call_with_retries(call, endpoint)

    async def _call_within_limits(
        self, call: Callable[[], Coroutine[Any, Any, JSONAnswer]], endpoint: str, data: dict[str, Any]
    ) -> JSONAnswer:
        """Make a call at its time, and again when Telegram says that it came too soon."""
        chat_id = data.get("chat_id", data.get("guest_query_id"))
        flood_waits_left = _MAX_FLOOD_WAITS
        while True:
            if endpoint in _MESSAGES:
                await self._wait_while_refused(chat_id)
                await self._limiter.wait(chat_id)
                check_lease()
            try:
                return await call()
            except RetryAfter as error:
                if not flood_waits_left:
                    raise
                flood_waits_left -= 1
                await self._note_refusal(chat_id, error)

    async def _wait_while_refused(self, chat_id: object) -> None:
        clock = asyncio.get_running_loop().time
        while (seconds := self._refused_until.get(chat_id, 0.0) - clock()) > 0:  # noqa: ASYNC110 - a time
            await asyncio.sleep(seconds)

    async def _note_refusal(self, chat_id: object, error: RetryAfter) -> None:
        clock = asyncio.get_running_loop().time
        seconds = _read_seconds(error) + _FLOOD_MARGIN_SECONDS
        _logger.warning("Telegram asks to wait %.1f s before the next message to a chat", seconds)
        now = clock()
        self._refused_until = {chat: until for chat, until in self._refused_until.items() if until > now}
        self._refused_until[chat_id] = max(self._refused_until.get(chat_id, 0.0), now + seconds)
        await self._wait_while_refused(chat_id)

    async def _call_with_retries(
        self, call: Callable[[], Coroutine[Any, Any, JSONAnswer]], endpoint: str
    ) -> JSONAnswer:
        """Repeat a call while the network, rather than Telegram, refuses it."""
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + self._retry_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await call()
            except TelegramError as error:
                if not is_worth_repeating(error) or clock() + pause > give_up_at:
                    raise
                _logger.warning("%s failed (%s); again in %.1f s", endpoint, type(error).__name__, pause)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)


def _read_seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():  # python-telegram-bot is to give a timedelta one day
        warnings.simplefilter("ignore")
        seconds = error.retry_after
    return seconds.total_seconds() if isinstance(seconds, dt.timedelta) else float(seconds)


def is_worth_repeating(error: TelegramError) -> bool:
    """Whether the same call can succeed later."""
    if isinstance(error, BadRequest) or has_wrong_scheme(error):
        return False
    # A reply that is not JSON comes as a plain TelegramError: some proxy or failing server answered.
    return isinstance(error, (NetworkError, RetryAfter)) or type(error) is TelegramError
