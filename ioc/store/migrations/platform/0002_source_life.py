"""Where people put a source in its life."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import UtcTime

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_life",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("life", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("source_life")
