"""From a message with a picture to the answer in the chat. Handlers decide whether to answer."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from bot.answers.classifying import classify_source
from bot.answers.gathering import send_gathered, send_throttled
from bot.answers.mood_counting import count_moods
from bot.answers.sending import send_outcome, send_outcomes, show_chat_action
from bot.context import is_group
from bot.messages.callback_data import build_ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.question import Question
    from bot.context import BotContext
    from bot.messages.outcome import Outcome


async def answer_question(context: BotContext, question: Question) -> None:
    """Classify, format and send: at once, or with others later when the group has used up its share."""
    if context.services.inbox.is_aside(question.update_ids[0]):
        await send_gathered(context, question)
        return
    outcomes = await _classify_sources(context, question)
    has_faces = any(outcome.prediction and outcome.prediction.faces for outcome in outcomes)
    if question.is_automatic and not has_faces:
        return
    # A reaction is no message that could be too many.
    is_reaction = has_faces and question.chat_settings.how == "reaction"
    if is_reaction or not is_group(question.quoted.chat):
        await _send_answer(context, question, outcomes)
    else:
        send_now = functools.partial(_send_answer, context, question, outcomes)
        await send_throttled(context, question, outcomes, send_now)
    await count_moods(context.services, question, outcomes)


async def _classify_sources(context: BotContext, question: Question) -> list[Outcome]:
    """Classify the pictures side by side, showing that the bot is at work unless nobody asked it to."""
    draw = question.chat_settings.how == "picture"
    update_id, chat_id = question.update_ids[-1], question.quoted.chat_id

    async def classify_all() -> list[Outcome]:
        classifying = (
            classify_source(context.bot, context.services, source, update_id, chat_id, draw=draw)
            for source in question.sources
        )
        # All of them, before one that failed is told: what goes on unattended would take others' turns.
        outcomes = []
        for outcome in await asyncio.gather(*classifying, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
            outcomes.append(outcome)
        return outcomes

    if question.is_automatic:
        return await classify_all()
    async with show_chat_action(context.bot, question.quoted):
        return await classify_all()


async def _send_answer(context: BotContext, question: Question, outcomes: Sequence[Outcome]) -> None:
    quoted, say, how = question.quoted, question.say, question.chat_settings.how
    if len(outcomes) > 1:
        await send_outcomes(context.bot, quoted, say, outcomes, how)
        return
    # Ask whether the answer was right only in private, and only where faces are kept.
    may_ask = not is_group(quoted.chat) and context.services.corrections.are_kept
    ticket = build_ticket(outcomes[0]) if may_ask and not outcomes[0].clip else None
    await send_outcome(context.bot, quoted, say, outcomes[0], how=how, ticket=ticket)
