"""Numbers of whole days, which stay when those of the hours have gone."""

import sqlalchemy as sa
from alembic import op

from ioc.store.columns import Number

revision = "observations_0004"
down_revision = "observations_0003"
branch_labels = None
depends_on = None

DAY_MS = 86_400_000


def upgrade() -> None:
    op.create_table(
        "series_day",
        sa.Column("series", Number, primary_key=True, autoincrement=False),
        sa.Column("day_ms", Number, primary_key=True, autoincrement=False),
        sa.Column("n", Number, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sa.Column("least", sa.Float, nullable=False),
        sa.Column("most", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "insert into series_day (series, day_ms, n, total, least, most)"  # noqa: S608 - a constant
        f" select series, hour_ms - hour_ms % {DAY_MS}, sum(n), sum(total), min(least), max(most) from series_hour"
        f" group by series, hour_ms - hour_ms % {DAY_MS}"
    )


def downgrade() -> None:
    op.drop_table("series_day")
