"""Run bots: open their parts in order, receive updates, and close everything without losing an update."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import structlog
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Updater

from bot.app import build_application, build_services, build_shared_parts
from bot.config.parsers import parse_bot_id
from bot.config.settings import Settings
from bot.inbox.local import LocalInbox
from bot.inbox.postgres.queue_depth import QueueDepth
from bot.observability.health_server import HealthServer
from bot.observability.heartbeat import Heartbeat, Heartbeats, LoopLag
from bot.runtime.model_reload import ModelWatch
from bot.runtime.receiving import open_webhooks, start_receiving
from bot.runtime.retention import delete_expired, delete_expired_daily
from bot.runtime.roles import StartError, end_task, opening_port
from bot.runtime.serving_api import start_api
from bot.storage.database import Storage
from bot.storage.engine import ENGINE_CONNECTIONS, StorageError, make_directory, name_driver
from bot.transport.failure_causes import find_wrong_scheme
from bot.transport.flood_limits import LocalRateLimiter, SharedRateLimiter
from bot.transport.retrying_rate_limiter import repeat_until_reached

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config.parsers import Secret
    from bot.context import BotApplication, Services, SharedParts
    from bot.inbox.base import Inbox
    from bot.runtime.roles import Role
    from bot.transport.flood_limits import RateLimiter
    from classifier.workers.worker_pool import ClassifierPool

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunningBot:
    """One bot, while it is started and while it runs.

    Attributes:
        bot_id: Its Telegram identifier.
        stack: Closes its parts.
        application: Its Application.
        updater: Polls for its updates.
        services: Its parts.
        heartbeat: When Telegram last answered it.
    """

    bot_id: int
    stack: AsyncExitStack
    application: BotApplication
    updater: Updater
    services: Services
    heartbeat: Heartbeat

    @property
    def refused(self) -> asyncio.Event:
        """Set when Telegram no longer accepts the token, so the bot cannot continue."""
        return self.heartbeat.refused


@dataclass(frozen=True, slots=True)
class RunningBots:
    """All bots of this program.

    Attributes:
        bots: In the order of their tokens, without those that Telegram refused at the start.
        model_watch: Reloads a new model.
        api_port: The port of the HTTP API; None when it is off.
        refused: Set when Telegram accepts none of the tokens any more.
    """

    bots: tuple[RunningBot, ...]
    model_watch: ModelWatch
    api_port: int | None
    refused: asyncio.Event


async def open_bots(
    stack: AsyncExitStack,
    settings: Settings,
    classifier: ClassifierPool,
    warming: asyncio.Task[None],
    role: Role = "all",
) -> RunningBots:
    """Open all bots and what they share; the stack closes them, the last one first.

    Raises:
        StartError: As `run_bots`.
    """
    shared = await _open_shared_parts(stack, settings, classifier)
    opened: list[RunningBot] = []
    stack.push_async_callback(_close_all, opened)
    for token in settings.tokens:
        opened.append(_open_parts(settings, shared, token, role))  # noqa: PERF401 - if a later one fails, the list has those to close
    connecting = asyncio.gather(*(_connect_or_close(bot, alone=len(opened) == 1) for bot in opened))
    await asyncio.gather(warming, connecting)
    bots = [bot for bot, is_taken in zip(opened, connecting.result(), strict=True) if is_taken]
    if not bots:
        raise StartError("Telegram refuses every token of BOT_TOKENS. Copy them again from BotFather.")
    await _start_health(stack, settings, shared, bots, role)
    api_port = await start_api(stack, [bot.services for bot in bots], role)
    model_watch = await _start_retention(stack, bots[0].services, role)
    await _receive(stack, bots, role, several=len(opened) > 1)
    return RunningBots(tuple(bots), model_watch, api_port, _watch_refusals(stack, bots))


async def _open_shared_parts(
    stack: AsyncExitStack, settings: Settings, classifier: ClassifierPool
) -> SharedParts:
    try:
        make_directory(settings.data_dir)
        target = name_driver(settings.database_url) or settings.data_dir
        storage = await Storage.open(target)
    except StorageError as error:
        raise StartError(str(error)) from error
    stack.push_async_callback(storage.close)
    shared = build_shared_parts(settings, storage, classifier)
    stack.push_async_callback(shared.downloader.close)
    return shared


async def _close_all(opened: Sequence[RunningBot]) -> None:
    """Close all bots at the same time: each may answer its updates in flight, even if another fails."""
    ends = await asyncio.gather(*(bot.stack.aclose() for bot in opened), return_exceptions=True)
    for failure in filter(None, ends):
        raise failure


def _open_parts(settings: Settings, shared: SharedParts, token: Secret, role: Role) -> RunningBot:
    """Open one bot's parts, which are closed by its own stack."""
    own = AsyncExitStack()
    own_settings = replace(settings, bot_token=token, bot_tokens=())
    shared = replace(shared, storage=shared.storage.for_bot(parse_bot_id(token)))
    inbox = _build_inbox(settings, shared.storage, role)
    heartbeat = Heartbeat(asyncio.get_running_loop().time)
    own.push_async_callback(inbox.close)
    services = build_services(own_settings, shared, inbox)
    application = build_application(services, heartbeat, _build_rate_limiter(own_settings, shared.storage))
    own.push_async_callback(application.shutdown)
    # Updater only calls `put` of its queue.
    updater = Updater(application.bot, cast("asyncio.Queue[object]", services.incoming))
    return RunningBot(parse_bot_id(token), own, application, updater, services, heartbeat)


