"""From a message with a picture to the answer in the chat. Handlers decide whether; this says how."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.answers.classification import judge_source
from bot.answers.sending import send_outcome, send_outcomes, send_text, show_chat_action
from bot.context import find_texts, is_group, thread_of
from bot.limits.chat_throttle import Place
from bot.messages.callback_data import build_ticket
from bot.messages.formatting import count_faces, format_gathered
from bot.storage.engine import DATABASE_PAUSE_SECONDS, DatabaseAwayError, StorageError
from bot.transport.rate_limiter import is_worth_repeating
from classifier.types import WorkerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from telegram import Bot, Message, Update

    from bot.context import BotContext, Services
    from bot.messages.callback_data import Ticket
    from bot.messages.catalogue import Texts
    from bot.messages.media import Source
    from bot.messages.outcome import Outcome
    from bot.storage.models import ChatSettings

T = TypeVar("T")
_PAUSE_SECONDS = 30.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer is owed for: one picture, or the pictures of an album.

    Attributes:
        update_ids: The updates to be marked as answered. What is gathered has the first as its head; a worker
            that dies is counted against the last.
        quoted: The message that the answer quotes.
        sources: The pictures, in order.
        say: The words to answer in.
        chat_settings: How to answer in this chat.
        asker_id: Who asked; they may press the buttons.
        is_automatic: Nobody asked, so that finding nothing is not worth a message.
    """

    update_ids: tuple[int, ...]
    quoted: Message
    sources: tuple[Source, ...]
    say: Texts
    chat_settings: ChatSettings
    asker_id: int
    is_automatic: bool = False


async def build_question(
    update: Update,
    services: Services,
    quoted: Message,
    sources: Sequence[Source],
    *,
    is_automatic: bool = False,
) -> Question:
    """Gather what answering takes. The quoted message may be the one that the update's replies to."""
    say = await find_texts(services, update.effective_chat, update.effective_user)
    chat_settings = await services.storage.get_chat_settings(quoted.chat_id)
    asker = update.effective_user
    asker_id = asker.id if asker else 0
    return Question((update.update_id,), quoted, tuple(sources), say, chat_settings, asker_id, is_automatic)


async def answer_question(context: BotContext, question: Question) -> bool:
    """Judge and answer; False when the answer is still owed: the group has had its share for this minute."""
    services, quoted = context.services, question.quoted
    outcomes = await _judge_sources(context, question)
    has_faces = any(outcome.prediction and outcome.prediction.faces for outcome in outcomes)
    if question.is_automatic and not has_faces:
        return True
    # A reaction is no message that could be too many.
    is_paced = is_group(quoted.chat) and not (has_faces and question.chat_settings.how == "reaction")
    per_minute = question.chat_settings.answers_per_minute
    if is_paced and not await services.pace.take(_place_of(quoted), per_minute, question.update_ids[0]):
        is_answered = await _answer_later(context, question, outcomes)
    else:
        await _answer_now(context, question, outcomes)
        is_answered = True
    if is_answered:
        await _count_moods(services, question, outcomes)
    return is_answered


async def _answer_now(context: BotContext, question: Question, outcomes: Sequence[Outcome]) -> None:
    quoted = question.quoted
    if len(outcomes) == 1:
        await send_outcome(
            context.bot,
            quoted,
            question.say,
            outcomes[0],
            how=question.chat_settings.how,
            asker_id=question.asker_id,
            ticket=_find_ticket(context.services, quoted, outcomes[0]),
        )
    else:
        await send_outcomes(context.bot, quoted, question.say, outcomes, question.chat_settings.how)


def _find_ticket(services: Services, quoted: Message, outcome: Outcome) -> Ticket | None:
    """Ask whether the answer was right only in private, and only where faces are kept."""
    return None if is_group(quoted.chat) or not services.corrections.are_kept else build_ticket(outcome)


