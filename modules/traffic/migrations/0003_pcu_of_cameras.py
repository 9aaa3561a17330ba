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
    op.add_column("traffic_camera_flow", sa.Column("pcu_h", sa.Float, nullable=False, server_default="0"))
    op.execute("update traffic_camera_flow set pcu_h = veh_h * 0.5")  # as the former build reckoned


def downgrade() -> None:
    op.drop_column("traffic_camera_flow", "pcu_h")