async def _connect_or_close(bot: RunningBot, *, alone: bool) -> bool:
    """Connect a bot. If Telegram refuses its token, close it and return False; a single bot raises."""
    try:
        await _connect(bot.application, bot.updater, bot.services.settings)
        bot.heartbeat.beat()  # on a quiet start the first poll is answered only after POLL_SECONDS
    except StartError:
        if alone:
            raise
        _log.error("Telegram refuses this bot's token; the others go on without it", bot=bot.bot_id)
        await bot.stack.aclose()
        return False
    return True


async def _receive(stack: AsyncExitStack, bots: Sequence[RunningBot], role: Role, *, several: bool) -> None:
    """Begin to receive and answer for all bots."""
    settings = bots[0].services.settings
    webhooks = await open_webhooks(stack, settings) if settings.webhook_url and role != "worker" else None

    async def receive(bot: RunningBot) -> None:
        if several:  # tasks that are started from here inherit the log context
            structlog.contextvars.bind_contextvars(bot=bot.bot_id)
        path = f"/{bot.bot_id}" if several else ""
        await start_receiving(
            bot.stack, bot.application, bot.services, bot.heartbeat, bot.updater, role, webhooks, path
        )

    try:
        async with asyncio.TaskGroup() as group:
            for bot in bots:
                group.create_task(receive(bot))
    except ExceptionGroup as errors:
        first = errors.exceptions[0]
        if isinstance(first, StorageError):
            raise StartError(str(first)) from first
        raise first from None


def _watch_refusals(stack: AsyncExitStack, bots: Sequence[RunningBot]) -> asyncio.Event:
    """Close each bot whose token is refused. The event is set when no bot is left."""
    if len(bots) == 1:
        return bots[0].refused
    all_refused = asyncio.Event()
    closing: set[int] = set()

    async def close_when_refused(bot: RunningBot) -> None:
        await bot.refused.wait()
        closing.add(bot.bot_id)
        _log.error(
            "Telegram no longer takes this bot's token, which may have been revoked; its messages are kept, "
            "and answered when the program is started with its new token",
            bot=bot.bot_id,
        )
        if all(other.refused.is_set() for other in bots):
            all_refused.set()
        await bot.stack.aclose()

    async def end_watch(watch: asyncio.Task[None], bot: RunningBot) -> None:
        # A bot that is closing already must not be closed a second time: only wait for it.
        await (asyncio.wait([watch]) if bot.bot_id in closing else end_task(watch))

    for bot in bots:
        watch = asyncio.create_task(close_when_refused(bot), name="refusal watch")
        stack.push_async_callback(end_watch, watch, bot)
    return all_refused


def _build_inbox(settings: Settings, storage: Storage, role: Role) -> Inbox:
    """Build the inbox: this process's own in SQLite, or the shared one in PostgreSQL."""
    if not settings.database_url:
        return LocalInbox(storage.engine)
    from bot.inbox.postgres.inbox import SharedInbox  # noqa: PLC0415 - loads what SQLite does not need

    return SharedInbox(
        storage.engine,
        works=role != "ingress",
        lost_seconds=settings.lost_worker_seconds,
        connections=settings.database_connections - ENGINE_CONNECTIONS - 1,  # one holds the leader lock
        invalidate_caches=storage.preferences.invalidate_caches,
    )


