"""Who may write what a source sees."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number

revision = "observations_0006"
down_revision = "observations_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_fence",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("fence", Number, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("source_fence")
