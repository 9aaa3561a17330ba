"""The ledger's rows.

Revision ID: ledger_0001
"""

from __future__ import annotations

from alembic import op
from modules.ledger.tables import metadata

revision = "ledger_0001"
down_revision = None
branch_labels = ("ledger",)
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
