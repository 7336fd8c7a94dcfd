"""Count what was seen for a group's /mood."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import structlog

from bot.messages.formatting import count_outcomes
from bot.storage.engine import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.question import Question
    from bot.context import Services
    from bot.messages.outcome import Outcome

_log = structlog.get_logger(__name__)


async def count_moods(services: Services, question: Question, outcomes: Sequence[Outcome]) -> None:
    """Add what was seen to the group's mood, where its admins want one.

    Called after the answer was sent: an update that is tried again would be counted twice. And an answer that
    was sent is not sent again because counting failed.
    """
    if not question.chat_settings.mood_enabled:
        return
    counts = count_outcomes(outcomes)
    if not any(counts):
        return
    try:
        await services.storage.moods.add(question.quoted.chat_id, dt.datetime.now(dt.UTC), *counts)
    except StorageError as error:
        _log.error("an answer is not counted in its group's mood", reason=str(error))
