"""What happens around each update: its line in the log, its durations, and its end in the inbox."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.observability.logs import UpdateNotes, update_context

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.inbox.base import UpdateInbox
    from bot.observability.metrics import Metrics

_log = structlog.get_logger(__name__)


class UpdateProcessor(BaseUpdateProcessor):
    """Handles what the inbox hands out. The inbox keeps the order and the bounds.

    Args:
        inbox: Where the updates come from.
        metrics: What counts them.
    """

    __slots__ = ("_inbox", "_metrics")

    def __init__(self, inbox: UpdateInbox, metrics: Metrics | None = None) -> None:
        super().__init__(max_concurrent_updates=inbox.max_in_flight)
        self._inbox = inbox
        self._metrics = metrics
        if metrics is not None:
            metrics.watch("bot_waiting_updates", lambda: inbox.waiting, "Updates that wait.")
            metrics.watch("bot_updates_in_flight", lambda: inbox.in_flight, "Updates being handled.")

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to end."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update and close it in the inbox."""
        if not isinstance(update, Update):
            await coroutine
            return
        with update_context(update) as notes:
            queued = self._inbox.waited(update.update_id)
            started = time.perf_counter()
            try:
                await coroutine
            except BaseException as error:
                notes.outcome = f"unfinished: {type(error).__name__}"
                self._inbox.release(update.update_id)
                raise
            else:
                await self._inbox.settle(update.update_id)
            finally:
                notes.seconds |= {"queue": queued, "service": time.perf_counter() - started}
                self._report(update, notes)

    def _report(self, update: Update, notes: UpdateNotes) -> None:
        milliseconds = {f"{step}_ms": round(1_000 * seconds, 1) for step, seconds in notes.seconds.items()}
        _log.info("update", outcome=notes.outcome, **milliseconds)
        if self._metrics is None:
            return
        chat = update.effective_chat
        self._metrics.count_update(str(chat.type) if chat else "none", notes.outcome)
        for step, seconds in notes.seconds.items():
            self._metrics.observe(step, seconds)
