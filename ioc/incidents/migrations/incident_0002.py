"""The case an incident is shown beneath, and a quick way to what was opened lately."""

import sqlalchemy as sa
from alembic import op

revision = "incidents_0002"
down_revision = "incidents_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("lead", sa.String(36), nullable=True))
    op.create_index("ix_incident_lead", "incident", ["lead"])
    op.create_index("ix_incident_opened_at", "incident", ["opened_at"])


def downgrade() -> None:
    op.drop_index("ix_incident_opened_at", "incident")
    op.drop_index("ix_incident_lead", "incident")
    op.drop_column("incident", "lead")
