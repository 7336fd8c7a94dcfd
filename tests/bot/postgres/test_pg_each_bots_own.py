"""Hosts of the version before go on with tables that all bots shared, until they are upgraded too."""

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

from bot.limits.access_notices import AccessNotices
from bot.storage.chat_store import Storage
from bot.storage.engine import name_driver
from bot.storage.models import ChatSettings, MoodCount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres_steps import Hosts

FIRST, SECOND = 4_242, 5_353
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3_600
_COUNT_ROWS = (
    "SELECT ARRAY[(SELECT count(*) FROM chats), (SELECT count(*) FROM users), "
    "(SELECT count(*) FROM moods), (SELECT count(*) FROM refusals)]"
)


@pytest.fixture
async def bots(postgres_url: str) -> AsyncIterator[tuple[Storage, Storage]]:
    """Two bots on hosts that are upgraded, on a database that others use that are not."""
    url = name_driver(postgres_url)
    await asyncio.to_thread(make_earlier_database, make_url(url), COUNT_MOOD.format(chat_id=-5, hour=HOUR))
    first = await Storage.open(url, FIRST)
    yield first, first.for_bot(SECOND)
    await first.close()


async def test_what_the_version_before_writes_is_the_first_bots(bots: tuple[Storage, Storage], hosts: Hosts):
    """Saved for the first time, again, counted, moved and deleted."""
    first, second = bots
    for when, language in (("off", "de"), ("every", "uk")):
        await hosts.run_statement(SAVE_CHAT.format(chat_id=-5, when=when))
        await hosts.run_statement(SAVE_LANGUAGE.format(user_id=7, language=language))
    await hosts.run_statement(COUNT_MOOD.format(chat_id=-5, hour=HOUR))
    await hosts.run_statement(NOTE_REFUSAL.format(chat_id=-9))

    assert await first.preferences.get_chat_settings(-5) == CHOSEN
    assert await first.preferences.get_user_language(7) == "uk"
    assert await first.moods.list_since(-5, NOON) == [MoodCount(NOON, 2, 0, 0)]
    assert await AccessNotices(first.engine, FIRST).is_told(-9)
    assert await second.preferences.get_chat_settings(-5) == ChatSettings()
    assert await second.preferences.get_user_language(7) is None

    await hosts.run_statement("UPDATE chats SET chat_id = -100 WHERE chat_id = -5")
    assert await first.preferences.get_chat_settings(-5) == ChatSettings()
    assert await first.preferences.get_chat_settings(-100) == CHOSEN
    await hosts.run_statement("DELETE FROM chats")
    await hosts.run_statement("DELETE FROM users")
    assert await first.preferences.get_chat_settings(-100) == ChatSettings()
    assert await first.preferences.get_user_language(7) is None


async def test_the_version_before_reads_what_the_first_bot_keeps(bots: tuple[Storage, Storage], hosts: Hosts):
    """Not what another does; and what is forgotten is in neither of the tables."""
    first, second = bots
    for when in ("off", "every"):
        await first.preferences.save_chat_settings(7, ChatSettings(when=when))
        await second.preferences.save_chat_settings(7, ChatSettings(when="mention"))
    for storage, language in ((first, "uk"), (second, "de")):
        await storage.preferences.set_user_language(7, language)
        await storage.moods.add(-5, NOON, 1, 2, 3)
        await AccessNotices(storage.engine, storage.preferences._bot_id).note(7)
    assert await hosts.ask("SELECT answer_when FROM chats WHERE chat_id = 7") == "every"
    assert await hosts.ask("SELECT language FROM users WHERE user_id = 7") == "uk"
    assert await hosts.ask("SELECT happy * 100 + sad * 10 + unsure FROM moods WHERE chat_id = -5") == 223

    await second.personal_data.forget(7)
    await second.personal_data.forget(-5)
    assert await hosts.ask(_COUNT_ROWS) == [1, 1, 1, 1]
    await first.preferences.move_chat(-5, -100)
    assert await hosts.ask("SELECT happy FROM moods WHERE chat_id = -100") == 2
    await first.personal_data.forget(7)
    await first.personal_data.forget(-100)
    assert await hosts.ask(_COUNT_ROWS) == [0, 0, 0, 0]


async def test_what_either_version_changes_is_seen_by_hosts_that_keep_settings_in_memory(
    bots: tuple[Storage, Storage], hosts: Hosts
):
    """Whoever changes them, of whichever bot: the number of changes goes up."""
    changes = [await hosts.ask("SELECT max(version) FROM settings_changes")]

    async def look() -> None:
        changes.append(await hosts.ask("SELECT max(version) FROM settings_changes"))

    await hosts.run_statement(SAVE_CHAT.format(chat_id=-5, when="every"))
    await look()
    await hosts.run_statement(SAVE_LANGUAGE.format(user_id=7, language="uk"))
    await look()
    for storage in bots:
        await storage.preferences.save_chat_settings(-5, CHOSEN)
        await look()
        await storage.preferences.set_user_language(7, "de")
        await look()
    assert changes == sorted(set(changes))


async def test_both_versions_count_the_same_hour(bots: tuple[Storage, Storage], hosts: Hosts):
    """In turns, as the messages of a chat are answered: none is lost, whoever counts."""
    for _ in range(3):
        await hosts.run_statement(COUNT_MOOD.format(chat_id=-5, hour=HOUR))
        await bots[0].moods.add(-5, NOON, 1, 0, 0)
    assert await bots[0].moods.list_since(-5, NOON) == [MoodCount(NOON, 7, 0, 0)]
    assert await hosts.ask("SELECT happy FROM moods WHERE chat_id = -5") == 7
