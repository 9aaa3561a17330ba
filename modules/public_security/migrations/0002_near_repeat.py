"""What was found of near-repeat, one row a type of record.

Revision ID: public_security_0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "public_security_0002"
down_revision = "public_security_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_security_near_repeat",
        sa.Column("type", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("space_m", sa.Float),
        sa.Column("days", sa.Float),
        sa.Column("pairs", sa.Integer),
        sa.Column("expected", sa.Float),
        sa.Column("ratio", sa.Float),
        sa.Column("p", sa.Float),
        sa.Column("q", sa.Float),
        sa.Column("said_at", sa.String(24)),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("public_security_near_repeat")
