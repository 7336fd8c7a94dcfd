"""When the bot was removed from a group whose settings are kept for its return."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    op.add_column("bot_chats", sa.Column("left_at", sa.Float()))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("bot_chats", "left_at")
