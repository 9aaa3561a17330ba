"""The tables of time series, beside the observation log. Times are whole milliseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, SmallInteger, String, Table

from ioc.store.columns import Number, UtcTime
from ioc.store.tables import observation_metadata

# One row a series: what it is, what spans it, and what the next judgement needs to know.
series = Table(
    "series",
    observation_metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("owner", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("oldest_ms", Number),
    Column("newest_ms", Number),
    Column("grade", SmallInteger),
    Column("reason", String),
    Column("at_ms", Number),
    Column("value", Float),
    Column("value_at_ms", Number),
    Column("run", Integer),
    Column("value_unit", String),
    Index("ix_series_kind_key", "kind", "key", unique=True),
    Index("ix_series_owner", "owner"),
)

series_cursor = Table(
    "series_cursor",
    observation_metadata,
    Column("owner", String, primary_key=True),
    Column("position", Number, nullable=False),
    Column("fence", Number, nullable=False),
    Column("holder", String, nullable=False),
    Column("beat", UtcTime, nullable=False),
)

# Who may write what a source sees: each taking raises the number, and what comes with an older one is refused.
source_fence = Table(
    "source_fence",
    observation_metadata,
    Column("source", String, primary_key=True),
    Column("fence", Number, nullable=False),
    Column("owner", String, nullable=False),
)

series_point = Table(
    "series_point",
    observation_metadata,
    Column("series", Number, primary_key=True, autoincrement=False),
    Column("at_ms", Number, primary_key=True, autoincrement=False),
    Column("value", Float, nullable=False),
    Column("grade", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Hours of a series in numbers of its good and suspect points, made once the hour is over.
series_hour = Table(
    "series_hour",
    observation_metadata,
    Column("series", Number, primary_key=True, autoincrement=False),
    Column("hour_ms", Number, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
    Column("total", Float, nullable=False),
    Column("least", Float, nullable=False),
    Column("most", Float, nullable=False),
    sqlite_with_rowid=False,
)

# Days of a series in numbers, made of those of its hours.
series_day = Table(
    "series_day",
    observation_metadata,
    Column("series", Number, primary_key=True, autoincrement=False),
    Column("day_ms", Number, primary_key=True, autoincrement=False),
    Column("n", Number, nullable=False),
    Column("total", Float, nullable=False),
    Column("least", Float, nullable=False),
    Column("most", Float, nullable=False),
    sqlite_with_rowid=False,
)

# Hours that got points since they were last put into numbers.
series_touched = Table(
    "series_touched",
    observation_metadata,
    Column("series", Number, primary_key=True, autoincrement=False),
    Column("hour_ms", Number, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Which readings were taken in: 8 bytes each, as many a row as one commit had (a whole hour once it is packed).
series_seen = Table(
    "series_seen",
    observation_metadata,
    Column("owner", String, primary_key=True),
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("at_ms", Number, nullable=False),
    Column("readings", Integer, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
)

# What was judged otherwise than it was sent, so that whoever reads the batch later sees the very same judgement.
observation_mark = Table(
    "observation_mark",
    observation_metadata,
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("owner", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
