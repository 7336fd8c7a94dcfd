"""What happens around each entry: its line in the log, its durations, and python-telegram-bot's handlers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog

from bot.observability.logs import UpdateNotes, name_chat_kind, update_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import Update
    from telegram.ext import Application

    from bot.inbox.base import Inbox
    from bot.inbox.entry import Entry
    from bot.observability.metrics import Metrics

    AnyApplication = Application[Any, Any, Any, Any, Any, Any]

_log = structlog.get_logger(__name__)


def build_handle(
    application: AnyApplication, inbox: Inbox, metrics: Metrics
) -> Callable[[Entry], Awaitable[None]]:
    """Build what has an application handle each entry of an inbox, and have `metrics` count.

    An album is handled as its first part; its handler asks the inbox for the others.
    """
    metrics.watch("bot_waiting_updates", lambda: inbox.waiting, "Updates that wait.")
    metrics.watch("bot_updates_in_flight", lambda: inbox.in_flight, "Updates being handled.")

    async def handle(entry: Entry) -> None:
        """Handle one entry; its handler, or the application's error handler, may ask for a retry."""
        update = entry.updates[0]
        with update_context(update) as notes:
            queued = inbox.waited(update.update_id)
            started = time.perf_counter()
            try:
                await application.process_update(update)
            except BaseException as error:
                notes.outcome = f"unfinished: {type(error).__name__}"
                raise
            finally:
                notes.seconds |= {"queue": queued, "service": time.perf_counter() - started}
                _report(update, notes, metrics)

    return handle


def _report(update: Update, notes: UpdateNotes, metrics: Metrics) -> None:
    milliseconds = {f"{step}_ms": round(1_000 * seconds, 1) for step, seconds in notes.seconds.items()}
    _log.info("update", outcome=notes.outcome, **milliseconds)
    metrics.count_update(name_chat_kind(update) or "none", notes.outcome)
    for step, seconds in notes.seconds.items():
        metrics.observe(step, seconds)
