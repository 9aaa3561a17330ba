"""On PostgreSQL the batches of readings are partitioned by the day they came."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from ioc.core.text import Text
from ioc.store.batch_partitions import begin_of, day_of, make, make_ahead
from ioc.store.partitions import Part, partitioned, parts, put_views, views_on

revision = "observations_0005"
down_revision = "observations_0004"
branch_labels = None
depends_on = None

# A former build's insert names a unique key of the whole table, which a table in partitions by time cannot have.
FORMER_BUILD = {"postgresql": Text("không ghi được số đo nữa", "can write no readings any more")}

# The table's indexes, and what those of a partition are called after its name.
_INDEXES = {
    "observation_batch_pkey": "pkey",
    "ix_observation_batch_at": "at_idx",
    "ix_observation_batch_key": "door_key_owner_idx",
    "ix_observation_batch_owner": "owner_position_idx",
}


def upgrade() -> None:
    bind = op.get_bind()
    if not partitioned(bind):
        return
    now = bind.execute(sa.text("select now()")).scalar_one().astimezone(UTC)
    views = views_on(bind, "observation_batch")
    first = Part("observation_batch", *_span(bind, now))
    op.execute(f"alter table observation_batch rename to {first.name}")
    for index, short in _INDEXES.items():
        op.execute(f"alter index {index} rename to {first.name}_{short}")
    op.execute(
        f"create table observation_batch (like {first.name} including defaults including constraints"
        " including storage including compression including comments) partition by range (at)"
    )
    op.create_index("ix_observation_batch_at", "observation_batch", ["at"])
    op.create_index("ix_observation_batch_owner", "observation_batch", ["owner", "position"])
    _take_over(bind, first)
    make_ahead(bind, now)
    put_views(bind, views)


def _span(bind: sa.Connection, now: datetime) -> tuple[int, int]:
    """From the first day there is to today."""
    least = bind.execute(sa.text("select min(at) from observation_batch")).scalar_one()
    return max(0, min(day_of(least or now), day_of(now))), day_of(now) + 1


def _take_over(bind: sa.Connection, first: Part) -> None:
    """What is there becomes one partition as it lies, without being copied; what came by a clock that was far ahead
    moves to days of its own."""
    ahead = f"at >= '{begin_of(first.after).isoformat()}'"
    days = bind.execute(sa.text(f"select distinct at from {first.name} where {ahead}")).scalars()  # noqa: S608
    for day in sorted({day_of(at) for at in days}):
        part = make(bind, Part("observation_batch", day, day + 1))
        inside = f"at >= '{begin_of(day).isoformat()}' and at < '{begin_of(day + 1).isoformat()}'"
        op.execute(
            f"with moved as (delete from {first.name} where {inside} returning *)"  # noqa: S608
            f" insert into {part.name} select * from moved"
        )
    bounds = f"from ('{begin_of(first.first).isoformat()}') to ('{begin_of(first.after).isoformat()}')"
    op.execute(f"alter table observation_batch attach partition {first.name} for values {bounds}")


def downgrade() -> None:
    bind = op.get_bind()
    if not partitioned(bind):
        return
    views = views_on(bind, "observation_batch")
    [first, *_] = parts(bind, "observation_batch")
    op.execute("alter table observation_batch rename to observation_batch_parted")
    op.execute(f"alter table observation_batch_parted detach partition {first.name}")
    op.execute(f"insert into {first.name} select * from observation_batch_parted order by position")  # noqa: S608
    op.execute(f"alter table {first.name} rename to observation_batch")
    put_views(bind, views)
    op.execute("drop table observation_batch_parted")
    for index, short in _INDEXES.items():
        op.execute(f"alter index {first.name}_{short} rename to {index}")