async def wait_unless_stopping(stopping: asyncio.Event, seconds: float) -> None:
    """Wait, but no longer than the bot runs: what is being gathered is answered before it stops."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


def may_pass(error: BaseException) -> bool:
    """Whether the same may succeed later. A refused token stops the bot: once it has its new one."""
    if isinstance(error, TelegramError):
        return isinstance(error, InvalidToken) or is_worth_repeating(error)
    return isinstance(error, (DatabaseAwayError, WorkerUnavailableError))


async def persist(action: Callable[[], Coroutine[None, None, T]], give_up_seconds: float = math.inf) -> T:
    """Repeat what is owed outside of a handler until Telegram, or the database, can be reached again.

    Raises:
        Exception: Whatever cannot pass at once; what may pass when it has not in so many seconds.
    """
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + give_up_seconds
    while True:
        try:
            return await action()
        except Exception as error:
            if not may_pass(error) or clock() > give_up_at:
                raise
            is_database = isinstance(error, DatabaseAwayError)
        await asyncio.sleep(DATABASE_PAUSE_SECONDS if is_database else _PAUSE_SECONDS)


async def tell_at_last(bot: Bot, services: Services, update: Update, sentence: str) -> None:
    """Tell the sender what became of an update, as soon as Telegram takes it, unless it never will."""
    message = update.effective_message
    if message is not None:
        say = await find_texts(services, update.effective_chat, update.effective_user)
        with contextlib.suppress(TelegramError):  # thrown out of the chat, say
            await persist(lambda: send_text(bot, message, say(sentence)))


async def _judge_sources(context: BotContext, question: Question) -> list[Outcome]:
    """Judge the pictures side by side, showing that the bot is at work unless nobody asked it to."""
    draw = question.chat_settings.how == "picture"
    update_id, chat_id = question.update_ids[-1], question.quoted.chat_id

    async def judge_all() -> list[Outcome]:
        judging = (
            judge_source(context.bot, context.services, source, update_id, chat_id, draw=draw)
            for source in question.sources
        )
        # All of them, before one that failed is told: what goes on unattended would take others' places.
        outcomes = []
        for outcome in await asyncio.gather(*judging, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
            outcomes.append(outcome)
        return outcomes

    if question.is_automatic:
        return await judge_all()
    async with show_chat_action(context.bot, question.quoted):
        return await judge_all()


async def _count_moods(services: Services, question: Question, outcomes: Sequence[Outcome]) -> None:
    """Add what was seen to the group's mood, where its admins want one.

    Only once it is answered, for what is begun anew would be counted anew; and an answer that is out is not
    begun anew because it cannot be counted.
    """
    if not question.chat_settings.mood_enabled:
        return
    faces = [face for outcome in outcomes if outcome.prediction for face in outcome.prediction.faces]
    if not faces:
        return
    now = dt.datetime.now(dt.UTC)
    try:
        await services.storage.add_mood(question.quoted.chat_id, now, *count_faces(faces))
    except StorageError as error:
        _log.error("an answer is not counted in its group's mood", reason=str(error))


async def _answer_later(context: BotContext, question: Question, outcomes: Sequence[Outcome]) -> bool:
    """Keep an answer until the group's minute is over; the first one kept also arranges for that.

    Returns:
        Whether nothing more is owed here: the answer to the first one will say it.
    """
    services = context.services
    wait = await services.pace.gather(
        _place_of(question.quoted), outcomes, question.update_ids[0], question.asker_id
    )
    if wait is None:
        return True
    for update_id in question.update_ids:
        services.inbox.hold(update_id)
    context.application.create_task(_answer_gathered(context, question, outcomes, wait))
    return False


async def _answer_gathered(
    context: BotContext, question: Question, own: Sequence[Outcome], seconds: float
) -> None:
    """Give the gathered answers as one, in answer to the first, whose `own` /mood has yet to count."""
    services, head = context.services, question.update_ids[0]
    await wait_unless_stopping(services.stopping, seconds)
    outcomes = await _persist_storing(lambda: services.pace.collect(_place_of(question.quoted), head))
    text = format_gathered(question.say, outcomes)
    try:
        if outcomes:  # unless all who sent them asked to be forgotten meanwhile
            await persist(lambda: send_text(context.bot, question.quoted, text))
    except Exception:
        # Tried again it would fail again: the bot was thrown out, say.
        await _finish_gathered(services, question)
        raise
    await _count_moods(services, question, own)
    await _finish_gathered(services, question)


async def _finish_gathered(services: Services, question: Question) -> None:
    await services.inbox.done(*question.update_ids)
    await _persist_storing(lambda: services.pace.finish(question.update_ids[0]))


async def _persist_storing(action: Callable[[], Coroutine[None, None, T]]) -> T:
    """Repeat what is owed outside of a handler until the database is back."""
    while True:
        try:
            return await action()
        except StorageError:
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)


def _place_of(message: Message) -> Place:
    """Name the chat and the topic that a message stands in."""
    return Place(message.chat_id, thread_of(message))
