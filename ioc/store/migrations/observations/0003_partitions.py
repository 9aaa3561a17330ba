"""On PostgreSQL the points of series are partitioned by the day of their time."""

import sqlalchemy as sa
from alembic import op

from ioc.store.partitions import partitioned
from ioc.store.point_partitions import REST
from ioc.store.series_bulk import DAY_MS

revision = "observations_0003"
down_revision = "observations_0002"
branch_labels = None
depends_on = None

_COLUMNS = "series bigint not null, at_ms bigint not null, value double precision not null, grade smallint not null"


def upgrade() -> None:
    if not partitioned(op.get_bind()):
        return
    op.execute("alter table series_point rename to series_point_former")
    op.execute("alter index series_point_pkey rename to series_point_former_pkey")
    op.execute(
        f"create table series_point ({_COLUMNS}, constraint series_point_pkey primary key (series, at_ms))"
        " partition by range (at_ms)"
    )
    op.execute(f"create table {REST} partition of series_point default")
    _take_over()


def _take_over() -> None:
    """What is there becomes one partition as it lies, without being copied.

    Points of years to come or of before 1970 move aside.
    """
    bind = op.get_bind()
    least = bind.execute(sa.text("select min(at_ms) from series_point_former")).scalar_one()
    if least is None:
        op.execute("drop table series_point_former")
        return
    now_ms = bind.execute(sa.text("select (extract(epoch from now()) * 1000)::bigint")).scalar_one()
    first, after = max(0, min(least, now_ms) // DAY_MS), now_ms // DAY_MS + 1
    name = f"series_point_{first}_{after}"
    outside = f"at_ms < {first * DAY_MS} or at_ms >= {after * DAY_MS}"
    op.execute(
        f"with ahead as (delete from series_point_former where {outside} returning *)"  # noqa: S608
        f" insert into {REST} select * from ahead"
    )
    op.execute(f"alter table series_point_former rename to {name}")
    op.execute(f"alter index series_point_former_pkey rename to {name}_pkey")
    op.execute(
        f"alter table series_point attach partition {name} for values from ({first * DAY_MS}) to ({after * DAY_MS})"
    )


def downgrade() -> None:
    if not partitioned(op.get_bind()):
        return
    op.execute(f"create table series_point_plain ({_COLUMNS}, primary key (series, at_ms))")
    op.execute("insert into series_point_plain select * from series_point")
    op.execute("drop table series_point")
    op.execute("alter table series_point_plain rename to series_point")
    op.execute("alter index series_point_plain_pkey rename to series_point_pkey")
