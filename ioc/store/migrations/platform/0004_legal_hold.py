"""What must be kept beyond its time, and because of whom."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import UtcTime

revision = "platform_0004"
down_revision = "platform_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("object", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("released_by", sa.String),
        sa.Column("released_at", UtcTime),
        sa.Column("released_because", sa.Text),
    )
    op.create_table(
        "legal_hold_ref",
        sa.Column("hold", sa.String, primary_key=True),
        sa.Column("ref", sa.String, primary_key=True),
    )
    op.create_index("ix_legal_hold_ref", "legal_hold_ref", ["ref"])
    op.create_index("ix_personal_created", "personal", ["created"])


def downgrade() -> None:
    op.drop_index("ix_personal_created", "personal")
    op.drop_table("legal_hold_ref")
    op.drop_table("legal_hold")
