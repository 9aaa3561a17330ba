"""What speaks of water, and what is remembered of roads that may be flooded.

Revision ID: traffic_0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "traffic_0002"
down_revision = "traffic_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "traffic_water",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("traffic_water_at", "traffic_water", ["at"])
    op.create_table(
        "traffic_flooding",
        sa.Column("segment", sa.String(120), primary_key=True),
        sa.Column("story", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("dataclass", sa.String(16), nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("traffic_flooding")
    op.drop_table("traffic_water")
