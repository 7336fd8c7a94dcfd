"""The bot put together: its parts, the Application, and every handler in its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from telegram import Update
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot.config.parsers import parse_bot_id
from bot.context import SERVICES, BotContext, Services, SharedParts
from bot.feedback.correction_store import FaceChanges
from bot.feedback.corrections import build_corrections
from bot.feedback.verdict_counts import FeedbackCounts
from bot.handlers import (
    access_check,
    albums,
    answer_buttons,
    chat_membership,
    commands,
    error_handler,
    feedback,
    guests,
    host_commands,
    language_menu,
    live,
    mood,
    photos,
    privacy,
    settings_menu,
)
from bot.inbox.base import IncomingUpdates
from bot.inbox.processing import build_handle
from bot.limits.access_list import AccessList
from bot.limits.access_notices import AccessNotices
from bot.limits.chat_throttle import ChatThrottle
from bot.limits.fair_semaphore import FairSemaphore
from bot.limits.idempotency import IdempotencyKeys
from bot.limits.rate_counter import RequestRate
from bot.messages.catalogue import Catalogue
from bot.messages.media import find_source
from bot.messages.triggers import COMMAND
from bot.observability.metrics import Metrics
from bot.transport.downloads import Downloader, build_tls_context
from bot.transport.polling_request import BeatingRequest
from bot.transport.retrying_rate_limiter import RetryingRateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import httpx

    from bot.config.settings import Settings
    from bot.context import BotApplication
    from bot.inbox.base import Inbox
    from bot.observability.heartbeat import Heartbeat
    from bot.storage.database import Storage
    from bot.transport.flood_limits import RateLimiter
    from classifier.workers.worker_pool import ClassifierPool

    Handle = Callable[[Update, BotContext], Coroutine[Any, Any, None]]

_CONNECTIONS = 32
_SECONDS = 20.0
_ONE_PIECE_BYTES = 1_000_000

# Edited messages are left out: an edited caption was answered when it was new.
_NEW = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
_PRIVATE = filters.ChatType.PRIVATE


class _InAlbum(filters.MessageFilter):
    """Whether a message is part of an album."""

    def filter(self, message: Any) -> bool:
        """Look for the album's id."""
        return bool(message.media_group_id)


class _HoldsPicture(filters.MessageFilter):
    """Whether a message holds something to look at."""

    def filter(self, message: Any) -> bool:
        """Look for a picture, a clip or a sticker."""
        return find_source(message) is not None


def build_shared_parts(settings: Settings, storage: Storage, classifier: ClassifierPool) -> SharedParts:
    """Build what all bots share. Each worker's next picture is fetched while it classifies another."""
    return SharedParts(
        storage=storage,
        classifier=classifier,
        catalogue=Catalogue(settings.default_language),
        downloader=Downloader(
            settings.max_photo_bytes, settings.download_seconds, proxy=settings.telegram_proxy
        ),
        metrics=Metrics(),
        fetching=FairSemaphore(2 * (settings.workers or os.cpu_count() or 1)),
        face_changes=FaceChanges(),
    )


def build_services(settings: Settings, shared: SharedParts, inbox: Inbox) -> Services:
    """Build one bot's parts."""
    storage = shared.storage
    bot_id = parse_bot_id(settings.bot_token)
    return Services(
        settings=settings,
        storage=storage,
        classifier=shared.classifier,
        catalogue=shared.catalogue,
        downloader=shared.downloader,
        inbox=inbox,
        incoming=IncomingUpdates(inbox),
        metrics=shared.metrics,
        fetching=shared.fetching,
        access_list=AccessList(settings.allowed_chats, settings.blocked_chats),
        access_notices=AccessNotices(storage.engine, bot_id),
        throttle=ChatThrottle(storage.engine, bot_id),
        guest_rate=RequestRate(),
        counts=FeedbackCounts(storage.engine),
        corrections=build_corrections(storage.engine, settings, shared.face_changes),
        idempotency_keys=IdempotencyKeys(storage.engine, bot_id),
    )


