"""Gathering: answers beyond a group's limit (see `limits`) are gathered and sent as one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.failures import may_pass
from bot.answers.sending import send_text
from bot.context import thread_of
from bot.limits.chat_throttle import ChatThread
from bot.messages.formatting import format_gathered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.answers.question import Question
    from bot.context import BotContext
    from bot.messages.outcome import Outcome


async def send_throttled(
    context: BotContext,
    question: Question,
    outcomes: Sequence[Outcome],
    send_now: Callable[[], Awaitable[None]],
) -> None:
    """Send an answer now or, beyond the group's share, keep it until the minute is over.

    The first one that is kept is set aside: the inbox hands it out again when all are to be sent.
    """
    services, thread = context.services, _find_thread(question)
    per_minute, head = question.chat_settings.answers_per_minute, question.update_ids[0]
    if await services.throttle.acquire(thread, per_minute, head):
        await send_now()
        return
    wait = await services.throttle.gather(thread, outcomes, head, question.asker_id)
    if wait is not None:
        services.inbox.retry_later(head, wait, aside=True)


async def send_gathered(context: BotContext, question: Question) -> None:
    """Send the gathered answers as one, in answer to the first."""
    services, head = context.services, question.update_ids[0]
    wait = await services.throttle.measure_wait(head)
    if wait > 0 and not services.inbox.is_stopping:  # the bot was restarted meanwhile
        services.inbox.retry_later(head, wait, aside=True)
        return
    outcomes = await services.throttle.collect(_find_thread(question), head)
    try:
        if outcomes:  # unless all who sent them asked to be forgotten meanwhile
            await send_text(context.bot, question.quoted, format_gathered(question.say, outcomes))
    except Exception as error:
        if not may_pass(error):  # the bot was thrown out, say
            await services.throttle.finish(head)
        raise
    await services.throttle.finish(head)


def _find_thread(question: Question) -> ChatThread:
    return ChatThread(question.quoted.chat_id, thread_of(question.quoted))
