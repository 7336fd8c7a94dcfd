"""What several hosts must know of each other's answers, and people's faces where all hosts can read them.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "notes",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(120), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "what", name="pk_notes"),
    )
    op.create_table(
        "paces",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("times", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name="pk_paces"),
    )
    op.create_table(
        "gathered",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
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
    with op.batch_alter_table("corrections") as batch:
        batch.add_column(sa.Column("bot_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch.add_column(sa.Column("sealed", sa.LargeBinary()))
        batch.drop_constraint("uq_corrections_user_id", type_="unique")
        batch.create_unique_constraint("uq_corrections_bot_id", ["bot_id", "user_id", "message_id"])


def downgrade() -> None:
    """Take it back. Faces that are kept in the database are lost."""
    with op.batch_alter_table("corrections") as batch:
        batch.drop_constraint("uq_corrections_bot_id", type_="unique")
        batch.create_unique_constraint("uq_corrections_user_id", ["user_id", "message_id"])
        batch.drop_column("sealed")
        batch.drop_column("bot_id")
    for table in ("gathered", "paces", "notes"):
        op.drop_table(table)
