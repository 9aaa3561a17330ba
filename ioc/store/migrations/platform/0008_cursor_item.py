"""Which reading of a batch a consumer's process did not survive."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0008"
down_revision = "platform_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cursor", sa.Column("trying_item", sa.Integer, nullable=True))


def downgrade() -> None:
    op.drop_column("cursor", "trying_item")
