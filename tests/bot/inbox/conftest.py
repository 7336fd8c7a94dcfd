from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram import Bot
from telegram_doubles import TOKEN, OfflineRequest

from bot.inbox.local import Inbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.storage.chat_store import Storage


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with Bot(TOKEN, request=OfflineRequest(), get_updates_request=OfflineRequest()) as opened:
        yield opened


@pytest.fixture
async def open_inbox(storage: Storage, bot: Bot) -> AsyncIterator[Callable[..., Awaitable[Inbox]]]:
    """Open inboxes on one database, as one start of the bot after the other would."""
    opened: list[Inbox] = []

    async def open_one(**arguments: object) -> Inbox:
        inbox = Inbox(storage.engine, **arguments)  # type: ignore[arg-type]
        await inbox.load_unfinished(bot)
        opened.append(inbox)
        return inbox

    yield open_one
    for inbox in opened:
        await inbox.close()
