"""The platform's first tables."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number, UtcTime

revision = "platform_0001"
down_revision = None
branch_labels = ("platform",)
depends_on = None


def upgrade() -> None:
    _log()
    _progress()
    _people()
    _screens()
    if op.get_bind().dialect.name == "postgresql":
        _for_gis_people()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop view if exists event_geom")
    for name in (
        "feature",
        "latest",
        "audit",
        "personal_value",
        "personal",
        "dead_letter",
        "handler_state",
        "cursor",
        "accepted",
        "platform",
        "event",
    ):
        op.drop_table(name)


def _log() -> None:
    op.create_table(
        "event",
        sa.Column("position", Number, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("module", sa.String, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("dataclass", sa.String, nullable=False),
        sa.Column("partitionkey", sa.String, nullable=False),
        sa.Column("correlationid", sa.String, nullable=False),
        sa.Column("subject", sa.String),
        sa.Column("time", UtcTime, nullable=False),
        sa.Column("recordedtime", UtcTime, nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("ward_code", sa.String),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_event_correlationid", "event", ["correlationid"])
    op.create_index("ix_event_time", "event", ["time"])
    op.create_index("ix_event_type_position", "event", ["type", "position"])
    op.create_index("ix_event_module_position", "event", ["module", "position"])
    op.create_table(
        "platform",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )


def _progress() -> None:
    op.create_table(
        "accepted",
        sa.Column("door", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )
    op.create_index("ix_accepted_at", "accepted", ["at"])
    op.create_table(
        "cursor",
        sa.Column("consumer", sa.String, primary_key=True),
        sa.Column("position", Number, nullable=False),
        sa.Column("fence", Number, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("beat", UtcTime, nullable=False),
    )
    op.create_table(
        "handler_state",
        sa.Column("module", sa.String, primary_key=True),
        sa.Column("handler", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )
    op.create_table(
        "dead_letter",
        sa.Column("consumer", sa.String, primary_key=True),
        sa.Column("position", Number, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("partitionkey", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("trace", sa.Text, nullable=False),
        sa.Column("payload_hash", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )
    op.create_index("ix_dead_letter_key", "dead_letter", ["consumer", "partitionkey"])


def _people() -> None:
    op.create_table(
        "personal",
        sa.Column("ref", sa.String, primary_key=True),
        sa.Column("wrapped_key", sa.LargeBinary),
        sa.Column("created", UtcTime, nullable=False),
        sa.Column("erased", UtcTime),
    )
    op.create_table(
        "personal_value",
        sa.Column("ref", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("seq", Number, primary_key=True, autoincrement=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("object", sa.String, nullable=False),
        sa.Column("detail", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_audit_object", "audit", ["object"])


def _screens() -> None:
    op.create_table(
        "latest",
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("ts", UtcTime, nullable=False),
        sa.Column("rt", UtcTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("seq", Number, nullable=False, unique=True),
    )
    op.create_table(
        "feature",
        sa.Column("collection", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("valid_from", sa.Date, primary_key=True),
        sa.Column("valid_to", sa.Date),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("properties", sa.LargeBinary, nullable=False),
        sa.Column("geometry", sa.LargeBinary, nullable=False),
        sa.Column("west", sa.Float, nullable=False),
        sa.Column("south", sa.Float, nullable=False),
        sa.Column("east", sa.Float, nullable=False),
        sa.Column("north", sa.Float, nullable=False),
    )


def _for_gis_people() -> None:
    """Where PostGIS is installed: the located events as a layer that desktop GIS opens directly."""
    available = sa.text("select 1 from pg_available_extensions where name = 'postgis'")
    if op.get_bind().execute(available).scalar_one_or_none() is None:
        return
    op.execute("create extension if not exists postgis")
    op.execute(
        "create view event_geom as select position, id, type, module, severity, dataclass, correlationid, subject,"
        " time, recordedtime, ward_code, simulated, st_setsrid(st_makepoint(lon, lat), 4326)::geometry(Point, 4326)"
        " as geom from event where lon is not null"
    )
