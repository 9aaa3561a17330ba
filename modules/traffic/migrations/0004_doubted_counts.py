"""Whether what cameras count on a segment is doubted.

Revision ID: traffic_0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "traffic_0004"
down_revision = "traffic_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("traffic_camera_flow", sa.Column("doubted", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("traffic_camera_flow", "doubted")
