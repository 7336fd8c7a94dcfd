"""All tables of version 1.0.0. From then on a migration only adds.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply the change."""
    _create_settings()
    _create_feedback()
    _create_limits()
    _create_inbox()


def _create_settings() -> None:
    """Create the tables of chats and people."""
    op.create_table(
        "bot_chats",
        *_build_keys("bot_id", "chat_id"),
        sa.Column("answer_when", sa.String(16), nullable=False),
        sa.Column("answer_how", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("answers_per_minute", sa.Integer()),
        sa.Column("quiet_from", sa.Integer()),
        sa.Column("quiet_until", sa.Integer()),
        sa.Column("utc_offset", sa.Integer(), nullable=False),
        sa.Column("mood_enabled", sa.Boolean(), nullable=False),
        sa.Column("left_at", sa.Float()),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name="pk_bot_chats"),
    )
    op.create_table(
        "bot_users",
        *_build_keys("bot_id", "user_id"),
        sa.Column("language", sa.String(16)),
        sa.PrimaryKeyConstraint("bot_id", "user_id", name="pk_bot_users"),
    )
    op.create_table(
        "bot_moods",
        *_build_keys("bot_id", "chat_id", "hour"),
        *(sa.Column(kind, sa.Integer(), nullable=False) for kind in ("happy", "sad", "unsure")),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "hour", name="pk_bot_moods"),
    )
    op.create_table(
        "bot_refusals",
        *_build_keys("bot_id", "chat_id"),
        sa.Column("told_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name="pk_bot_refusals"),
    )


def _create_feedback() -> None:
    """Create the tables of verdicts on answers and of faces that people gave."""
    op.create_table(
        "feedback",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("model", sa.String(80), nullable=False),
        sa.Column("answer", sa.String(8), nullable=False),
        sa.Column("confidence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "model", "answer", "confidence", "verdict", name="pk_feedback"),
    )
    op.create_table(
        "counted_presses",
        sa.Column("press_id", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("press_id", name="pk_counted_presses"),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(8), nullable=False),
        sa.Column("created", sa.String(10), nullable=False),
        sa.Column("expires", sa.String(10), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint("bot_id", "user_id", "message_id", name="uq_corrections_bot_id"),
    )


def _create_limits() -> None:
    """Create the tables of limits and of idempotency keys."""
    op.create_table(
        "idempotency_keys",
        *_build_keys("bot_id", "chat_id"),
        sa.Column("what", sa.String(120), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "what", name="pk_idempotency_keys"),
    )
    op.create_table(
        "answer_times",
        *_build_keys("bot_id", "chat_id"),
        sa.Column("times", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name="pk_answer_times"),
    )
    op.create_table(
        "gathered",
        *_build_keys("bot_id", "update_id"),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("due", sa.Float(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "update_id", name="pk_gathered"),
    )
    op.create_index("ix_gathered_chat_id", "gathered", ["chat_id"])
    op.create_table(
        "send_times",
        *_build_keys("bot_id", "chat_id"),
        sa.Column("due", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name="pk_send_times"),
    )


def _create_inbox() -> None:
    """Create the table of updates, and the indexes of those that wait."""
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "inbox",
        sa.Column("arrival", counter, autoincrement=True, nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("ordering_key", sa.String(40)),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("album", sa.String(80)),
        sa.Column("arrived_at", sa.Float()),
        sa.Column("payload", sa.Text()),
        sa.Column("starts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker_deaths", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_at", sa.Float()),
        sa.Column("turn", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name="pk_inbox"),
        sa.UniqueConstraint("bot_id", "update_id", name="uq_inbox_bot_id"),
    )
    where = sa.text("payload IS NOT NULL")
    for column in ("turn", "user_id", "ordering_key", "album"):
        op.create_index(
            f"ix_inbox_{column}", "inbox", ["bot_id", column], sqlite_where=where, postgresql_where=where
        )


def _build_keys(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in names]


def downgrade() -> None:
    """Take it back."""
    for table in (
        "inbox",
        "send_times",
        "gathered",
        "answer_times",
        "idempotency_keys",
        "corrections",
        "counted_presses",
        "feedback",
        "bot_refusals",
        "bot_moods",
        "bot_users",
        "bot_chats",
    ):
        op.drop_table(table)
