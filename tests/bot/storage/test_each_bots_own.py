"""What several bots of one database keep is each one's own; what was kept before is the first one's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from earlier_database import (
    CHOSEN,
    COUNT_MOOD,
    NOTE_REFUSAL,
    SAVE_CHAT,
    SAVE_LANGUAGE,
    make_earlier_database,
)
from sqlalchemy.engine import make_url

from bot.cli import main
from bot.limits.access_notices import AccessNotices
from bot.storage.chat_store import Storage
from bot.storage.engine import DATABASE_NAME, StorageError, name_driver
from bot.storage.models import ChatSettings, MoodCount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FIRST, SECOND = 4_242, 5_353
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3_600
EARLIER = (
    SAVE_CHAT.format(chat_id=-5, when="every"),
    SAVE_LANGUAGE.format(user_id=7, language="uk"),
    COUNT_MOOD.format(chat_id=-5, hour=HOUR),
    NOTE_REFUSAL.format(chat_id=-9),
)


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


def name_url(target: Path | str) -> str:
    return target if isinstance(target, str) else f"sqlite:///{target / DATABASE_NAME}"


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


async def test_what_was_kept_before_becomes_the_first_bots(target: Path | str):
    """All of it; the second begins with nothing."""
    make_earlier_database(make_url(name_url(target)), *EARLIER)
    storage = await Storage.open(target, FIRST)
    other = storage.for_bot(SECOND)
    assert await storage.preferences.get_chat_settings(-5) == CHOSEN
    assert await storage.preferences.get_user_language(7) == "uk"
    assert await storage.moods.list_since(-5, NOON) == [MoodCount(NOON, 1, 0, 0)]
    assert (await storage.personal_data.collect(-9))["told_that_not_admitted"]
    assert await other.preferences.get_chat_settings(-5) == ChatSettings()
    assert await other.preferences.get_user_language(7) is None
    await storage.close()


async def test_what_was_kept_before_is_given_to_nobody_unknown(target: Path | str):
    """Without a token nothing is changed, and it says what to set; with one it goes on."""
    make_earlier_database(make_url(name_url(target)), *EARLIER)
    with pytest.raises(StorageError, match="Set BOT_TOKEN"):
        await Storage.open(target)
    storage = await Storage.open(target, FIRST)
    assert await storage.preferences.get_chat_settings(-5) == CHOSEN
    await storage.close()


def test_the_playground_takes_no_bots_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """Started by mistake, for the token is missing, it leaves them to the bot."""
    make_earlier_database(make_url(name_url(tmp_path)), *EARLIER)
    monkeypatch.chdir(tmp_path)
    for name in ("BOT_TOKEN", "BOT_TOKENS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    for command in ([], ["migrate"]):
        assert main(command) == 1
        assert "Set BOT_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("BOT_TOKENS", f"{FIRST}00:{'a' * 35},{SECOND}00:{'b' * 35}")
    assert main(["migrate"]) == 0

    async def read(bot_id: int) -> ChatSettings:
        storage = await Storage.open(tmp_path, bot_id)
        settings = await storage.preferences.get_chat_settings(-5)
        await storage.close()
        return settings

    assert asyncio.run(read(FIRST * 100)) == CHOSEN
    assert asyncio.run(read(SECOND * 100)) == ChatSettings()
