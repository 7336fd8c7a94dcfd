"""The bot at work: its parts opened in order, messages received, and all closed so that nothing is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from telegram.error import BadRequest, InvalidToken, NetworkError

from bot.app import build_application, build_services
from bot.database import make_directory, name_driver
from bot.health import HealthServer, Heartbeat, LoopLag
from bot.inbox import Inbox
from bot.lifecycle import StartError, end_task
from bot.metrics import Metrics
from bot.model_watch import ModelWatch
from bot.queue_depth import QueueDepth
from bot.receiving import start_receiving
from bot.send_times import SendTimes
from bot.storage import Storage, StorageError

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from bot.context import BotApplication, Judge, Services
    from bot.lifecycle import Role
    from bot.settings import Settings
    from bot.update_inbox import UpdateInbox

_RECONNECT_SECONDS = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot that answers.

    Attributes:
        application: Its Application.
        services: Its parts.
        health_port: Where its health is served; None when it is not.
        model_watch: What takes a new model over.
        refused: Set when Telegram no longer takes the token: the bot cannot go on.
    """

    application: BotApplication
    services: Services
    health_port: int | None
    model_watch: ModelWatch
    refused: asyncio.Event


async def open_bot(
    stack: AsyncExitStack, settings: Settings, judge: Judge, warming: asyncio.Task[None], role: Role = "all"
) -> RunningBot:
    """Open the bot's parts; the stack closes them, the last one first.

    Raises:
        StartError: As `run_bot`.
    """
    try:
        make_directory(settings.data_dir)
        storage = await Storage.open(name_driver(settings.database_url) or settings.data_dir)
    except StorageError as error:
        raise StartError(str(error)) from error
    stack.push_async_callback(storage.close)
    inbox, metrics, heartbeat = _build_inbox(settings, storage, role), Metrics(), Heartbeat()
    stack.push_async_callback(inbox.close)
    services = build_services(settings, storage, inbox, metrics, judge)
    stack.push_async_callback(services.downloader.close)
    application = build_application(services, heartbeat, _build_send_times(settings, storage))
    stack.push_async_callback(application.shutdown)
    await asyncio.gather(warming, _connect(application))
    health_port = await _start_health(stack, services, heartbeat, role)
    model_watch = await _start_caretakers(stack, services, role)
    try:
        await start_receiving(stack, application, services, heartbeat, role)
    except StorageError as error:
        raise StartError(str(error)) from error
    return RunningBot(application, services, health_port, model_watch, heartbeat.refused)


def _build_inbox(settings: Settings, storage: Storage, role: Role) -> UpdateInbox:
    """Build this process's own inbox, or its part of the one in PostgreSQL."""
    if not settings.database_url:
        return Inbox(storage.engine)
    from bot.shared_inbox import SharedInbox  # noqa: PLC0415 - loads what SQLite does not need

    return SharedInbox(storage.engine.url, works=role != "ingress", lost_seconds=settings.lost_worker_seconds)


def _build_send_times(settings: Settings, storage: Storage) -> SendTimes | None:
    """Share Telegram's limits where several processes may send."""
    if not settings.database_url:
        return None
    bot_id = int(settings.bot_token.partition(":")[0])
    return SendTimes(storage.engine, bot_id, settings.messages_per_second)


async def _connect(application: BotApplication) -> None:
    """Ask Telegram who we are, as often as it takes to reach it."""
    while True:
        try:
            await application.initialize()
        except InvalidToken:
            # Telegram's own words repeat the token.
            raise StartError(
                "BOT_TOKEN is refused by Telegram. Copy it again from BotFather; it may have been revoked."
            ) from None
        except BadRequest:
            raise
        except NetworkError as error:
            _log.warning("Telegram cannot be reached; trying again", error=type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)
        else:
            return


async def _start_health(
    stack: AsyncExitStack, services: Services, heartbeat: Heartbeat, role: Role
) -> int | None:
    """Serve /healthz, /readyz and /metrics, unless the host wants none."""
    settings = services.settings
    if not settings.health_port:
        return None
    loop_lag = LoopLag()
    loop_lag.start()
    stack.push_async_callback(loop_lag.stop)
    checks = {"inbox": lambda: services.inbox.write_error}
    if role != "ingress":
        checks["workers"] = lambda: None if services.judge.ready_workers else "No worker answers."
    services.metrics.watch(
        "bot_ready_workers", lambda: services.judge.ready_workers, "Workers that answer when they are asked."
    )
    look = None
    if settings.database_url:
        depth = QueueDepth(services.storage.engine, services.metrics)
        checks["queue"], look = (lambda: depth.problem), depth.look
    server = HealthServer(
        heartbeat=heartbeat, loop_lag=loop_lag, metrics=services.metrics, checks=checks, look=look
    )
    stack.push_async_callback(server.stop)
    try:
        return await server.start(settings.health_port, settings.health_host)
    except OSError as error:
        raise StartError(
            f"HEALTH_PORT {settings.health_port} cannot be used ({error.strerror}). "
            "Choose another, or 0 for none."
        ) from error


async def _start_caretakers(stack: AsyncExitStack, services: Services, role: Role) -> ModelWatch:
    """Delete faces that nobody owns or whose time is over, now and daily; follow the model's folder."""
    store = services.corrections.store
    try:
        if services.settings.database_url:
            await store.purge()  # halves of pairs cannot be told from what other hosts keep or are writing
        else:
            await store.tidy()
        await services.gate.refusals.forget_old()
    except StorageError as error:
        raise StartError(str(error)) from error
    model_watch = ModelWatch(services.settings.model_dir, services.judge)
    if role == "ingress":
        return model_watch
    for caretaker in (store.purge_daily(), model_watch.run()):
        stack.push_async_callback(end_task, asyncio.create_task(caretaker))
    return model_watch
