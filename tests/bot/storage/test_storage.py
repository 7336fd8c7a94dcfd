from __future__ import annotations

import hashlib
import stat
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from limits_steps import BOT_ID, SEEN, Mailbox
from sqlalchemy import create_engine, text

import bot.storage.migrations
from bot.limits.access_notices import AccessNotices
from bot.limits.chat_throttle import ChatThread, ChatThrottle
from bot.limits.idempotency import IdempotencyKeys
from bot.storage.chat_records import ChatSettings, MoodCount
from bot.storage.database import Storage
from bot.storage.engine import DatabaseAwayError, StorageError, connect
from bot.storage.migrate import newest_revision
from bot.storage.preferences import Preferences
from bot.storage.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOON = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
UNUSUAL = ChatSettings(
    when="every",
    how="reaction",
    language="uk",
    answers_per_minute=5,
    quiet_from=22,
    quiet_until=7,
    utc_offset=-180,
    mood_enabled=True,
)


def test_the_newest_revision_is_the_one_alembic_leads_to() -> None:
    """The start looks at file names instead of loading Alembic; both must agree."""
    scripts = ScriptDirectory(str(Path(bot.storage.migrations.__file__).parent))
    assert scripts.get_current_head() == newest_revision()
    assert {script.revision for script in scripts.walk_revisions()} == set(FROZEN), "freeze a new one, too"


FROZEN = {"0001": "54d413269bb46c66f83013c558ddbaf53b6ef553ef552fd4437a52ea5c6bf9b7"}
"""What each migration that was landed makes of an empty SQLite database: SHA-256 of its schema."""


@pytest.mark.parametrize("revision", FROZEN)
def test_a_landed_migration_is_not_edited(revision: str) -> None:
    """Databases that have it would never see the change, and fail at the first statement that needs it.

    Add a revision instead.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(bot.storage.migrations.__file__).parent))
    with create_engine("sqlite://").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        made = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"))
        schema = "\n".join(" ".join(sql.split()) for sql in made.scalars())
    assert hashlib.sha256(schema.encode()).hexdigest() == FROZEN[revision]


async def test_settings_survive_a_restart(tmp_path: Path) -> None:
    """Every field of a chat's settings comes back as it was saved."""
    storage = await Storage.open(tmp_path)
    await storage.preferences.save_chat_settings(-5, UNUSUAL)
    await storage.preferences.set_user_language(7, "ar")
    await storage.close()
    storage = await Storage.open(tmp_path)
    assert await storage.preferences.get_chat_settings(-5) == UNUSUAL
    assert await storage.preferences.get_user_language(7) == "ar"
    await storage.close()


async def test_a_chat_without_settings_has_the_defaults(storage: Storage) -> None:
    """A group is answered on command only, until an admin says otherwise."""
    assert await storage.preferences.get_chat_settings(-5) == ChatSettings()
    assert ChatSettings().when == "command"
    assert not ChatSettings().mood_enabled
    assert await storage.preferences.get_user_language(7) is None


async def test_what_was_read_before_does_not_hide_what_was_saved_since(storage: Storage) -> None:
    """Reading is cached; saving, moving, deleting and forgetting show at once."""
    await storage.preferences.get_chat_settings(7)
    await storage.preferences.save_chat_settings(7, UNUSUAL)
    assert await storage.preferences.get_chat_settings(7) == UNUSUAL
    await storage.preferences.get_user_language(7)
    await storage.preferences.set_user_language(7, "hi")
    assert await storage.preferences.get_user_language(7) == "hi"
    await storage.preferences.move_chat(7, 8)
    assert await storage.preferences.get_chat_settings(7) == ChatSettings()
    assert await storage.preferences.get_chat_settings(8) == UNUSUAL
    await storage.personal_data.forget(8)
    assert await storage.preferences.get_chat_settings(8) == ChatSettings()
    await storage.preferences.set_user_language(7, None)
    assert await storage.preferences.get_user_language(7) is None


async def test_a_group_keeps_settings_and_moods_when_it_moves(storage: Storage) -> None:
    """Telegram tells of the move twice: the second time must not delete what the first brought."""
    await storage.preferences.save_chat_settings(-5, UNUSUAL)
    await storage.moods.add(-5, NOON, 1, 2, 3)
    for _ in range(2):
        await storage.preferences.move_chat(-5, -100_5)
    assert await storage.preferences.get_chat_settings(-100_5) == UNUSUAL
    assert len(await storage.moods.list_since(-100_5, NOON)) == 1
    assert await storage.moods.list_since(-5, NOON) == []


