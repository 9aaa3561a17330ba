"""Cases that wait at the desk, and proposals that a patrol look somewhere.

Revision ID: public_security_0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "public_security_0003"
down_revision = "public_security_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_security_case",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("title_vi", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("correlation", sa.String(200), nullable=False),
        sa.Column("opened_at", sa.String(24), nullable=False),
        sa.Column("dataclass", sa.String(16), nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_table(
        "public_security_look",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("unit_name", sa.Text, nullable=False),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("radius_m", sa.Float, nullable=False),
        sa.Column("place_name", sa.Text),
        sa.Column("ward_code", sa.String(16)),
        sa.Column("ward_name", sa.Text),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("distance_m", sa.Float, nullable=False),
        sa.Column("minutes", sa.Float, nullable=False),
        sa.Column("fix_at", sa.String(24), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("correlation", sa.String(200), nullable=False),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24)),
        sa.Column("ended_vi", sa.Text),
        sa.Column("ended_en", sa.Text),
        sa.Column("answered_by", sa.String(64)),
        sa.Column("answer_id", sa.String(36)),
        sa.Column("dataclass", sa.String(16), nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("public_security_look_state", "public_security_look", ["state", "made_at"])


def downgrade() -> None:
    op.drop_table("public_security_look")
    op.drop_table("public_security_case")
