"""PCU per hour beside the vehicles per hour that cameras count. What the table holds is reckoned anew twice a minute.

Revision ID: traffic_0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "traffic_0003"
down_revision = "traffic_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("traffic_camera_flow")
    _make(sa.Column("pcu_h", sa.Float, nullable=False))


def downgrade() -> None:
    op.drop_table("traffic_camera_flow")
    _make()


def _make(*more: sa.Column[float]) -> None:
    op.create_table(
        "traffic_camera_flow",
        sa.Column("segment", sa.String(120), primary_key=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("veh_h", sa.Float, nullable=False),
        *more,
        sa.Column("cameras", sa.Text, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
