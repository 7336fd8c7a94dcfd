"""Presses that were counted, so that none is counted twice.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "counted_presses",
        sa.Column("press_id", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("press_id", name="pk_counted_presses"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("counted_presses")
