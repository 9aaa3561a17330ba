"""The observation log."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number, UtcTime

revision = "observations_0001"
down_revision = None
branch_labels = ("observations",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "observation_batch",
        sa.Column("position", Number, primary_key=True, autoincrement=False),
        sa.Column("door", sa.String, nullable=False),
        sa.Column("key", sa.String),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_observation_batch_at", "observation_batch", ["at"])
    op.create_index("ix_observation_batch_key", "observation_batch", ["door", "key"], unique=True)


def downgrade() -> None:
    op.drop_table("observation_batch")
