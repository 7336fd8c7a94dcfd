"""Send calls to Telegram within its flood limits, and repeat them until they arrive."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import warnings
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.inbox.base import check_lease
from bot.transport.failure_causes import describe_failure, has_wrong_scheme
from bot.transport.retry_policy import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from bot.config.settings import Settings
    from bot.transport.flood_limits import RateLimiter

JSONAnswer = bool | dict[str, Any] | list[dict[str, Any]]

# Flood limits count messages in a chat. Other calls, such as chat actions, must not wait for their turn.
_MESSAGES = frozenset(
    {"sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "editMessageText", "answerGuestQuery"}
)
# Calls whose effect is short or unimportant: not worth a second attempt.
_FLEETING = frozenset({"sendChatAction", "answerCallbackQuery"})
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_MAX_FLOOD_WAITS = 20
_FLOOD_MARGIN_SECONDS = 0.1
_UNTIL_REACHED = RetryPolicy(first_pause=5.0, longest_pause=5.0)
_logger = logging.getLogger(__name__)
_log = structlog.get_logger(__name__)


class RetryingRateLimiter(BaseRateLimiter[int]):
    """Sends within Telegram's limits; handles flood errors, network failures and moved groups.

    When Telegram refuses a message because of a chat's limit, only this chat is paused.

    Args:
        limiter: Says when a message to a chat may be sent.
        retry_seconds: How long a call is repeated after network failures.
    """

    def __init__(self, limiter: RateLimiter, retry_seconds: float) -> None:
        self._limiter = limiter
        self._retries = RetryPolicy(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, seconds=retry_seconds)
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
        """Make one call, and repeat it until it succeeds or the retry window is over."""
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
        """Wait for the call's turn, make it, and repeat it if Telegram says that it came too soon."""
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
        """Repeat a call as long as it fails because of the network."""

        def report(error: Exception, pause: float) -> None:
            _logger.warning("%s failed (%s); again in %.1f s", endpoint, type(error).__name__, pause)

        return await self._retries.call(call, is_worth_repeating, report)


def _read_seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():  # python-telegram-bot is to give a timedelta one day
        warnings.simplefilter("ignore")
        seconds = error.retry_after
    return seconds.total_seconds() if isinstance(seconds, dt.timedelta) else float(seconds)


async def repeat_until_reached(call: Callable[[], Awaitable[None]], settings: Settings) -> None:
    """Make a call of the start as often as it takes to reach Telegram, and tell the host why it fails.

    Raises:
        TelegramError: The failure is permanent.
    """

    def report(error: Exception, _pause: float) -> None:
        failure = describe_failure(error, settings)
        _log.warning("Telegram cannot be reached; trying again", error=type(error).__name__, **failure)

    await _UNTIL_REACHED.call(call, is_worth_repeating, report)


def is_worth_repeating(error: Exception) -> bool:
    """Whether the same call to Telegram can succeed later."""
    if not isinstance(error, TelegramError) or isinstance(error, BadRequest) or has_wrong_scheme(error):
        return False
    # A reply that is not JSON comes as a plain TelegramError: some proxy or failing server answered.
    return isinstance(error, (NetworkError, RetryAfter)) or type(error) is TelegramError