async def test_moods_add_up_by_hour(storage: Storage) -> None:
    """Counts of one hour are one row, in order, of this chat, since the hour that is asked for."""
    for hours, happy in ((0, 1), (1, 2), (0, 4), (-2, 8)):
        await storage.moods.add(-5, NOON + timedelta(hours=hours), happy, 1, 0)
    await storage.moods.add(-6, NOON, 100, 100, 100)
    hour = NOON.replace(minute=0)
    assert await storage.moods.list_since(-5, NOON) == [
        MoodCount(hour, 5, 2, 0),
        MoodCount(hour + timedelta(hours=1), 2, 1, 0),
    ]


async def test_moods_older_than_needed_are_dropped(storage: Storage) -> None:
    """A week is the longest question; what is older goes, also in groups that have fallen silent."""
    await storage.moods.add(-5, NOON - timedelta(days=9), 1, 1, 1)
    await storage.moods.add(-5, NOON - timedelta(days=7), 1, 1, 1)
    await storage.moods.add(-5, NOON, 1, 1, 1)
    await storage.moods.add(-6, NOON - timedelta(days=9), 1, 1, 1)
    await storage.moods.delete_expired(NOON)
    assert len(await storage.moods.list_since(-5, NOON - timedelta(days=30))) == 2
    assert await storage.moods.list_since(-6, NOON - timedelta(days=30)) == []


async def test_settings_outlive_the_bots_removal_for_a_week(storage: Storage) -> None:
    """They are taken up when the bot returns in time, and deleted when it does not; no other chat's are."""
    preferences, week = storage.preferences, timedelta(days=7)
    for chat_id in (-5, -6, -7):
        await preferences.save_chat_settings(chat_id, UNUSUAL)
    for chat_id in (-5, -6):
        await preferences.leave_chat(chat_id, NOON)

    assert await preferences.return_to_chat(-5, NOON + week - timedelta(hours=1)) == UNUSUAL
    assert await preferences.return_to_chat(-6, NOON + week + timedelta(hours=1)) is None
    assert await preferences.return_to_chat(-8, NOON) is None, "it never was there"
    await preferences.forget_left_chats(NOON + 5 * week)
    found = [await preferences.get_chat_settings(chat_id) for chat_id in (-5, -6, -7)]
    assert found == [UNUSUAL, ChatSettings(), UNUSUAL]


@pytest.mark.parametrize("is_told_late", [False, True])
async def test_a_group_that_moves_is_not_left(storage: Storage, is_told_late: bool) -> None:
    """Telegram also tells that the bot left the group of before, sooner or later than of the move."""
    preferences = storage.preferences
    await preferences.save_chat_settings(-5, UNUSUAL)
    if is_told_late:
        await preferences.move_chat(-5, -100_5)
    await preferences.leave_chat(-5, NOON)
    await preferences.move_chat(-5, -100_5)

    await preferences.forget_left_chats(NOON + timedelta(days=30))
    assert await preferences.get_chat_settings(-100_5) == UNUSUAL


async def test_forgetting_a_person_empties_their_data(storage: Storage) -> None:
    """What /mydata lists, /forget deletes; other people's stays."""
    for user_id in (7, 8):
        await storage.preferences.set_user_language(user_id, "fr")
        await storage.preferences.save_chat_settings(user_id, UNUSUAL)
        await storage.moods.add(user_id, NOON, 1, 1, 1)
    unknown = await storage.personal_data.collect(9)
    told = await storage.personal_data.collect(7)
    assert told["language"] == "fr"
    assert told["private_chat_settings"]
    assert told["private_chat_moods"]
    await storage.personal_data.forget(7)
    assert await storage.personal_data.collect(7) == {**unknown, "user_id": 7}
    assert (await storage.personal_data.collect(8))["language"] == "fr"


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "quiet_hours"),
    [(22, 7, {22, 23, 0, 1, 2, 3, 4, 5, 6}), (1, 3, {1, 2}), (None, 3, set()), (4, 4, set())],
)
def test_quiet_hours_may_reach_over_midnight(
    quiet_from: int | None, quiet_until: int | None, quiet_hours: set[int]
) -> None:
    """The hours are the chat's own, wherever the time was taken."""
    chat = ChatSettings(quiet_from=quiet_from, quiet_until=quiet_until, utc_offset=120)
    elsewhere = timezone(timedelta(hours=-7))
    times = [datetime(2026, 5, 4, hour, 59, tzinfo=UTC) for hour in range(24)]
    found = {(time.hour + 2) % 24 for time in times if chat.is_quiet(time.astimezone(elsewhere))}
    assert found == quiet_hours


