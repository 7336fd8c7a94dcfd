from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from telegram import Update
from telegram.ext import Application, ApplicationBuilder, TypeHandler
from telegram_doubles import TOKEN, OfflineRequest, build_update

from bot.inbox.local import LocalInbox
from bot.inbox.processing import build_handle
from bot.observability.logs import note_duration, note_outcome
from bot.observability.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.storage.database import Storage

    Handler = Callable[[Update, Any], Awaitable[None]]


@asynccontextmanager
async def running(
    storage: Storage, handler: Handler, metrics: Metrics | None = None, concurrency: int = 4
) -> AsyncIterator[tuple[Application[Any, Any, Any, Any, Any, Any], LocalInbox]]:
    """Run python-telegram-bot's own application on an inbox."""
    inbox = LocalInbox(storage.engine, concurrency=concurrency)
    request = OfflineRequest()
    application = ApplicationBuilder().token(TOKEN).request(request).updater(None).build()
    application.add_handler(TypeHandler(Update, handler))
    async with application:
        inbox.handle = build_handle(application, inbox, metrics or Metrics())
        await application.start()
        await inbox.start(application.bot)
        yield application, inbox
        await inbox.stop(20)
        await application.stop()
    await inbox.close()


async def until_idle(inbox: LocalInbox) -> None:
    """Wait until nothing waits and nothing is in hand."""
    async with asyncio.timeout(60):
        while inbox.waiting or inbox.in_flight:  # the inbox tells nobody
            await asyncio.sleep(0.01)


async def test_the_application_handles_each_update_once_in_order_and_in_bounds(storage: Storage) -> None:
    """Never more at once than allowed, nor two of a chat; chats beside each other."""
    handled: dict[int, list[int]] = defaultdict(list)
    busy: set[int] = set()
    all_places_busy = asyncio.Event()
    most = 0

    async def handle(update: Update, _context: Any) -> None:
        nonlocal most
        chat = update.effective_chat
        assert chat
        handled["out of order"] += [chat.id] * (chat.id in busy)
        busy.add(chat.id)
        most = max(most, len(busy))
        if most == 4:
            all_places_busy.set()
        # The first ones wait for each other: that four run at once must not rest on the speed of the machine.
        await asyncio.wait_for(all_places_busy.wait(), 60)
        await asyncio.sleep(0.001)
        busy.discard(chat.id)
        handled[chat.id].append(update.update_id)

    async with running(storage, handle) as (_, inbox):
        await asyncio.gather(*(inbox.add(build_update(number, number % 9 + 1)) for number in range(200)))
        await until_idle(inbox)
    assert handled.pop("out of order") == []
    assert most == 4
    assert sorted(number for numbers in handled.values() for number in numbers) == list(range(200))
    assert all(numbers == sorted(numbers) for numbers in handled.values())


async def test_a_stopped_application_finishes_what_is_in_flight_and_leaves_the_rest(storage: Storage) -> None:
    """SIGTERM ends in Inbox.stop: nothing is lost and nothing repeated."""
    handled: list[int] = []
    begun, stopping = asyncio.Event(), asyncio.Event()

    async def handle(update: Update, _context: Any) -> None:
        begun.set()
        await stopping.wait()
        handled.append(update.update_id)

    async with running(storage, handle) as (_, inbox):
        await asyncio.gather(*(inbox.add(build_update(number, number)) for number in range(20)))
        await begun.wait()
        stop = asyncio.create_task(inbox.stop(60))
        await asyncio.sleep(0)  # the stop has begun before anything in flight may end
        stopping.set()
        await stop
        assert 1 <= len(handled) <= 4
    async with running(storage, handle) as (_, inbox):
        await until_idle(inbox)
    assert sorted(handled) == list(range(20))


async def test_an_update_whose_handling_is_cancelled_is_handled_at_the_next_start(storage: Storage) -> None:
    """When stopping takes too long, what is in flight is not marked as done."""
    begun, handled = asyncio.Event(), []

    async def hang(_update: Update, _context: Any) -> None:
        begun.set()
        await asyncio.sleep(3_600)

    async def handle(update: Update, _context: Any) -> None:
        handled.append(update.update_id)

    async with running(storage, hang) as (_, inbox):
        await inbox.add(build_update(1))
        await begun.wait()
        await inbox.stop(0.1)
    async with running(storage, handle) as (_, inbox):
        await until_idle(inbox)
    assert handled == [1]


async def test_a_failing_handler_does_not_hold_up_its_chat(storage: Storage) -> None:
    """The application's error handler ends the update; the next one of the chat comes."""
    handled = []

    async def fail_at_first(update: Update, _context: Any) -> None:
        handled.append(update.update_id)
        if update.update_id == 1:
            raise ValueError("as if it were a bug")

    async def swallow(_update: object, _context: Any) -> None:
        note_outcome("dead_letter")

    async with running(storage, fail_at_first) as (application, inbox):
        application.add_error_handler(swallow)
        await inbox.add(build_update(1))
        await inbox.add(build_update(2))
        await until_idle(inbox)
    assert handled == [1, 2]


@pytest.mark.parametrize(("user_id", "kind"), [(5, "private"), (7, "group")])
async def test_each_update_is_one_line_without_content(storage: Storage, user_id: int, kind: str) -> None:
    """The line has number, kind of chat, outcome and durations: nothing that anybody wrote or is called."""
    metrics = Metrics()

    async def handle(_update: Update, _context: Any) -> None:
        note_duration("classify", 0.25)
        note_duration("classify", 0.5)
        note_outcome("answered")

    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        async with running(storage, handle, metrics) as (_, inbox):
            await inbox.add(build_update(1, chat_id=5, user_id=user_id))
            await until_idle(inbox)
    [line] = lines
    assert {key: line[key] for key in ("event", "update_id", "chat_kind", "outcome", "classify_ms")} == {
        "event": "update",
        "update_id": 1,
        "chat_kind": kind,
        "outcome": "answered",
        "classify_ms": 750.0,
    }
    assert {"queue_ms", "service_ms"} <= line.keys()
    assert "Ana" not in str(line)
    assert "Look" not in str(line)
    labels = {"chat": kind, "outcome": "answered"}
    assert metrics.registry.get_sample_value("bot_updates_total", labels) == 1
