"""How calls reach Telegram: within its flood limits, and again until they arrive."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter

from bot.transport.reachability import has_wrong_scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.transport.shared_rate_limiter import SendTimes

JSONAnswer = bool | dict[str, Any] | list[dict[str, Any]]

# Flood limits hold for what appears in a chat; a question or a chat action must not wait behind them.
_MESSAGES = frozenset({"sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "editMessageText"})
# Shown for a moment or sent for convenience: not worth a second attempt.
_FLEETING = frozenset({"sendChatAction", "answerCallbackQuery"})
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_MAX_FLOOD_WAITS = 20
_logger = logging.getLogger(__name__)


class PatientRateLimiter(AIORateLimiter):
    """python-telegram-bot's rate limiter, which also outlasts failures of the network and moved groups.

    Args:
        messages_per_second: Over all chats.
        patience_seconds: How long one call is tried again after network failures before it is given up.
        send_times: Hands out times to send at where several processes send for one bot.
    """

    __slots__ = ("_patience_seconds", "_send_times")

    def __init__(
        self, messages_per_second: float, patience_seconds: float, send_times: SendTimes | None = None
    ) -> None:
        super().__init__(overall_max_rate=messages_per_second, max_retries=_MAX_FLOOD_WAITS)
        self._patience_seconds = patience_seconds
        self._send_times = send_times

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, JSONAnswer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> JSONAnswer:
        """Make one call, as often as it takes."""
        if endpoint in _FLEETING:
            return await callback(*args, **kwargs)

        async def call() -> JSONAnswer:
            counted = data if endpoint in _MESSAGES else {}
            if self._send_times is not None and counted:
                await self._send_times.wait(counted.get("chat_id"))
            return await AIORateLimiter.process_request(
                self, callback, args, kwargs, endpoint, counted, rate_limit_args
            )

        try:
            return await self._call_patiently(call, endpoint)
        except ChatMigrated as error:
            data["chat_id"] = error.new_chat_id
            return await self._call_patiently(call, endpoint)

    async def _call_patiently(
        self, call: Callable[[], Coroutine[Any, Any, JSONAnswer]], endpoint: str
    ) -> JSONAnswer:
        """Repeat a call while the network, rather than Telegram, refuses it."""
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + self._patience_seconds
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


def is_worth_repeating(error: TelegramError) -> bool:
    """Whether the same call can succeed later."""
    if isinstance(error, BadRequest) or has_wrong_scheme(error):
        return False
    # A reply that is not JSON comes as a plain TelegramError: some proxy or failing server answered.
    return isinstance(error, (NetworkError, RetryAfter)) or type(error) is TelegramError
