"""The tables of the database: one definition for storage, inbox and migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite numbers rows automatically only in a column of exactly the type INTEGER.
_Counter = BigInteger().with_variant(Integer(), "sqlite")

chats = Table(
    "bot_chats",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("answer_when", String(16), nullable=False),
    Column("answer_how", String(16), nullable=False),
    Column("language", String(16)),
    Column("answers_per_minute", Integer),
    Column("quiet_from", Integer),
    Column("quiet_until", Integer),
    Column("utc_offset", Integer, nullable=False),
    Column("mood_enabled", Boolean, nullable=False),
    Column("left_at", Float),  # when the bot was removed from the chat, in seconds since 1970
)

users = Table(
    "bot_users",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(16)),
)

moods = Table(
    "bot_moods",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),  # hours since 1970, UTC
    Column("happy", Integer, nullable=False),
    Column("sad", Integer, nullable=False),
    Column("unsure", Integer, nullable=False),
)

# Verdicts on answers, only as counts, so that no row belongs to a person.
feedback = Table(
    "feedback",
    metadata,
    Column("day", String(10), primary_key=True),  # ISO date, UTC
    Column("model", String(80), primary_key=True),  # name and version
    Column("answer", String(8), primary_key=True),
    Column("confidence", Integer, primary_key=True, autoincrement=False),  # lower edge of the band, percent
    Column("verdict", String(8), primary_key=True),
    Column("count", Integer, nullable=False),
)

# Presses that `feedback` has counted: a bot that is killed before it acknowledges a press handles it again.
counted_presses = Table(
    "counted_presses",
    metadata,
    Column("press_id", String(64), primary_key=True),  # Telegram's, which says nothing of who pressed
    Column("day", String(10), nullable=False),  # ISO date, UTC
)

# One row for each encrypted face, by which its owner can find it. On PostgreSQL the row contains the face,
# so that all hosts can read it; on SQLite a file with the id as its name does.
corrections = Table(
    "corrections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),  # of the question that was answered with yes
    Column("label", String(8), nullable=False),
    Column("created", String(10), nullable=False),  # ISO date, UTC
    Column("expires", String(10), nullable=False),  # ISO date, UTC: on this day it is deleted
    Column("bot_id", BigInteger, nullable=False),
    Column("sealed", LargeBinary),
    UniqueConstraint("bot_id", "user_id", "message_id"),
)

# Chats that were told that they are not answered.
refusals = Table(
    "bot_refusals",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("told_at", Float, nullable=False),  # seconds since 1970
)

# Idempotency keys: remember for a day which update did something in a chat, so that it is not repeated.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("what", String(120), primary_key=True),
    Column("update_id", BigInteger, nullable=False),
    Column("noted_at", Float, nullable=False),  # seconds since 1970
)

# Times of the latest answers in chats with a limit of answers per minute.
answer_times = Table(
    "answer_times",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("times", Text, nullable=False),  # a JSON list of seconds since 1970
)

# Results for the photos of a busy minute, until one message answers all of them.
gathered = Table(
    "gathered",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("topic_id", BigInteger, nullable=False),  # 0: none
    Column("user_id", BigInteger, nullable=False),
    Column("head", BigInteger, nullable=False),  # the update whose answer says it
    Column("is_closed", Boolean, nullable=False),  # the answer is being sent: later results start a new row
    Column("due", Float, nullable=False),  # seconds since 1970
    Column("outcomes", Text, nullable=False),  # JSON
    Index("ix_gathered_chat_id", "chat_id"),
)

# When the bot's next message may be sent, over all chats (chat 0) and to each group: on PostgreSQL, where
# several workers send for one bot.
send_times = Table(
    "send_times",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("due", Float, nullable=False),  # seconds since 1970
)

# `payload` contains the update until it is answered. Then only its update_id is kept, so that a second
# delivery of the same update is recognised.
inbox = Table(
    "inbox",
    metadata,
    Column("arrival", _Counter, primary_key=True, autoincrement=True),
    Column("bot_id", BigInteger, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("ordering_key", String(40)),
    Column("user_id", BigInteger),
    Column("album", String(80)),
    Column("arrived_at", Float),  # seconds since 1970
    Column("payload", Text),
    Column("starts", Integer, nullable=False, server_default=text("0")),
    Column("worker_deaths", Integer, nullable=False, server_default=text("0")),
    Column("done_at", Float),
    Column("turn", BigInteger, nullable=False, server_default=text("0")),  # see InboxTable
    UniqueConstraint("bot_id", "update_id"),
)
# For each update the inbox looks up the first waiting turn, and the updates of a person, an ordering key and
# an album.
for _name in ("turn", "user_id", "ordering_key", "album"):
    _column = inbox.c[_name]
    _is_waiting = inbox.c.payload.is_not(None)
    Index(
        f"ix_inbox_{_name}", inbox.c.bot_id, _column, sqlite_where=_is_waiting, postgresql_where=_is_waiting
    )


def is_own(table: Table, bot_id: int, **numbers: int) -> ColumnElement[bool]:
    """Select a bot's own rows of a chat or a person."""
    return and_(table.c.bot_id == bot_id, *(table.c[name] == number for name, number in numbers.items()))
