"""How many updates a second go through the shared inbox, without pixels and without Telegram."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from telegram import Update

from bot.inbox.postgres.inbox import SharedInbox
from bot.storage.chat_store import Storage
from bot.storage.engine import name_driver
from bot.transport.update_parser import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from telegram import Bot

    from bot.inbox.entry import Entry

_BOT = cast("Bot", SimpleNamespace(id=4_242, defaults=None))
_CHATS = 200
_SENDERS = 32  # webhook calls at once
_LOST_SECONDS = 30.0


async def measure_queue(database_url: str, count: int) -> dict[str, float]:
    """Commit so many updates, then take them all out and mark them done, in one process each time.

    Returns:
        Updates a second: committed as polling does ("polled"), by several calls at once
        as a webhook does ("received"), and taken out and done ("done").
    """
    storage = await Storage.open(name_driver(database_url))
    receiving = SharedInbox(storage.engine, works=False, lost_seconds=_LOST_SECONDS)
    await receiving.start(_BOT)
    polled = await _time(_poll_all(receiving, count // 4))
    shares = [range(count // 4 + n, count, _SENDERS) for n in range(_SENDERS)]
    received = await _time(asyncio.gather(*(_put_all(receiving, share) for share in shares)))
    await receiving.close()

    working = SharedInbox(storage.engine, works=True, lost_seconds=_LOST_SECONDS)
    done = await _time(_wait_until_handled(working, count))
    await working.close()
    await storage.close()
    return {
        "polled": round(count // 4 / polled),
        "received": round((count - count // 4) / received),
        "done": round(count / done),
    }


async def _time(work: Awaitable[object]) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


async def _poll_all(inbox: SharedInbox, count: int) -> None:
    """Commit a whole answer to getUpdates at once."""
    for first in range(0, count, AT_ONCE):
        await inbox.add(*(_build_update(n + 1) for n in range(first, min(count, first + AT_ONCE))))


async def _put_all(inbox: SharedInbox, numbers: range) -> None:
    for number in numbers:
        await inbox.add(_build_update(number + 1))


async def _wait_until_handled(inbox: SharedInbox, count: int) -> None:
    """Have the inbox hand out all, to a handler that does nothing."""
    handled, all_handled = 0, asyncio.Event()

    async def handle(_entry: Entry) -> None:
        nonlocal handled
        handled += 1
        if handled >= count:
            all_handled.set()

    inbox.handle = handle
    await inbox.start(_BOT)
    await all_handled.wait()


def _build_update(number: int) -> Update:
    chat = number % _CHATS + 1
    person = {"id": chat, "is_bot": False, "first_name": "Person"}
    message = {
        "message_id": number,
        "date": 1_700_000_000,
        "chat": {"id": chat, "type": "private", "first_name": "Person"},
        "from": person,
        "text": "hello",
    }
    return Update.de_json({"update_id": number, "message": message}, _BOT)
