"""What people said of answers, and the faces that they gave.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
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
        "corrections",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(8), nullable=False),
        sa.Column("created", sa.String(10), nullable=False),
        sa.Column("expires", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint("user_id", "message_id", name="uq_corrections_user_id"),
    )


def downgrade() -> None:
    """Take it back. The sealed files lose their owners: the next start deletes them."""
    for table in ("corrections", "feedback"):
        op.drop_table(table)