async def test_only_the_bots_user_can_read_the_data(tmp_path: Path) -> None:
    """Messages wait in it: neither directory nor database is open to others."""
    directory = tmp_path / "new" / "data"
    storage = await Storage.open(directory)
    await storage.preferences.set_user_language(7, "fr")
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (directory, *directory.glob("*.sqlite3*"))}
    assert modes == {0}
    await storage.close()


async def test_migrations_lead_to_the_tables_of_the_code(storage: Storage) -> None:
    """A change of bot.storage.tables without a migration fails here."""

    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with storage.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_a_database_of_a_newer_bot_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """An older bot must not write into tables that it does not know."""
    storage = await Storage.open(tmp_path)
    async with storage.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await storage.close()
    with pytest.raises(StorageError, match="newer version of the bot"):
        await Storage.open(tmp_path)


async def test_an_interrupted_migration_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Tables are made in one transaction: when a later one cannot be, the earlier ones are not there."""
    first = await Storage.open(tmp_path)
    async with first.engine.begin() as connection:
        for table in (*(metadata.tables.keys() - {"inbox"}), "alembic_version"):
            await connection.execute(text(f"DROP TABLE {table}"))
    await first.close()
    with pytest.raises(StorageError):
        await Storage.open(tmp_path)
    from bot.storage.engine import build_engine  # only here: tests use Storage

    engine = build_engine(f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}")
    async with engine.connect() as connection:
        names = (
            await connection.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))
        ).scalars()
        assert set(names) == {"inbox"}
    await engine.dispose()


@pytest.mark.parametrize(("seconds", "is_kept"), [(0, True), (1, False)])
async def test_a_left_groups_settings_last_a_week_to_the_second(
    storage: Storage, seconds: int, *, is_kept: bool
) -> None:
    """At its last moment they still do; saving them anew ends the countdown."""
    preferences = storage.preferences
    for chat_id in (-5, -6):
        await preferences.save_chat_settings(chat_id, UNUSUAL)
        await preferences.leave_chat(chat_id, NOON)
    await preferences.save_chat_settings(-6, UNUSUAL)
    await preferences.forget_left_chats(NOON + timedelta(days=7, seconds=seconds))
    assert (await preferences.get_chat_settings(-5) == UNUSUAL) is is_kept
    assert await preferences.get_chat_settings(-6) == UNUSUAL


@pytest.mark.parametrize(("days", "hours", "is_kept"), [(8, 0, True), (8, 1, False)])
async def test_moods_last_eight_days_to_the_hour(
    storage: Storage, days: int, hours: int, *, is_kept: bool
) -> None:
    """The longest question is about seven days and the hours of the eighth."""
    await storage.moods.add(-5, NOON, 1, 0, 0)
    await storage.moods.delete_expired(NOON + timedelta(days=days, hours=hours))
    assert bool(await storage.moods.list_since(-5, NOON)) is is_kept


async def test_a_moved_groups_rows_replace_what_was_at_its_number(storage: Storage) -> None:
    """The second report of the same move finds nothing to move, and deletes nothing."""
    preferences = storage.preferences
    await preferences.save_chat_settings(-5, UNUSUAL)
    await preferences.save_chat_settings(-100, ChatSettings(when="off"))
    await storage.moods.add(-5, NOON, 1, 0, 0)
    for _ in range(2):
        await preferences.move_chat(-5, -100)
    assert await preferences.get_chat_settings(-100) == UNUSUAL
    assert await preferences.get_chat_settings(-5) == ChatSettings()
    assert len(await storage.moods.list_since(-100, NOON)) == 1


async def test_leaving_a_chat_forgets_what_was_done_there(storage: Storage) -> None:
    """Keys, times and gathered answers; not those of other chats, nor what was counted for its mood."""
    own = storage.for_bot(BOT_ID)
    keys, throttle = IdempotencyKeys(own.engine, BOT_ID), ChatThrottle(own.engine, BOT_ID)
    for chat_id in (-5, -6):
        await keys.acquire(chat_id, "x", 1)
        await throttle.acquire(ChatThread(chat_id), 1, 1)
        await throttle.gather(ChatThread(chat_id), [SEEN], -chat_id, user_id=7)
    await own.moods.add(-5, NOON, 1, 0, 0)
    await own.preferences.leave_chat(-5, NOON)
    assert [await keys.has(chat_id, "x") for chat_id in (-5, -6)] == [False, True]
    assert [len(await throttle.collect(ChatThread(-head), head)) for head in (5, 6)] == [0, 1]
    assert len(await own.moods.list_since(-5, NOON)) == 1


async def test_what_is_kept_about_a_person_is_told_and_forgotten_whole(storage: Storage) -> None:
    """Each kind of it, in private chat and group; told once, and unknown after /forget."""
    own = storage.for_bot(BOT_ID)
    empty = await own.personal_data.collect(7)
    keys, throttle = IdempotencyKeys(own.engine, BOT_ID), ChatThrottle(own.engine, BOT_ID)
    mailbox = Mailbox(own.engine.url, 7)
    await mailbox.receive(range(1, 3), at=1_000)
    await mailbox.close()
    await own.preferences.set_user_language(7, "ar")
    await own.preferences.save_chat_settings(7, UNUSUAL)
    await own.moods.add(7, NOON, 1, 2, 3)
    await throttle.gather(ChatThread(-1), [SEEN], 9, user_id=7)
    await throttle.acquire(ChatThread(7), 1, 10)
    for what in ("press 1 yes", "press 2 yes"):
        await keys.acquire(7, what, 1)
    await AccessNotices(own.engine, BOT_ID).note(7)

    told = await own.personal_data.collect(7)
    assert told["language"] == "ar"
    assert told["private_chat_settings"] == asdict(UNUSUAL)
    assert told["private_chat_moods"] == [
        {"hour": NOON.replace(minute=0).isoformat(), "happy": 1, "sad": 2, "unsure": 3}
    ]
    assert told["messages_waiting_for_an_answer"] == 2
    assert told["answers_held_until_a_busy_minute_is_over"] == 1
    assert told["notes_of_today_on_buttons_and_waiting"] == 2
    assert told["told_that_not_admitted"] is True

    await own.personal_data.forget(7)
    left = await own.personal_data.collect(7)
    assert left == {**empty, "messages_waiting_for_an_answer": 2}, "the inbox drops them itself"
    assert await throttle.acquire(ChatThread(7), 1, 11), "its times are gone, too"


async def test_a_commit_is_on_the_disk_and_what_is_deleted_is_overwritten(storage: Storage) -> None:
    """Telegram has been told that it arrived; and people have been told that it is gone."""
    async with storage.engine.connect() as connection:
        found = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("synchronous", "secure_delete", "journal_mode", "busy_timeout")
        ]
    assert found == [2, 1, "wal", 5_000]


async def test_no_error_holds_what_somebody_wrote(storage: Storage) -> None:
    """Neither the sentence nor what it was caused by: both may be logged."""
    with pytest.raises(StorageError) as failed:
        async with connect(storage.engine) as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:diary)"), {"diary": "my secret"})
    assert not isinstance(failed.value, DatabaseAwayError), "a file is not away"
    assert "my secret" not in f"{failed.value} {failed.value.__cause__}"


async def test_what_fails_halfway_is_undone(storage: Storage) -> None:
    """A transaction is all or nothing, also where tables are made."""

    async def fail_halfway() -> None:
        async with connect(storage.engine) as connection:
            await connection.exec_driver_sql("CREATE TABLE half (number INTEGER)")
            await connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StorageError):
        await fail_halfway()
    async with storage.engine.connect() as connection:
        tables = await connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'half'")
        assert tables.all() == []


async def test_caches_are_cleared_when_any_process_changed_a_setting(storage: Storage) -> None:
    """As long as the number of changes stays the same, nothing is read again."""
    preferences = Preferences(storage.engine, BOT_ID, 0)
    writer = storage.for_bot(BOT_ID).preferences
    preferences.invalidate_caches(1)
    assert await preferences.get_chat_settings(-5) == ChatSettings()
    assert await preferences.get_user_language(7) is None
    await writer.save_chat_settings(-5, UNUSUAL)
    await writer.set_user_language(7, "fr")
    preferences.invalidate_caches(1)
    assert await preferences.get_chat_settings(-5) == ChatSettings()
    preferences.invalidate_caches(2)
    assert await preferences.get_chat_settings(-5) == UNUSUAL
    assert await preferences.get_user_language(7) == "fr"
    await writer.set_user_language(7, None)
    preferences.invalidate_caches(3)
    assert await preferences.get_user_language(7) is None


async def test_a_write_shows_at_once_where_it_was_made(storage: Storage) -> None:
    """What was read before is in memory: of settings and of languages alike."""
    preferences = storage.preferences
    assert (await preferences.get_chat_settings(-5), await preferences.get_user_language(7)) == (
        ChatSettings(),
        None,
    )
    await preferences.save_chat_settings(-5, UNUSUAL)
    await preferences.set_user_language(7, "fr")
    assert (await preferences.get_chat_settings(-5), await preferences.get_user_language(7)) == (
        UNUSUAL,
        "fr",
    )
