"""Which process does a part's work."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number

revision = "platform_0007"
down_revision = "platform_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat",
        sa.Column("part", sa.String, primary_key=True),
        sa.Column("turn", Number, nullable=False),
        sa.Column("beats", Number, nullable=False),
        sa.Column("owner", sa.String, nullable=True),
        sa.Column("machine", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("seat")
