"""What people said of answers, as counts: each press once, all of it or nothing."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from bot.feedback.verdict_counts import Change, FeedbackCounts, list_counts
from bot.messages.callback_data import FaceAnswer
from bot.storage.engine import StorageError
from bot.storage.tables import counted_presses

if TYPE_CHECKING:
    from pathlib import Path

    from bot.storage.database import Storage

HAPPY, SAD = FaceAnswer("happy", 95), FaceAnswer("sad", 70)


async def read(tmp_path: Path) -> list[tuple[str, str, int]]:
    lines = [json.loads(line) for line in await list_counts(tmp_path)]
    return [(line["answer"], line["verdict"], line["count"]) for line in lines]


async def test_a_press_counts_once(storage: Storage, tmp_path: Path) -> None:
    """Handled again after a kill, it changes nothing; another press does."""
    counts = FeedbackCounts(storage.engine)
    for press_id in ("1", "1", "2"):
        await counts.add(press_id, "m 1.0", [Change(HAPPY, "right"), Change(SAD, "right")])

    assert await read(tmp_path) == [("happy", "right", 2), ("sad", "right", 2)]


async def test_a_verdict_is_replaced_in_one_step(storage: Storage, tmp_path: Path) -> None:
    """And never below zero, where the first was counted on another day."""
    counts = FeedbackCounts(storage.engine)
    await counts.add("1", "m 1.0", [Change(HAPPY, "wrong")])
    for press_id in ("2", "3"):
        await counts.add(press_id, "m 1.0", [Change(HAPPY, "wrong", -1), Change(HAPPY, "sad")])

    assert await read(tmp_path) == [("happy", "sad", 2)]


async def test_what_cannot_be_counted_whole_is_not_counted(storage: Storage, tmp_path: Path) -> None:
    """The press is not noted either: handled again, it counts."""
    counts = FeedbackCounts(storage.engine)
    broken = Change(SAD, None)
    with pytest.raises(StorageError):
        await counts.add("1", "m 1.0", [Change(HAPPY, "right"), broken])
    assert await read(tmp_path) == []

    await counts.add("1", "m 1.0", [Change(HAPPY, "right")])

    assert await read(tmp_path) == [("happy", "right", 1)]


async def test_presses_are_forgotten_after_a_month(storage: Storage) -> None:
    """Nothing that was pressed is listed for ever, not even by a number of Telegram's."""
    counts = FeedbackCounts(storage.engine)
    await counts.add("1", "m 1.0", [Change(HAPPY, "right")])
    old = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=31)).isoformat()
    async with storage.engine.begin() as connection:
        await connection.execute(update(counted_presses).values(day=old))
    await counts.add("2", "m 1.0", [Change(HAPPY, "right")])

    async with storage.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(counted_presses)) == 1


@pytest.mark.parametrize(("days", "is_known"), [(30, True), (31, False)])
async def test_a_press_stays_known_for_thirty_days(
    storage: Storage, tmp_path: Path, days: int, *, is_known: bool
) -> None:
    """Telegram keeps one for a day, and a bot may be down for longer; then nobody needs its number."""
    counts = FeedbackCounts(storage.engine)
    await counts.add("1", "m 1.0", [Change(HAPPY, "right")])
    old = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days)).isoformat()
    async with storage.engine.begin() as connection:
        await connection.execute(update(counted_presses).values(day=old))
    await counts.add("1", "m 1.0", [Change(HAPPY, "right")])
    assert await read(tmp_path) == [("happy", "right", 1 if is_known else 2)]


async def test_what_is_taken_back_first_leaves_no_debt(storage: Storage, tmp_path: Path) -> None:
    """Counted on another day, there is nothing to take from: the next one counts whole. Bands are shares."""
    counts = FeedbackCounts(storage.engine)
    await counts.add("1", "m 1.0", [Change(HAPPY, "wrong", -1)])
    assert await read(tmp_path) == []
    await counts.add("2", "m 1.0", [Change(HAPPY, "wrong")])
    (line,) = [json.loads(line) for line in await list_counts(tmp_path)]
    assert (line["count"], line["confidence"], line["model"]) == (1, 0.95, "m 1.0")
