"""On PostgreSQL the log is partitioned by ranges of position."""

import sqlalchemy as sa
from alembic import op

from ioc.store.event_partitions import SIZE, make_ahead
from ioc.store.partitions import Part, partitioned, parts, put_views, views_on

revision = "platform_0006"
down_revision = "platform_0005"
branch_labels = None
depends_on = None

# The log's indexes, and what those of a partition are called after its name.
_INDEXES = {
    "event_pkey": "pkey",
    "event_id_key": "id_key",
    "ix_event_correlationid": "correlationid_idx",
    "ix_event_time": "time_idx",
    "ix_event_type_position": "type_position_idx",
    "ix_event_module_position": "module_position_idx",
}


def upgrade() -> None:
    bind = op.get_bind()
    if not partitioned(bind):
        return
    views = views_on(bind, "event")
    last = bind.execute(sa.text("select coalesce(max(position), 0) from event")).scalar_one()
    first = Part("event", 0, (last // SIZE + 1) * SIZE)
    _set_aside(first)
    op.execute(
        f"create table event (like {first.name} including defaults including constraints including storage"
        " including compression including comments, constraint event_pkey primary key (position))"
        " partition by range (position)"
    )
    op.create_index("ix_event_correlationid", "event", ["correlationid"])
    op.create_index("ix_event_time", "event", ["time"])
    op.create_index("ix_event_type_position", "event", ["type", "position"])
    op.create_index("ix_event_module_position", "event", ["module", "position"])
    op.execute(f"alter table event attach partition {first.name} for values from (0) to ({first.after})")
    make_ahead(bind)
    put_views(bind, views)


def _set_aside(first: Part) -> None:
    """What is there becomes the first partition as it lies, without being copied; its indexes go on as parts too."""
    op.execute(f"alter table event rename to {first.name}")
    for index, short in _INDEXES.items():
        op.execute(f"alter index {index} rename to {first.name}_{short}")


def downgrade() -> None:
    bind = op.get_bind()
    if not partitioned(bind):
        return
    views = views_on(bind, "event")
    [first, *_] = parts(bind, "event")
    op.execute("alter table event rename to event_parted")
    op.execute(f"alter table event_parted detach partition {first.name}")
    op.execute(f"insert into {first.name} select * from event_parted order by position")  # noqa: S608 - a name of ours
    op.execute(f"alter table {first.name} rename to event")
    put_views(bind, views)
    op.execute("drop table event_parted")
    for index, short in _INDEXES.items():
        op.execute(f"alter index {first.name}_{short} rename to {index}")
