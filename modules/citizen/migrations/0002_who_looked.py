"""Which blurred photo of a report an operator was shown last.

Revision ID: citizen_0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "citizen_0002"
down_revision = "citizen_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen_looked",
        sa.Column("report", sa.String(36), sa.ForeignKey("citizen_report.id"), primary_key=True),
        sa.Column("by", sa.String, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("citizen_looked")
