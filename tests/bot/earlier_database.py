"""A database as the version before bots had settings of their own left it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

import bot.storage.migrations
from bot.storage.engine import build_blocking_engine, transaction
from bot.storage.models import ChatSettings

if TYPE_CHECKING:
    from sqlalchemy import URL

SHARED_BY_ALL = "0006"
CHOSEN = ChatSettings(when="every", how="text", mood_enabled=True)
# As that version wrote them, be it for the first time or again.
SAVE_CHAT = (
    "INSERT INTO chats (chat_id, answer_when, answer_how, utc_offset, mood_enabled) "
    "VALUES ({chat_id}, '{when}', 'text', 0, true) "
    "ON CONFLICT (chat_id) DO UPDATE SET answer_when = excluded.answer_when"
)
SAVE_LANGUAGE = (
    "INSERT INTO users (user_id, language) VALUES ({user_id}, '{language}') "
    "ON CONFLICT (user_id) DO UPDATE SET language = excluded.language"
)
COUNT_MOOD = (
    "INSERT INTO moods (chat_id, hour, happy, sad, unsure) VALUES ({chat_id}, {hour}, 1, 0, 0) "
    "ON CONFLICT (chat_id, hour) DO UPDATE SET happy = moods.happy + excluded.happy"
)
NOTE_REFUSAL = (
    "INSERT INTO refusals (chat_id, told_at) VALUES ({chat_id}, 1000) "
    "ON CONFLICT (chat_id) DO UPDATE SET told_at = excluded.told_at"
)


def make_earlier_database(url: URL, *statements: str) -> None:
    """Make its tables, and do what that version did."""
    engine = build_blocking_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(bot.storage.migrations.__file__).parent))
    try:
        with transaction(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, SHARED_BY_ALL)
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
