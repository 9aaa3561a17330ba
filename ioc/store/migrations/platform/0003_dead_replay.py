"""Keys whose dead letters somebody wants handled again."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import UtcTime

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_replay",
        sa.Column("consumer", sa.String, primary_key=True),
        sa.Column("partitionkey", sa.String, primary_key=True),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("dead_replay")
