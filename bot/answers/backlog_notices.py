"""Backlog notices: tell people that their photos wait, and delete the message when they are answered."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select
from telegram.constants import ChatAction, ChatType
from telegram.error import TelegramError

from bot.answers.sending import send_text
from bot.context import find_texts
from bot.messages.media import find_source
from bot.storage.engine import StorageError, connect
from bot.storage.tables import inbox

if TYPE_CHECKING:
    from telegram import Bot, Message, Update

    from bot.context import Services

_ROUND_SECONDS = 0.5
# People wait that long for an answer without wondering.
_FELT_SECONDS = 2.0
# Where several processes receive, one of them tells; it cannot have been forgotten longer than that.
_TOLD_SECONDS = 600.0
_KEY = "backlog notice"
_CHATS_REMEMBERED = 1_000
_PHOTOS_REMEMBERED = 200  # of one chat
_CHATS_A_ROUND = 100
# Most of the messages that Telegram takes from a bot are for answers.
_SHARE_OF_MESSAGES = 1 / 6
_log = structlog.get_logger(__name__)


@dataclass
class _Backlog:
    """The photos of one private chat that are not answered yet.

    Attributes:
        since: When the first of them came, by a clock that does not jump.
        photos: The album of each, or its own number where it is in none, by the update's number.
        newest: What came last.
        is_told: Whether the sender knows that they wait.
        notice: The message that says so; None where there is none, or another process sent it.
    """

    since: float
    newest: Message
    photos: dict[int, str] = field(default_factory=dict)
    is_told: bool = False
    notice: Message | None = None

    @property
    def waiting(self) -> int:
        """How many photos wait behind the one, or the album, whose turn it is."""
        first = next(iter(self.photos.values()), None)
        return sum(album != first for album in self.photos.values())


class BacklogNotices:
    """Tells people in private chats, once, that their photos wait: for their own or for many people's.

    Handlers cannot: they see a photo when its turn has come. In groups the bot does not speak unasked. Who
    came last is told first, for they wait longest. When all is answered the notice is deleted.

    Args:
        bot: What sends.
        services: Its parts.
    """

    def __init__(self, bot: Bot, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._told_a_round = max(
            1, int(services.settings.messages_per_second * _SHARE_OF_MESSAGES * _ROUND_SECONDS)
        )
        self._backlogs: dict[int, _Backlog] = {}  # by chat, the one that sent last at the end
        self._came = asyncio.Event()

    def note(self, update: Update) -> None:
        """Take note of an update that was received just now."""
        message = update.message  # not that below which a button was pressed: it may well hold a picture
        if message is None or message.chat.type != ChatType.PRIVATE or find_source(message) is None:
            return
        backlog = self._backlogs.pop(message.chat_id, None) or _Backlog(time.monotonic(), message)
        if len(self._backlogs) >= _CHATS_REMEMBERED:
            del self._backlogs[next(iter(self._backlogs))]
        if len(backlog.photos) < _PHOTOS_REMEMBERED:
            backlog.photos[update.update_id] = message.media_group_id or str(update.update_id)
        backlog.newest = message
        self._backlogs[message.chat_id] = backlog
        self._came.set()

    async def run(self) -> None:
        """Send and delete notices twice a second, until cancelled."""
        while True:
            await self._came.wait()
            self._came.clear()
            try:
                await self._look()
            except StorageError as error:
                _log.warning("who waits is not told so", reason=str(error))
            except Exception:  # noqa: BLE001 - or nobody would be told any more
                _log.exception("who waits is not told so")
            if self._backlogs:
                self._came.set()
            await asyncio.sleep(_ROUND_SECONDS)

    async def _look(self) -> None:
        """Delete the notices of those who have been answered, and tell those who came last that they wait."""
        limit = self._services.settings.max_waiting_chats
        # One of the chats that wait is the sender's own.
        is_long = await self._services.inbox.count_waiting_chats() > limit
        backlogs = [
            backlog
            for backlog in reversed(self._backlogs.values())
            if is_long or backlog.is_told or time.monotonic() - backlog.since >= _FELT_SECONDS
        ][:_CHATS_A_ROUND]
        looked_at = [number for backlog in backlogs for number in backlog.photos]
        starts = await self._read_starts(looked_at)
        # Only these: what has come since is not answered because it was not among what was read.
        answered = set(looked_at) - starts.keys()
        told = 0
        for backlog in backlogs:
            for number in answered & backlog.photos.keys():
                del backlog.photos[number]
            if not backlog.photos:
                await self._end(backlog)
            elif not backlog.is_told and told < self._told_a_round:
                is_begun = any(starts.get(number) for number in backlog.photos)
                told += await self._tell(backlog, is_behind_others=is_long and not is_begun)

    async def _tell(self, backlog: _Backlog, *, is_behind_others: bool) -> bool:
        """Tell one sender that photos wait, if any do; return whether a message was sent or tried."""
        message, services = backlog.newest, self._services
        is_own = backlog.waiting >= services.settings.max_waiting_photos
        if not (is_own or is_behind_others) or not services.access_list.admits(message.chat_id):
            return False
        backlog.is_told = True
        newest = max(backlog.photos)
        if not await services.idempotency_keys.acquire(
            message.chat_id, _KEY, newest, again_after_seconds=_TOLD_SECONDS
        ):
            return False
        say = await find_texts(services, message.chat, message.from_user)
        text = say("long-queue") if is_behind_others else say("please-wait", photos=backlog.waiting)
        try:
            backlog.notice = await send_text(self._bot, message, text)
            # A message ends what the chat showed of the bot's being at work.
            await self._bot.send_chat_action(message.chat_id, ChatAction.UPLOAD_PHOTO)
        except TelegramError as error:
            # It is a courtesy: the answer itself meets the same trouble, and deals with it.
            _log.info("somebody who waits was not told so", error=type(error).__name__)
        return True

    async def _end(self, backlog: _Backlog) -> None:
        """Delete the notice: the answers have been sent."""
        chat_id = backlog.newest.chat_id
        if self._backlogs.get(chat_id) is backlog:
            del self._backlogs[chat_id]
        if backlog.notice is not None:
            with contextlib.suppress(TelegramError):  # the person may have deleted it
                await self._bot.delete_message(chat_id, backlog.notice.message_id)
            await self._services.idempotency_keys.release(chat_id, _KEY)

    async def _read_starts(self, update_ids: list[int]) -> dict[int, int]:
        """Read how often each of these updates was begun, without those that are answered."""
        if not update_ids:
            return {}
        is_one = inbox.c.bot_id == self._bot.id, inbox.c.update_id.in_(update_ids)
        found = select(inbox.c.update_id, inbox.c.starts).where(*is_one, inbox.c.payload.is_not(None))
        async with connect(self._services.storage.engine, autocommit=True) as connection:
            return {row.update_id: row.starts for row in await connection.execute(found)}
