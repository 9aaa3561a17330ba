"""How often a consumer began without getting on, and the event that its process did not survive."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number

revision = "platform_0005"
down_revision = "platform_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cursor", sa.Column("takes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("cursor", sa.Column("trying", Number, nullable=True))
    op.add_column("cursor", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("dead_replay", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("dead_replay", "tries")
    for name in ("tries", "trying", "takes"):
        op.drop_column("cursor", name)
