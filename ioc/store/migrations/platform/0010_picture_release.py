"""Which pictures of cameras were to leave the control room, who stood for them, and which were withdrawn."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import UtcTime

revision = "platform_0010"
down_revision = "platform_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture_release",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("camera", sa.String, nullable=False),
        sa.Column("module", sa.String),
        sa.Column("dataclass", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("taken_at", UtcTime, nullable=False),
        sa.Column("begun_by", sa.String, nullable=False),
        sa.Column("begun_at", UtcTime, nullable=False),
        sa.Column("released_by", sa.String),
        sa.Column("released_at", UtcTime),
        sa.Column("purpose", sa.Text),
        sa.Column("sha256", sa.String),
        sa.Column("withdrawn_by", sa.String),
        sa.Column("withdrawn_at", UtcTime),
        sa.Column("withdrawn_because", sa.Text),
    )
    op.create_index("ix_picture_release_begun", "picture_release", ["begun_at", "id"])
    op.create_index("ix_picture_release_by", "picture_release", ["begun_by", "begun_at"])


def downgrade() -> None:
    op.drop_table("picture_release")
