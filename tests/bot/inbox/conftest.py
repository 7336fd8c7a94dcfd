from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stepped_inbox import SteppedInbox
from telegram import Bot
from telegram_doubles import TOKEN, OfflineRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from telegram import Update

    from bot.storage.database import Storage


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with Bot(TOKEN, request=OfflineRequest(), get_updates_request=OfflineRequest()) as opened:
        yield opened


@pytest.fixture
async def open_inbox(storage: Storage, bot: Bot) -> AsyncIterator[Callable[..., Awaitable[SteppedInbox]]]:
    """Open inboxes on one database, as one start of the bot after the other would."""
    opened: list[SteppedInbox] = []

    async def open_one(
        on_dead_letter: Callable[[Update], Awaitable[None]] | None = None, **arguments: object
    ) -> SteppedInbox:
        inbox = SteppedInbox(storage.engine, **arguments)
        inbox.on_dead_letter = on_dead_letter or inbox.on_dead_letter
        await inbox.start(bot)
        opened.append(inbox)
        return inbox

    yield open_one
    for inbox in opened:
        await inbox.close()
