"""The first tables: settings of chats, languages of people, moods, and the inbox.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "chats",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer_when", sa.String(16), nullable=False),
        sa.Column("answer_how", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("answers_per_minute", sa.Integer()),
        sa.Column("quiet_from", sa.Integer()),
        sa.Column("quiet_until", sa.Integer()),
        sa.Column("utc_offset", sa.Integer(), nullable=False),
        sa.Column("mood_enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_chats"),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(16)),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
    )
    op.create_table(
        "moods",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("happy", sa.Integer(), nullable=False),
        sa.Column("sad", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "hour", name="pk_moods"),
    )
    _create_inbox()


def _create_inbox() -> None:
    """Create the table of updates and the index of those that wait."""
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "inbox",
        sa.Column("arrival", counter, autoincrement=True, nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.String(40)),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("payload", sa.Text()),
        sa.Column("starts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker_deaths", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_at", sa.Float()),
        sa.PrimaryKeyConstraint("arrival", name="pk_inbox"),
        sa.UniqueConstraint("bot_id", "update_id", name="uq_inbox_bot_id"),
    )
    unfinished = sa.text("payload IS NOT NULL")
    op.create_index(
        "ix_inbox_unfinished", "inbox", ["arrival"], sqlite_where=unfinished, postgresql_where=unfinished
    )


def downgrade() -> None:
    """Take it back."""
    for table in ("inbox", "moods", "users", "chats"):
        op.drop_table(table)
