"""Receive updates by polling or webhook until the bot stops; then answer the updates in flight."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from telegram import Update
from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError

from bot.answers.backlog_notices import BacklogNotices
from bot.answers.failures import tell_at_last
from bot.inbox.base import InboxWriteError
from bot.messages.media import find_source
from bot.runtime.roles import StartError, end_task, opening_port
from bot.transport.command_registration import register_bot
from bot.transport.failure_causes import describe_failure
from bot.transport.polling_request import watch_webhook
from bot.transport.retrying_rate_limiter import repeat_until_reached

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AsyncExitStack

    from telegram.ext import ExtBot, Updater

    from bot.config.settings import Settings
    from bot.context import BotApplication, Services
    from bot.observability.heartbeat import Heartbeat
    from bot.runtime.roles import Role
    from bot.runtime.webhook_server import WebhookServer

# Telegram sends guest messages only when guest mode is on in BotFather.
ALLOWED_UPDATES = (
    Update.MESSAGE,
    Update.CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.GUEST_MESSAGE,
)
# Long polling: Telegram answers after at most this time, with or without updates.
POLL_SECONDS = 25

_WEBHOOK_PATH = "telegram"
_log = structlog.get_logger(__name__)


async def start_receiving(
    stack: AsyncExitStack,
    application: BotApplication,
    services: Services,
    heartbeat: Heartbeat,
    updater: Updater,
    role: Role = "all",
    webhooks: WebhookServer | None = None,
    path: str = "",
) -> None:
    """Answer the updates left from the last run, then receive new ones, as the role of this process allows.

    Args:
        stack: Closes everything that is opened here.
        application: The bot's Application.
        services: The bot's parts.
        heartbeat: Gets a beat for each answer of Telegram.
        updater: Polls for updates.
        role: The part of the work that this process does.
        webhooks: The server that receives webhook calls; None polls instead.
        path: The bot's own path, when several bots share the server.
    """
    services.inbox.on_dead_letter = partial(_tell_dead_letter, application.bot, services)
    if role != "worker":
        _tell_who_waits(stack, application, services)
    await application.start()
    stack.push_async_callback(_drain, application, services, updater)
    await services.inbox.start(application.bot)
    if role == "worker":
        _watch_telegram(stack, application, heartbeat)
        return
    if webhooks is not None:
        await _start_webhook(stack, webhooks, f"{_WEBHOOK_PATH}{path}", application, services)
        _watch_telegram(stack, application, heartbeat)
    elif services.settings.database_url:
        _poll_in_turn(stack, application, services, heartbeat, updater)
    else:
        await _start_polling(updater, services)
    registering = asyncio.create_task(
        register_bot(
            application.bot,
            services.catalogue,
            services.settings.data_dir,
            keeps_faces=services.corrections.are_kept,
            has_live_page=bool(services.settings.live_url),
        )
    )
    stack.callback(registering.cancel)


def _tell_who_waits(stack: AsyncExitStack, application: BotApplication, services: Services) -> None:
    """Start the backlog notices."""
    notices = BacklogNotices(application.bot, services)
    services.inbox.on_received = notices.note
    stack.push_async_callback(end_task, asyncio.create_task(notices.run(), name="backlog notices"))


def _watch_telegram(
    stack: AsyncExitStack,
    application: BotApplication,
    heartbeat: Heartbeat,
    polls: Callable[[], bool] = lambda: False,
) -> None:
    """Check every 30 seconds that Telegram can be reached, when no polling shows it."""
    watching = asyncio.create_task(watch_webhook(application.bot, heartbeat, interval=30, polls=polls))
    stack.callback(watching.cancel)


def _poll_in_turn(
    stack: AsyncExitStack,
    application: BotApplication,
    services: Services,
    heartbeat: Heartbeat,
    updater: Updater,
) -> None:
    """Poll while no other process does, or stand by."""
    from bot.transport.leader_lock import LeaderLock  # noqa: PLC0415 - loads what SQLite does not need

    lock = LeaderLock(
        services.settings.database_url,
        application.bot.id,
        start=partial(_start_polling, updater, services),
        stop=partial(_stop_polling, updater),
    )
    holding = asyncio.create_task(lock.run(), name="leader lock")
    stack.push_async_callback(end_task, holding)
    # A process on standby does not poll, so another call must show whether Telegram can be reached. While
    # this process polls, only its polls count: they can stall although other calls are answered.
    _watch_telegram(stack, application, heartbeat, polls=lambda: updater.running)


async def _stop_polling(updater: Updater) -> None:
    """Stop polling, if it runs."""
    if updater.running:
        # If Telegram refused the token, polling has ended with InvalidToken, and stop() raises it again.
        with contextlib.suppress(InvalidToken):
            await updater.stop()


async def _tell_dead_letter(bot: ExtBot[Any], services: Services, update: Update) -> None:
    """Tell the sender of a dead letter: an update on which workers, or the bot, died again and again."""
    message = update.effective_message
    is_picture = message is not None and find_source(message) is not None
    sentence = "problem-worker-lost" if is_picture else "problem-internal"
    await tell_at_last(bot, services, update, sentence)


async def _start_polling(updater: Updater, services: Services) -> None:
    await updater.start_polling(
        timeout=POLL_SECONDS,
        bootstrap_retries=-1,
        allowed_updates=ALLOWED_UPDATES,
        error_callback=partial(_report_polling_error, services),
    )


async def open_webhooks(stack: AsyncExitStack, settings: Settings) -> WebhookServer:
    """Listen where Telegram delivers.

    Raises:
        StartError: The port is taken.
    """
    from bot.runtime.webhook_server import WebhookServer  # noqa: PLC0415 - of no use to whoever polls

    webhooks = WebhookServer(settings.webhook_secret)
    stack.push_async_callback(webhooks.stop)
    with opening_port("WEBHOOK_PORT", settings.webhook_port):
        await webhooks.start(settings.webhook_port, settings.webhook_host)
    return webhooks


async def _start_webhook(
    stack: AsyncExitStack,
    webhooks: WebhookServer,
    path: str,
    application: BotApplication,
    services: Services,
) -> None:
    """Open the path for Telegram's deliveries, and register it with Telegram, with retries."""
    settings = services.settings
    webhooks.open_path(path, application, services)
    stack.callback(webhooks.close_path, path)

    async def register() -> None:
        # The secret header, not a secret path: paths end up in the logs of proxies.
        await application.bot.set_webhook(
            f"{settings.webhook_url}/{path}",
            secret_token=settings.webhook_secret,
            allowed_updates=ALLOWED_UPDATES,
        )

    try:
        await repeat_until_reached(register, settings)
    except BadRequest as error:
        raise StartError(f"Telegram refuses WEBHOOK_URL: {error.message}.") from error


def _report_polling_error(services: Services, error: TelegramError) -> None:
    """Log and count why no messages come. Polling goes on by itself."""
    metrics = services.metrics
    if isinstance(error, InboxWriteError):
        metrics.count_polling_failure("inbox")
        _log.error("messages cannot be kept, so Telegram keeps them; trying again", reason=str(error))
    elif isinstance(error, Conflict):
        metrics.count_polling_failure("conflict")
        _log.error("another program receives this bot's messages; stop it, or remove its webhook")
    else:
        metrics.count_polling_failure("telegram")
        failure = describe_failure(error, services.settings)
        _log.warning("Telegram cannot be reached; trying again", error=type(error).__name__, **failure)


async def _drain(application: BotApplication, services: Services, updater: Updater) -> None:
    """Stop receiving and answer the updates in flight; those that take too long wait for the next start."""
    # Both at the same time. Polling ends with one last call, which confirms the updates received so far. This
    # call waits while the inbox is full, so the inbox must be stopping already.
    await asyncio.gather(_stop_polling(updater), services.inbox.stop(services.settings.stop_seconds))
    await application.stop()
