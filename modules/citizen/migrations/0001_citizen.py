"""Reports, their public history, and published photos.

Revision ID: citizen_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "citizen_0001"
down_revision = None
branch_labels = ("citizen",)
depends_on = None

ID = sa.String(36)
TIME = sa.String(24)


def upgrade() -> None:
    _reports()
    op.create_table(
        "citizen_step",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("report", ID, sa.ForeignKey("citizen_report.id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("note_vi", sa.Text, nullable=False),
        sa.Column("note_en", sa.Text, nullable=False),
    )
    op.create_index("ix_citizen_step_report", "citizen_step", ["report"])
    op.create_table(
        "citizen_media",
        sa.Column("id", ID, primary_key=True),
        sa.Column("report", ID, sa.ForeignKey("citizen_report.id"), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_citizen_media_report", "citizen_media", ["report"])


def _reports() -> None:
    op.create_table(
        "citizen_report",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("code_hash", sa.String(64), unique=True),
        sa.Column("personal", sa.String(64), nullable=False),
        sa.Column("service_code", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("emergency", sa.Boolean, nullable=False),
        sa.Column("danger", sa.String(16)),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("notice_version", sa.String(32)),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("first_by", TIME, nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("resolved_at", TIME),
        sa.Column("warned_of", TIME),
        sa.Column("breached", TIME),
        sa.Column("location", sa.String(8), nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("shown_lon", sa.Float),
        sa.Column("shown_lat", sa.Float),
        sa.Column("ward_code", sa.String(16)),
        sa.Column("ward_name", sa.String(128)),
        sa.Column("prints", sa.Text),
        sa.Column("photo_hash", sa.String(16)),
        sa.Column("photo", ID),
        sa.Column("photo_published", sa.Boolean, nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("published_text", sa.Text),
        sa.Column("rating", sa.Integer),
        sa.Column("duplicates", sa.Text),
        sa.Column("cluster", ID),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("citizen_report_received", "citizen_report", ["received_at"])
    op.create_index("citizen_report_published", "citizen_report", ["published_at"])
    op.create_index("citizen_report_status", "citizen_report", ["status", "due"])
    op.create_index("citizen_report_near", "citizen_report", ["service_code", "lat", "received_at"])


def downgrade() -> None:
    op.drop_table("citizen_media")
    op.drop_table("citizen_step")
    op.drop_table("citizen_report")
