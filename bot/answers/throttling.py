"""A group's share of answers a minute: what is beyond it is gathered and sent as one message."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from bot.answers.moods import count_moods
from bot.answers.retries import persist
from bot.answers.sending import send_text
from bot.context import thread_of
from bot.limits.chat_throttle import ChatThread
from bot.messages.formatting import format_gathered
from bot.storage.engine import DATABASE_PAUSE_SECONDS, StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from bot.answers.question import Question
    from bot.context import BotContext, Services
    from bot.messages.outcome import Outcome

T = TypeVar("T")


async def send_throttled(
    context: BotContext,
    question: Question,
    outcomes: Sequence[Outcome],
    send_now: Callable[[], Awaitable[None]],
) -> bool:
    """Send an answer now or, beyond the group's share, keep it until the minute is over.

    The first one that is kept also arranges for that.

    Returns:
        Whether nothing more is owed here: it is sent, or the answer to the first one will say it.
    """
    services, thread = context.services, _find_thread(question)
    per_minute, head = question.chat_settings.answers_per_minute, question.update_ids[0]
    if await services.throttle.acquire(thread, per_minute, head):
        await send_now()
        return True
    wait = await services.throttle.gather(thread, outcomes, head, question.asker_id)
    if wait is None:
        return True
    for update_id in question.update_ids:
        services.inbox.hold(update_id)
    context.application.create_task(_send_gathered(context, question, outcomes, wait))
    return False


async def _send_gathered(
    context: BotContext, question: Question, own: Sequence[Outcome], seconds: float
) -> None:
    """Send the gathered answers as one, in answer to the first, whose `own` /mood has yet to count."""
    services, head = context.services, question.update_ids[0]
    # No longer than the bot runs: what is being gathered is answered before it stops.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(services.stopping.wait(), seconds)
    outcomes = await _persist_storing(lambda: services.throttle.collect(_find_thread(question), head))
    try:
        if outcomes:  # unless all who sent them asked to be forgotten meanwhile
            text = format_gathered(question.say, outcomes)
            await persist(lambda: send_text(context.bot, question.quoted, text))
    except Exception:
        # Tried again it would fail again: the bot was thrown out, say.
        await _finish(services, question)
        raise
    await count_moods(services, question, own)
    await _finish(services, question)


async def _finish(services: Services, question: Question) -> None:
    await services.inbox.done(*question.update_ids)
    await _persist_storing(lambda: services.throttle.finish(question.update_ids[0]))


async def _persist_storing(action: Callable[[], Coroutine[None, None, T]]) -> T:
    """Repeat until the database takes it."""
    while True:
        try:
            return await action()
        except StorageError:
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)


def _find_thread(question: Question) -> ChatThread:
    return ChatThread(question.quoted.chat_id, thread_of(question.quoted))
