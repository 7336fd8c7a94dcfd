"""What several hosts need to know of an update, and when the next message may be sent.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("inbox", sa.Column("album", sa.String(80)))
    op.add_column("inbox", sa.Column("arrived_at", sa.Float()))
    op.create_table(
        "send_times",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name="pk_send_times"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("send_times")
    with op.batch_alter_table("inbox") as batch:
        batch.drop_column("arrived_at")
        batch.drop_column("album")
