"""Calls, their stamps and transfers, and what was last heard of units.

Revision ID: emergency_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "emergency_0001"
down_revision = None
branch_labels = ("emergency",)
depends_on = None

ID = sa.String(36)
TIME = sa.String(24)


def upgrade() -> None:
    _calls()
    op.create_table(
        "emergency_stamp",
        sa.Column("call", ID, primary_key=True),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(64)),
    )
    _transfers()
    op.create_table(
        "emergency_unit",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16)),
        sa.Column("state_at", TIME),
        sa.Column("task", ID),
        sa.Column("task_number", TIME),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("heading_deg", sa.Float),
        sa.Column("speed_kmh", sa.Float),
        sa.Column("fix_at", TIME),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )


def _calls() -> None:
    op.create_table(
        "emergency_call",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", TIME, nullable=False),
        sa.Column("service", sa.String(8), nullable=False),
        sa.Column("number_dialled", sa.String(8), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("rule_version", sa.String(16), nullable=False),
        sa.Column("reason_vi", sa.Text, nullable=False),
        sa.Column("reason_en", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("location", sa.String(8), nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("uncertainty_m", sa.Float),
        sa.Column("ward_code", sa.String(16)),
        sa.Column("ward_name", sa.Text),
        sa.Column("place_name", sa.Text),
        sa.Column("needs", sa.Text, nullable=False),
        sa.Column("personal", ID),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("assigned_at", TIME),
        sa.Column("incident", ID),
        sa.Column("incident_number", sa.String(32)),
        sa.Column("duplicate_of", ID),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("emergency_call_received", "emergency_call", ["received_at"])
    op.create_index("emergency_call_state", "emergency_call", ["state", "priority"])


def _transfers() -> None:
    op.create_table(
        "emergency_transfer",
        sa.Column("id", ID, primary_key=True),
        sa.Column("call", ID, nullable=False),
        sa.Column("number", TIME, nullable=False),
        sa.Column("service", sa.String(8), nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("unit", sa.String(64)),
        sa.Column("because", sa.String(16), nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("answer", sa.String(16)),
        sa.Column("answered_by", sa.String(64)),
        sa.Column("unanswered_at", TIME),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("emergency_transfer_call", "emergency_transfer", ["call"])
    op.create_index("emergency_transfer_due", "emergency_transfer", ["answered_at", "unanswered_at", "due_at"])


def downgrade() -> None:
    for table in ("emergency_unit", "emergency_transfer", "emergency_stamp", "emergency_call"):
        op.drop_table(table)
