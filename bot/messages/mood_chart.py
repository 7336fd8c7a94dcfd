"""A group's mood as text: how many faces looked happy or sad, with a small plot. Counts only."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.messages.catalogue import Texts
    from bot.storage.chat_records import MoodCount

_PLOT_WIDTH = 8
_HAPPY, _SAD, _UNSURE = "🟨", "🟦", "⬜"
DAYS = 7  # the sentences say so, too


def format_mood(say: Texts, counts: Sequence[MoodCount], now: dt.datetime, utc_offset: int) -> str:
    """Format the last day's and the last week's counts, and a bar a day of the chat's own calendar."""
    if not counts:
        return say("mood-empty")
    lines = [
        _format_period(
            say, "mood-day", [count for count in counts if count.hour > now - dt.timedelta(days=1)]
        ),
        _format_period(say, "mood-week", counts),
        "",
    ]
    shift = dt.timedelta(minutes=utc_offset)
    by_day: dict[dt.date, list[MoodCount]] = defaultdict(list)
    for count in counts:
        by_day[(count.hour + shift).date()].append(count)
    today = (now + shift).date()
    for days_ago in reversed(range(DAYS)):
        day = today - dt.timedelta(days=days_ago)
        lines.append(say("mood-bar", date=day, bar=format_bar(*_sum(by_day[day]))))
    return "\n".join([say("mood-title"), *lines, say("mood-legend", happy=_HAPPY, sad=_SAD, unsure=_UNSURE)])


def format_bar(happy: int, sad: int, unsure: int) -> str:
    """Format the shares of a day as squares; each kind that was there at all is seen."""
    total = happy + sad + unsure
    if not total:
        return "·"
    widths = [-(-count * _PLOT_WIDTH // total) for count in (happy, sad, unsure)]
    bar = _HAPPY * widths[0] + _SAD * widths[1] + _UNSURE * widths[2]
    return f"{bar} {total}"


def _format_period(say: Texts, message: str, counts: Iterable[MoodCount]) -> str:
    happy, sad, unsure = _sum(counts)
    return say(message, happy=happy, sad=sad, unsure=unsure)


def _sum(counts: Iterable[MoodCount]) -> tuple[int, int, int]:
    happy = sad = unsure = 0
    for count in counts:
        happy, sad, unsure = happy + count.happy, sad + count.sad, unsure + count.unsure
    return happy, sad, unsure
