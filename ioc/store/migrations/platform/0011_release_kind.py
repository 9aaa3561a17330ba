"""Clips leave beside single pictures: what each release is of (those of before are pictures), and who refused it."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import UtcTime

revision = "platform_0011"
down_revision = "platform_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("picture_release", sa.Column("kind", sa.String, nullable=False, server_default="picture"))
    op.add_column("picture_release", sa.Column("refused_by", sa.String, nullable=True))
    op.add_column("picture_release", sa.Column("refused_at", UtcTime, nullable=True))
    op.add_column("picture_release", sa.Column("refused_because", sa.Text, nullable=True))


def downgrade() -> None:
    for name in ("refused_because", "refused_at", "refused_by", "kind"):
        op.drop_column("picture_release", name)
