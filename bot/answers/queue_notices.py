"""A word to people whose photo waits behind those of many others, as soon as it has arrived."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.answers.sending import send_text
from bot.context import find_texts
from bot.messages.media import find_source
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from telegram import Bot, Update

    from bot.context import Services

_REMEMBERED = 1_000
_ROUND_SECONDS = 1.0
_LOOKED_AT_A_ROUND = 20
# Most of the messages that Telegram takes from a bot are for answers.
_SHARE_OF_MESSAGES = 1 / 6
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
        self._limit = services.settings.max_waiting_chats
        self._told_a_round = max(1, int(services.settings.messages_per_second * _SHARE_OF_MESSAGES))
        self._newest: dict[int, Update] = {}  # by chat, the one that came last at the end
        self._came = asyncio.Event()

    def note(self, update: Update) -> None:
        """Take note of an update that was received just now."""
        message = update.message  # not that below which a button was pressed: it may well hold a picture
        if message is None or message.chat.type != ChatType.PRIVATE or find_source(message) is None:
            return
        self._newest.pop(message.chat_id, None)
        if len(self._newest) >= _REMEMBERED:
            del self._newest[next(iter(self._newest))]
        self._newest[message.chat_id] = update
        self._came.set()

    async def run(self) -> None:
        """Tell them, some each second, until cancelled."""
        while True:
            await self._came.wait()
            self._came.clear()
            try:
                await self._tell_newest()
            except StorageError as error:
                _log.warning("who waits is not told so", reason=str(error))
            except Exception:  # noqa: BLE001 - or nobody would be told any more
                _log.exception("who waits is not told so")
            if self._newest:
                self._came.set()
            await asyncio.sleep(_ROUND_SECONDS)

    async def _tell_newest(self) -> None:
        """Tell those who came last; none of those who came so far if the queue is short."""
        if await self._services.inbox.count_waiting_chats() <= self._limit:  # one of them is the sender's own
            self._newest.clear()
            return
        told = 0
        for _ in range(min(len(self._newest), _LOOKED_AT_A_ROUND)):
            _, update = self._newest.popitem()
            told += await self._tell(update)
            if told >= self._told_a_round:
                return

    async def _tell(self, update: Update) -> bool:
        """Tell one sender, unless that has been done; return whether it was done, or tried, now."""
        message = update.message
        if message is None or not self._services.gate.admits(message.chat_id):
            return False
        if not await self._services.waiting.should_tell_of_others(message.chat_id, update.update_id):
            return False
        say = await find_texts(self._services, update.effective_chat, update.effective_user)
        try:
            await send_text(self._bot, message, say("long-queue"))
        except TelegramError as error:
            # It is a courtesy: the answer itself meets the same trouble, and deals with it.
            _log.info("somebody who waits was not told so", error=type(error).__name__)
        return True
