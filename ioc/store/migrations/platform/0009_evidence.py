"""Pictures of cameras as evidence of events."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number, UtcTime

revision = "platform_0009"
down_revision = "platform_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("event", sa.String, primary_key=True),
        sa.Column("camera", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("module", sa.String, nullable=False),
        sa.Column("correlation", sa.String, nullable=False),
        sa.Column("dataclass", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("since", UtcTime),
        sa.Column("made", UtcTime, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("fence", Number, nullable=False, server_default="0"),
        sa.Column("wrapped_key", sa.LargeBinary),
        sa.Column("open_gone", UtcTime),
        sa.Column("original_gone", UtcTime),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_evidence_correlation", "evidence", ["correlation"])
    op.create_index("ix_evidence_state", "evidence", ["state", "camera"])
    op.create_index("ix_evidence_at", "evidence", ["at", "event"])
    op.create_index("ix_evidence_camera", "evidence", ["camera", "at"])


def downgrade() -> None:
    op.drop_table("evidence")
