"""Batches belong to an owner; time series, and what their judgement needs."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number, UtcTime

revision = "observations_0002"
down_revision = "observations_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Batches of before may hold readings of several owners: an empty owner says so.
    op.add_column("observation_batch", sa.Column("owner", sa.String, nullable=False, server_default=""))
    op.create_index("ix_observation_batch_owner", "observation_batch", ["owner", "position"])
    op.drop_index("ix_observation_batch_key", "observation_batch")
    op.create_index("ix_observation_batch_key", "observation_batch", ["door", "key", "owner"], unique=True)
    op.create_table(
        "observation_mark",
        sa.Column("position", Number, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    _series()
    _points()
    _progress()


def downgrade() -> None:
    for name in (
        "series_seen",
        "series_touched",
        "series_hour",
        "series_point",
        "series_cursor",
        "series",
        "observation_mark",
    ):
        op.drop_table(name)
    op.drop_index("ix_observation_batch_key", "observation_batch")
    op.drop_index("ix_observation_batch_owner", "observation_batch")
    _one_row_a_key()
    op.drop_column("observation_batch", "owner")
    op.create_index("ix_observation_batch_key", "observation_batch", ["door", "key"], unique=True)


def _one_row_a_key() -> None:
    """The older build knows one batch of a key: of one that was split by owner the first keeps it."""
    op.execute(
        "update observation_batch set key = null where key is not null and position > (select min(other.position)"
        " from observation_batch other where other.door = observation_batch.door"
        " and other.key = observation_batch.key)"
    )


def _series() -> None:
    op.create_table(
        "series",
        sa.Column("id", Number, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("oldest_ms", Number),
        sa.Column("newest_ms", Number),
        sa.Column("grade", sa.SmallInteger),
        sa.Column("reason", sa.String),
        sa.Column("at_ms", Number),
        sa.Column("value", sa.Float),
        sa.Column("value_at_ms", Number),
        sa.Column("run", sa.Integer),
        sa.Column("value_unit", sa.String),
    )
    op.create_index("ix_series_kind_key", "series", ["kind", "key"], unique=True)
    op.create_index("ix_series_owner", "series", ["owner"])


def _points() -> None:
    op.create_table(
        "series_point",
        sa.Column("series", Number, primary_key=True, autoincrement=False),
        sa.Column("at_ms", Number, primary_key=True, autoincrement=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("grade", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "series_hour",
        sa.Column("series", Number, primary_key=True, autoincrement=False),
        sa.Column("hour_ms", Number, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sa.Column("least", sa.Float, nullable=False),
        sa.Column("most", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "series_touched",
        sa.Column("series", Number, primary_key=True, autoincrement=False),
        sa.Column("hour_ms", Number, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


def _progress() -> None:
    op.create_table(
        "series_cursor",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("position", Number, nullable=False),
        sa.Column("fence", Number, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("beat", UtcTime, nullable=False),
    )
    op.create_table(
        "series_seen",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("position", Number, primary_key=True, autoincrement=False),
        sa.Column("at_ms", Number, nullable=False),
        sa.Column("readings", sa.Integer, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