def build_application(services: Services, heartbeat: Heartbeat, limiter: RateLimiter) -> BotApplication:
    """Build the Application around the parts; `limiter` keeps it within Telegram's limits."""
    settings = services.settings
    timeouts: dict[str, Any] = {
        "connect_timeout": _SECONDS,
        "read_timeout": _SECONDS,
        "write_timeout": _SECONDS,
        "pool_timeout": _SECONDS,
        "proxy": settings.telegram_proxy,
        "httpx_kwargs": {
            "verify": build_tls_context(),
            "trust_env": False,  # the environment's proxies are read, and checked, with the settings
            "event_hooks": {"request": [_join_body]},
        },
    }
    application: BotApplication = (
        ApplicationBuilder()
        .token(settings.bot_token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .context_types(ContextTypes(context=BotContext))
        .rate_limiter(RetryingRateLimiter(limiter, settings.retry_seconds))
        .request(HTTPXRequest(connection_pool_size=_CONNECTIONS, media_write_timeout=_SECONDS, **timeouts))
        .get_updates_request(
            BeatingRequest(heartbeat, services.incoming.flush, connection_pool_size=1, **timeouts)
        )
        .updater(None)
        .job_queue(None)
        .build()
    )
    application.bot_data[SERVICES] = services
    register_handlers(application, has_live_page=bool(settings.live_url))
    services.inbox.handle = build_handle(application, services.inbox, services.metrics)
    return application


async def _join_body(request: httpx.Request) -> None:
    """Send a picture and its fields in one piece; as built, they go out in twenty, each at its own cost."""
    # A large album stays in pieces: on a slow link each has its own deadline.
    if int(request.headers.get("Content-Length", 0)) <= _ONE_PIECE_BYTES:
        await request.aread()


def register_handlers(application: BotApplication, *, has_live_page: bool = False) -> None:
    """Register every handler. Only the first that fits is run, so the order matters."""
    # First of all, in a group of its own: what is not admitted goes no further.
    application.add_handler(TypeHandler(Update, access_check.admit), group=-1)

    # Guest messages first, whatever they hold: where the bot is no member no other handler may speak.
    application.add_handler(MessageHandler(filters.UpdateType.GUEST_MESSAGE, guests.answer_guest))

    # Events of the chat itself: not messages that anybody wrote.
    application.add_handler(
        ChatMemberHandler(chat_membership.follow_membership, ChatMemberHandler.MY_CHAT_MEMBER)
    )
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, chat_membership.follow_migration))

    _register_buttons(application)
    _register_commands(application, has_live_page=has_live_page)

    # Albums before single pictures: each part of an album is a picture, too.
    application.add_handler(MessageHandler(_NEW & _InAlbum(), albums.answer_album))
    application.add_handler(MessageHandler(_NEW & _PRIVATE & _HoldsPicture(), photos.answer_private_photo))
    application.add_handler(MessageHandler(_NEW & ~_PRIVATE & _HoldsPicture(), photos.answer_group_photo))
    application.add_handler(MessageHandler(_NEW & ~_PRIVATE & filters.TEXT, photos.answer_mention))

    # What is left: in private nothing ends in silence, in groups the bot does not speak unasked.
    application.add_handler(MessageHandler(_NEW & _PRIVATE & filters.TEXT, commands.hint_at_photos))
    application.add_handler(
        MessageHandler(_NEW & _PRIVATE & ~filters.StatusUpdate.ALL, commands.hint_not_a_photo)
    )
    application.add_error_handler(error_handler.end_error)


def _register_buttons(application: BotApplication) -> None:
    """Register the buttons; whatever none of them knows comes from an older version."""
    application.add_handler(CallbackQueryHandler(answer_buttons.explain_answer, answer_buttons.ANSWER_BUTTON))
    application.add_handler(CallbackQueryHandler(feedback.press_feedback, feedback.FEEDBACK_BUTTON))
    application.add_handler(CallbackQueryHandler(settings_menu.press_settings, settings_menu.SETTINGS_BUTTON))
    application.add_handler(
        CallbackQueryHandler(language_menu.choose_language, language_menu.LANGUAGE_BUTTON)
    )
    application.add_handler(CallbackQueryHandler(answer_buttons.decline_button))


def _register_commands(application: BotApplication, *, has_live_page: bool) -> None:
    """Register the commands. CommandHandler itself leaves those addressed to other bots alone."""
    handles: dict[str, Handle] = {
        COMMAND: photos.answer_emotion_command,
        "start": commands.greet,
        "help": commands.explain_use,
        "privacy": commands.explain_privacy,
        "about": commands.describe_model,
        "developer_info": commands.name_developer,
        "language": language_menu.offer_languages,
        "settings": settings_menu.open_settings,
        "mood": mood.send_mood,
        "mydata": privacy.send_my_data,
        "forget": privacy.forget_me,
        "stats": host_commands.send_statistics,
        **({"live": live.offer_live_page} if has_live_page else {}),
    }
    for command, handle in handles.items():
        application.add_handler(CommandHandler(command, handle, filters=_NEW))
