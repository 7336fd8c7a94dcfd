"""The bot at work: its parts opened in order, messages received, and all closed so that nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, TelegramError

from bot.app import ALLOWED_UPDATES, POLL_SECONDS, build_application, build_services
from bot.context import find_texts
from bot.health import HealthServer, Heartbeat, LoopLag, watch_webhook
from bot.inbox import Inbox
from bot.lifecycle import StartError
from bot.metrics import Metrics
from bot.registration import register_bot
from bot.sending import send_text
from bot.storage import Storage, StorageError

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from telegram import Update

    from bot.context import BotApplication, Judge, Services
    from bot.settings import Settings

_WEBHOOK_PATH = "telegram"
_RECONNECT_SECONDS = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot that answers.

    Attributes:
        application: Its Application.
        services: Its parts.
        health_port: Where its health is served; None when it is not.
    """

    application: BotApplication
    services: Services
    health_port: int | None


async def open_bot(
    stack: AsyncExitStack, settings: Settings, judge: Judge, warming: asyncio.Task[None]
) -> RunningBot:
    """Open the bot's parts; the stack closes them, the last one first.

    Raises:
        StartError: As `run_bot`.
    """
    try:
        storage = await Storage.open(settings.data_dir)
    except StorageError as error:
        raise StartError(str(error)) from error
    stack.push_async_callback(storage.close)
    inbox, metrics, heartbeat = Inbox(storage.engine), Metrics(), Heartbeat()
    stack.push_async_callback(inbox.close)
    services = build_services(settings, storage, inbox, metrics, judge)
    stack.push_async_callback(services.downloader.close)
    application = build_application(services, heartbeat)
    stack.push_async_callback(application.shutdown)
    await asyncio.gather(warming, _connect(application))
    health_port = await _start_health(stack, services, heartbeat)
    await _start_receiving(stack, application, services, heartbeat)
    return RunningBot(application, services, health_port)


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


async def _start_health(stack: AsyncExitStack, services: Services, heartbeat: Heartbeat) -> int | None:
    """Serve /healthz, /readyz and /metrics, unless the host wants none."""
    settings = services.settings
    if not settings.health_port:
        return None
    loop_lag = LoopLag()
    loop_lag.start()
    stack.push_async_callback(loop_lag.stop)
    checks = {
        "inbox": lambda: services.inbox.write_error,
        "workers": lambda: None if services.judge.ready_workers else "No worker is alive.",
    }
    server = HealthServer(heartbeat=heartbeat, loop_lag=loop_lag, metrics=services.metrics, checks=checks)
    stack.push_async_callback(server.stop)
    try:
        return await server.start(settings.health_port, settings.health_host)
    except OSError as error:
        raise StartError(
            f"HEALTH_PORT {settings.health_port} cannot be used ({error.strerror}). "
            "Choose another, or 0 for none."
        ) from error


async def _start_receiving(
    stack: AsyncExitStack, application: BotApplication, services: Services, heartbeat: Heartbeat
) -> None:
    """Answer what was left unanswered, then receive what is new."""
    for update in await services.inbox.load_unfinished(application.bot):
        await _give_up(application, services, update)
    await application.start()
    stack.push_async_callback(_drain, application, services)
    if services.settings.webhook_url:
        await _start_webhook(application, services.settings)
        watching = asyncio.create_task(watch_webhook(application.bot, heartbeat, interval=30))
        stack.callback(watching.cancel)
    else:
        await _start_polling(application)
    registering = asyncio.create_task(
        register_bot(application.bot, services.catalogue, services.settings.data_dir)
    )
    stack.callback(registering.cancel)


async def _give_up(application: BotApplication, services: Services, update: Update) -> None:
    """Tell the sender of a photo that was set aside because it killed its workers again and again."""
    if update.effective_message:
        say = await find_texts(services, update.effective_chat, update.effective_user)
        with contextlib.suppress(TelegramError):
            await send_text(application.bot, update.effective_message, say("problem-worker-lost"))
    await services.inbox.done(update.update_id)


async def _start_polling(application: BotApplication) -> None:
    if application.updater is None:
        raise StartError("The bot was built without an updater.")
    await application.updater.start_polling(
        timeout=POLL_SECONDS,
        bootstrap_retries=-1,
        allowed_updates=ALLOWED_UPDATES,
        error_callback=_report_polling_error,
    )


async def _start_webhook(application: BotApplication, settings: Settings) -> None:
    if application.updater is None:
        raise StartError("The bot was built without an updater.")
    try:
        await application.updater.start_webhook(
            listen=settings.webhook_host,
            port=settings.webhook_port,
            # The secret header, not a secret path: paths end up in the logs of proxies.
            url_path=_WEBHOOK_PATH,
            webhook_url=f"{settings.webhook_url}/{_WEBHOOK_PATH}",
            secret_token=settings.webhook_secret,
            bootstrap_retries=-1,
            allowed_updates=ALLOWED_UPDATES,
        )
    except OSError as error:
        raise StartError(
            f"WEBHOOK_PORT {settings.webhook_port} cannot be used ({error.strerror}). Choose another."
        ) from error


def _report_polling_error(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        _log.error("another program receives this bot's messages; stop it, or remove its webhook")
    else:
        _log.warning("Telegram cannot be reached; trying again", error=type(error).__name__)


async def _drain(application: BotApplication, services: Services) -> None:
    """Receive no more, answer what is in flight; what takes too long is answered at the next start."""
    if application.updater is not None and application.updater.running:
        await application.updater.stop()
    services.stopping.set()
    try:
        async with asyncio.timeout(services.settings.stop_seconds):
            await application.stop()
    except TimeoutError:
        _log.warning("stopped with answers in flight; they are given at the next start")