def _build_rate_limiter(settings: Settings, storage: Storage) -> RateLimiter:
    """Build the rate limiter; with PostgreSQL all processes share one, as Telegram counts them together."""
    if not settings.database_url:
        return LocalRateLimiter(settings.messages_per_second)
    return SharedRateLimiter(storage.engine, parse_bot_id(settings.bot_token), settings.messages_per_second)


async def _connect(application: BotApplication, updater: Updater, settings: Settings) -> None:
    """Call getMe until Telegram can be reached."""

    async def connect() -> None:
        await application.initialize()
        await updater.initialize()

    try:
        await repeat_until_reached(connect, settings)
    except InvalidToken:
        # Telegram's error message contains the token, so it must not be shown.
        raise StartError(
            "BOT_TOKEN is refused by Telegram. Copy it again from BotFather; it may have been revoked."
            + _doubt_address(settings)
        ) from None
    except TelegramError as error:
        wrong_scheme = find_wrong_scheme(error, settings.telegram_api_url)
        if wrong_scheme and settings.telegram_proxy is None:
            raise StartError(wrong_scheme) from None
        raise


def _doubt_address(settings: Settings) -> str:
    """Add a hint about TELEGRAM_API_URL: a server that is no Bot API answers as if the token were wrong."""
    if settings.telegram_api_url == Settings().telegram_api_url:
        return ""
    return f" Or TELEGRAM_API_URL, {settings.telegram_api_url}, is not the address of a Bot API server."


async def _start_health(
    stack: AsyncExitStack, settings: Settings, shared: SharedParts, bots: Sequence[RunningBot], role: Role
) -> None:
    """Serve /healthz, /readyz and /metrics, unless HEALTH_PORT is 0."""
    if not settings.health_port:
        return
    loop_lag = LoopLag(shared.metrics.observe_loop_delay)
    loop_lag.start()
    stack.push_async_callback(loop_lag.stop)
    inboxes = [bot.services.inbox for bot in bots]
    checks = {"inbox": lambda: next((error for inbox in inboxes if (error := inbox.write_error)), None)}
    if role != "ingress":
        checks["workers"] = lambda: None if shared.classifier.ready_workers else "No worker answers."
    heartbeats = Heartbeats([bot.heartbeat for bot in bots])
    _watch_workers_and_tokens(shared, heartbeats)
    look = None
    if settings.database_url:
        depth = QueueDepth(shared.storage.engine, shared.metrics)
        checks["queue"], look = (lambda: depth.problem), depth.look
    server = HealthServer(
        heartbeat=heartbeats,
        loop_lag=loop_lag,
        metrics=shared.metrics,
        checks=checks,
        notes={"confinement": lambda: _describe_confinement(shared.classifier)},
        look=look,
    )
    stack.push_async_callback(server.stop)
    with opening_port("HEALTH_PORT", settings.health_port, "Choose another, or 0 for none."):
        await server.start(settings.health_port, settings.health_host)


def _watch_workers_and_tokens(shared: SharedParts, heartbeats: Heartbeats) -> None:
    """Add two numbers to /metrics: workers that answer, and refused tokens."""
    shared.metrics.watch(
        "bot_ready_workers",
        lambda: shared.classifier.ready_workers,
        "Workers that answer when they are asked.",
    )
    shared.metrics.watch(
        "bot_refused_tokens", lambda: heartbeats.refused, "Bots whose token Telegram no longer takes."
    )


def _describe_confinement(classifier: ClassifierPool) -> str | None:
    """Describe which protections of the worker processes this kernel lacks; None if it has all."""
    return (classifier.confinement.describe() or None) if classifier.confinement else None


async def _start_retention(stack: AsyncExitStack, services: Services, role: Role) -> ModelWatch:
    """Repair the stores, delete expired rows now and daily, and watch the model's folder for a new model."""
    store = services.corrections.store
    try:
        await store.repair()
        await delete_expired(services)
    except StorageError as error:
        raise StartError(str(error)) from error
    model_watch = ModelWatch(services.settings.model_dir, services.classifier)
    if role == "ingress":
        return model_watch
    for task in (delete_expired_daily(services), model_watch.run()):
        stack.push_async_callback(end_task, asyncio.create_task(task))
    return model_watch
