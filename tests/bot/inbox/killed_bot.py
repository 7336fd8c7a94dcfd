"""A bot in a process of its own, to be killed: python killed_bot.py DIRECTORY UPDATES ANSWERS.

After so many answers it gives no more until it is told to stop: however late the end comes, it finds work.

It polls a Telegram made of two files: `confirmed` holds how many updates were confirmed, and each line of
`answers` is a reply that a chat shows.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import ApplicationBuilder, TypeHandler
from telegram_doubles import TOKEN, OfflineRequest, build_update

from bot.inbox.local import LocalInbox
from bot.inbox.processing import build_handle
from bot.observability.metrics import Metrics
from bot.storage.database import Storage

CHATS = 7
MAX_IN_FLIGHT = 4
_BATCH = 20
_ANSWER_SECONDS = 0.003


class FileTelegram:
    """Delivers updates 1 to `count`, from the first that was not confirmed, and takes so many answers."""

    def __init__(self, directory: Path, count: int, answers: int) -> None:
        self._confirmed = directory / "confirmed"
        self._answers = os.open(directory / "answers", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._count = count
        self._left = answers
        self.is_stopping = asyncio.Event()

    async def deliver(self, inbox: LocalInbox) -> None:
        """Put batch after batch, and confirm each one, as polling does."""
        confirmed = int(self._confirmed.read_text()) if self._confirmed.exists() else 0
        while confirmed < self._count:
            batch = range(confirmed + 1, min(self._count, confirmed + _BATCH) + 1)
            for update_id in batch:
                await inbox.add(build_update(update_id, chat_id=update_id % CHATS + 1))
            confirmed = batch[-1]
            # Written beside and renamed: a kill must not leave half a number.
            new = self._confirmed.with_suffix(".new")
            new.write_text(str(confirmed))
            new.replace(self._confirmed)

    async def answer_all(self, inbox: LocalInbox) -> None:
        """Deliver all, and wait for the answers."""
        await self.deliver(inbox)
        while inbox.waiting or inbox.in_flight:  # the inbox tells nobody
            await asyncio.sleep(0.01)

    async def answer(self, update: Update, _context: Any) -> None:
        """Take a while, then show the answer."""
        await asyncio.sleep(_ANSWER_SECONDS)
        if self._left <= 0:
            await self.is_stopping.wait()
        self._left -= 1
        os.write(self._answers, f"{update.update_id}\n".encode())


async def main(directory: Path, count: int, answers: int) -> None:
    """Answer all updates, or those in flight when told to stop."""
    telegram = FileTelegram(directory, count, answers)
    storage = await Storage.open(directory)
    inbox = LocalInbox(storage.engine, concurrency=MAX_IN_FLIGHT)
    request = OfflineRequest()
    application = ApplicationBuilder().token(TOKEN).request(request).updater(None).build()
    application.add_handler(TypeHandler(Update, telegram.answer))
    async with application:
        inbox.handle = build_handle(application, inbox, Metrics())
        await application.start()
        await inbox.start(application.bot)
        answering = asyncio.create_task(telegram.answer_all(inbox))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, answering.cancel)
        with suppress(asyncio.CancelledError):
            await answering
        stopping = asyncio.create_task(inbox.stop(60))
        await asyncio.sleep(0)  # nothing more is claimed now
        telegram.is_stopping.set()
        await stopping
        await application.stop()
    await inbox.close()
    await storage.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
