"""Incident records, lasting conditions, cameras as last seen, and hot cells.

Revision ID: public_security_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "public_security_0001"
down_revision = None
branch_labels = ("public_security",)
depends_on = None

TIME = sa.String(24)


def upgrade() -> None:
    _records()
    _conditions()
    op.create_table(
        "public_security_camera",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    _cells()
    op.create_table(
        "public_security_run",
        sa.Column("name", TIME, primary_key=True),
        sa.Column("at", TIME, nullable=False),
    )


def _records() -> None:
    op.create_table(
        "public_security_record",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("location", sa.String(8), nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("uncertainty_m", sa.Float),
        sa.Column("ward_code", sa.String(16)),
        sa.Column("ward_name", sa.Text),
        sa.Column("place_name", sa.Text),
        sa.Column("t_from", TIME, nullable=False),
        sa.Column("t_to", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("personal", sa.String(36)),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("public_security_record_from", "public_security_record", ["t_from"])
    op.create_index("public_security_record_recorded", "public_security_record", ["recorded_at"])


def _conditions() -> None:
    op.create_table(
        "public_security_condition",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("began_at", TIME, primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("story", sa.String(200), nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("public_security_condition_kind", "public_security_condition", ["kind", "camera", "began_at"])


def _cells() -> None:
    op.create_table(
        "public_security_cell",
        sa.Column("id", TIME, primary_key=True),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("ring", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("z", sa.Float, nullable=False),
        sa.Column("q", sa.Float, nullable=False),
        sa.Column("confidence", sa.Integer, nullable=False),
        sa.Column("hot", sa.Boolean, nullable=False),
        sa.Column("said", sa.Integer, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    for table in ("run", "cell", "camera", "condition", "record"):
        op.drop_table(f"public_security_{table}")
