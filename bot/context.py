"""The context of every handler: the bot's parts, and the texts in the right language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from telegram.constants import ChatType
from telegram.ext import Application, CallbackContext, ExtBot

if TYPE_CHECKING:
    from telegram import Chat, Message, Update, User

    from bot.config.settings import Settings
    from bot.feedback.correction_store import FaceChanges
    from bot.feedback.corrections import Corrections
    from bot.feedback.verdict_counts import FeedbackCounts
    from bot.inbox.base import Inbox, IncomingUpdates
    from bot.limits.access_list import AccessList
    from bot.limits.access_notices import AccessNotices
    from bot.limits.chat_throttle import ChatThrottle
    from bot.limits.fair_semaphore import FairSemaphore
    from bot.limits.idempotency import IdempotencyKeys
    from bot.limits.rate_counter import RequestRate
    from bot.messages.catalogue import Catalogue, Texts
    from bot.observability.metrics import Metrics
    from bot.storage.database import Storage
    from bot.transport.downloads import Downloader
    from classifier.workers.worker_pool import ClassifierPool

BotApplication = Application[Any, "BotContext", dict[Any, Any], dict[Any, Any], dict[Any, Any], Any]
SERVICES = "services"


@dataclass(frozen=True, slots=True)
class SharedParts:
    """What all bots of this program have in common.

    Attributes:
        fetching: Bounds the pictures that may be in memory at once.
    """

    storage: Storage
    classifier: ClassifierPool
    catalogue: Catalogue
    downloader: Downloader
    metrics: Metrics
    fetching: FairSemaphore
    face_changes: FaceChanges


@dataclass(frozen=True, slots=True)
class Services:
    """One bot's parts, built in app.py.

    Attributes:
        settings: With this bot's token.
        fetching: Bounds the pictures that may be in memory at once.
        incoming: Where what is polled for is put.
        guest_rate: Counts each person's questions from chats that the bot is no member of.
    """

    settings: Settings
    storage: Storage
    classifier: ClassifierPool
    catalogue: Catalogue
    downloader: Downloader
    inbox: Inbox
    incoming: IncomingUpdates
    metrics: Metrics
    fetching: FairSemaphore
    access_list: AccessList
    access_notices: AccessNotices
    throttle: ChatThrottle
    guest_rate: RequestRate
    counts: FeedbackCounts
    corrections: Corrections
    idempotency_keys: IdempotencyKeys


class BotContext(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """python-telegram-bot's context, with the bot's parts."""

    @property
    def services(self) -> Services:
        """The bot's parts."""
        return cast("Services", self.bot_data[SERVICES])

    async def texts(self, update: Update) -> Texts:
        """Get the words in the language of whoever is answered."""
        return await find_texts(self.services, find_own_chat(update), update.effective_user)


def find_own_chat(update: Update) -> Chat | None:
    """Find the chat whose settings count; none for a guest message, whose chat is not known here."""
    return None if update.guest_message else update.effective_chat


async def find_texts(services: Services, chat: Chat | None, user: User | None) -> Texts:
    """Pick the language: a group's own, else the one a person chose, else that of their Telegram."""
    if chat is not None and is_group(chat):
        chosen = (await services.storage.preferences.get_chat_settings(chat.id)).language
        if chosen:
            return services.catalogue.texts(chosen)
    if user is None or user.is_bot:
        return services.catalogue.texts(None)
    return services.catalogue.texts(
        await services.storage.preferences.get_user_language(user.id) or user.language_code
    )


def message_of(update: Update) -> Message:
    """Return an update's message: the filters of commands and messages let no update without one through."""
    return cast("Message", update.effective_message)


def is_group(chat: Chat) -> bool:
    """Whether several people read a chat, so that the bot speaks only when asked."""
    return chat.type != ChatType.PRIVATE


def thread_of(message: Message) -> int | None:
    """Name the forum topic to answer in; None outside forums."""
    return message.message_thread_id if message.is_topic_message else None
