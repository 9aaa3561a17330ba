"""What the screens are shown of segments and detectors, suspected incidents, usual speeds and trends.

Revision ID: traffic_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "traffic_0001"
down_revision = None
branch_labels = ("traffic",)
depends_on = None

ID = sa.String(120)
TIME = sa.String(24)


def upgrade() -> None:
    op.create_table(
        "traffic_segment",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_table(
        "traffic_detector",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("faulty", sa.Boolean, nullable=False),
        sa.Column("reason_vi", sa.Text),
        sa.Column("reason_en", sa.Text),
        sa.Column("veh_h", sa.Float),
        sa.Column("occupancy", sa.Float),
        sa.Column("speed", sa.Float),
        sa.Column("queue", sa.Float),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_table(
        "traffic_incident",
        sa.Column("story", sa.String(200), primary_key=True),
        sa.Column("spot", sa.String(250), primary_key=True),
        sa.Column("segment", ID, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("cleared_at", TIME),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("traffic_incident_open", "traffic_incident", ["cleared_at"])
    _figures()


def _figures() -> None:
    op.create_table(
        "traffic_usual",
        sa.Column("detector", ID, primary_key=True),
        sa.Column("refreshed_at", TIME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "traffic_trend",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "traffic_camera_flow",
        sa.Column("segment", ID, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("veh_h", sa.Float, nullable=False),
        sa.Column("cameras", sa.Text, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    for table in ("camera_flow", "trend", "usual", "incident", "detector", "segment"):
        op.drop_table(f"traffic_{table}")
