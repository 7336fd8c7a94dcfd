"""What several bots of one database keep is each one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.limits.access_notices import AccessNotices
from bot.storage.chat_records import ChatSettings, MoodCount
from bot.storage.database import Storage
from bot.storage.engine import name_driver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FIRST, SECOND = 4_242, 5_353
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CHOSEN = ChatSettings(when="every")


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a database is to be."""
    if request.param == "sqlite":
        return tmp_path
    return name_driver(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def bots(target: Path | str) -> AsyncIterator[tuple[Storage, Storage]]:
    """What two bots keep in one database."""
    first = await Storage.open(target, FIRST)
    yield first, first.for_bot(SECOND)
    await first.close()


async def fill(storage: Storage) -> None:
    await storage.preferences.save_chat_settings(-5, CHOSEN)
    await storage.preferences.save_chat_settings(7, CHOSEN)
    await storage.preferences.set_user_language(7, "fr")
    for chat_id in (-5, 7):
        await storage.moods.add(chat_id, NOON, 1, 0, 0)


async def test_one_bot_changes_nothing_of_anothers(bots: tuple[Storage, Storage]):
    """Neither where it saves, nor where it counts, nor where the group becomes a supergroup."""
    one, other = bots
    await fill(one)
    assert await other.preferences.get_chat_settings(-5) == ChatSettings()
    assert await other.preferences.get_user_language(7) is None
    assert await other.moods.list_since(-5, NOON) == []

    await fill(other)
    assert (
        await one.moods.list_since(-5, NOON)
        == await other.moods.list_since(-5, NOON)
        == [MoodCount(NOON, 1, 0, 0)]
    )
    await other.preferences.save_chat_settings(-5, ChatSettings(when="off"))
    await other.preferences.set_user_language(7, "de")
    assert await one.preferences.get_chat_settings(-5) == CHOSEN
    assert await one.preferences.get_user_language(7) == "fr"

    await other.preferences.move_chat(-5, -100)
    assert (await other.preferences.get_chat_settings(-100)).when == "off"
    assert await one.preferences.get_chat_settings(-100) == ChatSettings()
    assert await one.preferences.get_chat_settings(-5) == CHOSEN


async def test_one_bot_leaves_and_forgets_for_itself(bots: tuple[Storage, Storage]):
    """What the other keeps of the same group and person stays, and is not told by the one either."""
    one, other = bots
    unknown = await one.personal_data.collect(7)
    for storage in bots:
        await fill(storage)
    kept = await other.personal_data.collect(7)
    await one.personal_data.forget(-5)
    await one.personal_data.forget(7)

    assert await one.personal_data.collect(7) == unknown
    assert await one.preferences.get_chat_settings(-5) == ChatSettings()
    assert await other.personal_data.collect(7) == kept != unknown
    assert await other.preferences.get_chat_settings(-5) == CHOSEN
    assert await other.moods.list_since(-5, NOON) == [MoodCount(NOON, 1, 0, 0)]


async def test_a_chat_is_told_by_each_bot_that_does_not_answer_it(bots: tuple[Storage, Storage]):
    one, other = AccessNotices(bots[0].engine, FIRST), AccessNotices(bots[1].engine, SECOND)
    await one.note(-9)
    assert [await refusals.is_told(-9) for refusals in (one, other)] == [True, False]
    await other.note(-9)
    await other.forget(-9)
    assert [await refusals.is_told(-9) for refusals in (one, other)] == [True, False]
