"""A word to people whose photo waits behind those of many others, as soon as it has arrived."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.context import find_texts
from bot.database import StorageError
from bot.sending import send_text
from bot.sources import find_source

if TYPE_CHECKING:
    from telegram import Bot, Update

    from bot.context import Services

_REMEMBERED = 1_000
# Telegram takes thirty messages a second from a bot. Most of them are for answers.
_SECONDS_BETWEEN = 0.2
_log = structlog.get_logger(__name__)


class QueueNotices:
    """Tells who sends a photo in private while the queue is long that it takes a while.

    Handlers cannot: they see a photo when its turn has come. In groups the bot does not speak unasked. Who
    came last is told first, for they wait longest; whoever's turn comes meanwhile gets the answer instead.

    Args:
        bot: What sends.
        services: Its parts.
    """

    def __init__(self, bot: Bot, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._newest: dict[int, Update] = {}  # by chat, the one that came last at the end
        self._came = asyncio.Event()

    def note(self, update: Update) -> None:
        """Take note of an update that was received just now."""
        message = update.effective_message
        if message is None or message.chat.type != ChatType.PRIVATE or find_source(message) is None:
            return
        self._newest.pop(message.chat_id, None)
        if len(self._newest) >= _REMEMBERED:
            del self._newest[next(iter(self._newest))]
        self._newest[message.chat_id] = update
        self._came.set()

    async def run(self) -> None:
        """Tell them, until cancelled."""
        while True:
            await self._came.wait()
            self._came.clear()
            try:
                await self._tell_all()
            except (StorageError, TelegramError) as error:
                # It is a courtesy: the answer itself meets the same trouble, and deals with it.
                _log.warning("somebody who waits was not told so", error=type(error).__name__)

    async def _tell_all(self) -> None:
        limit = self._services.settings.max_waiting_chats
        while self._newest:
            if await self._services.inbox.count_waiting_chats() < limit:
                self._newest.clear()
                return
            _, update = self._newest.popitem()
            if await self._tell(update):
                await asyncio.sleep(_SECONDS_BETWEEN)

    async def _tell(self, update: Update) -> bool:
        """Tell one sender, unless that has been done; return whether it was done now."""
        message = update.effective_message
        if message is None or not self._services.gate.admits(message.chat_id):
            return False
        if not await self._services.waiting.should_tell_of_others(message.chat_id, update.update_id):
            return False
        say = await find_texts(self._services, update.effective_chat, update.effective_user)
        await send_text(self._bot, message, say("long-queue"))
        return True
