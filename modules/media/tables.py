"""The module's own tables.

Of a social post no text, name or address stands here: its topics, tone, place and fingerprints of its words, and the
author as a keyed hash. Fingerprints and author are cleared when stories of that time are no longer gathered.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Dialect, Float, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.types import TypeDecorator

from ioc.core.clock import iso, parse_time

metadata = MetaData()


class IsoTime(TypeDecorator[datetime]):
    """An aware time as UTC text with milliseconds: it compares as it reads, on SQLite and on PostgreSQL."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else iso(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """From the database, UTC-aware."""
        return None if value is None else parse_time(value)


feed = Table(
    "media_feed",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("etag", String(300)),
    Column("modified", String(300)),
    Column("asked_at", IsoTime, nullable=False),
    Column("answered_at", IsoTime),
    Column("failing_since", IsoTime),
    Column("failures", Integer, nullable=False),
    Column("problem_vi", String(300)),
    Column("problem_en", String(300)),
    Column("told", Boolean, nullable=False),
    Column("items", Integer, nullable=False),
)

item = Table(
    "media_item",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("source", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("received_at", IsoTime, nullable=False),
    Column("published_at", IsoTime, nullable=False),
    Column("doubt", String(16), nullable=False),
    Column("title", Text),
    Column("summary", Text),
    Column("url", Text),
    Column("author", String(32)),
    Column("personal", String(64)),
    Column("reach", Integer, nullable=False),
    Column("topics", Text, nullable=False),
    Column("tone", Integer, nullable=False),
    Column("placing", Text, nullable=False),
    Column("features", Text),
    Column("simhash", String(16), nullable=False),
    Column("story", String(36)),
    Column("simulated", Boolean, nullable=False),
    Index("media_item_state", "state", "received_at"),
    Index("media_item_published", "published_at"),
    Index("media_item_story", "story"),
)

story = Table(
    "media_story",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("topic", String(32)),
    Column("title", Text),
    Column("source", String(200), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("url", Text),
    Column("first_at", IsoTime, nullable=False),
    Column("last_at", IsoTime, nullable=False),
    Column("noticed_at", IsoTime, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("ward_code", String(16)),
    Column("placing", Text, nullable=False),
    Column("articles", Integer, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("authors", Integer, nullable=False),
    Column("negative", Integer, nullable=False),
    Column("said", String(8), nullable=False),
    Column("said_at", IsoTime),
    Column("hinted_at", IsoTime),
    Column("rumour_at", IsoTime),
    Column("correlation", String(120)),
    Column("simulated", Boolean, nullable=False),
    Index("media_story_last", "last_at"),
    Index("media_story_said", "said_at"),
)

case = Table(
    "media_case",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("correlation", String(120), nullable=False),
    Column("desk", Boolean, nullable=False),
    Column("topics", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("ward_code", String(16)),
    Column("opened_at", IsoTime, nullable=False),
    Column("closed_at", IsoTime),
    Index("media_case_opened", "opened_at"),
)

burst = Table(
    "media_burst",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("topic", String(32), nullable=False),
    Column("began_at", IsoTime, nullable=False),
    Column("last_at", IsoTime, nullable=False),
    Column("ended_at", IsoTime),
    Column("band", String(8), nullable=False),
    Column("score", Float, nullable=False),
    Column("weight", Float, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("said_at", IsoTime, nullable=False),
    Column("minutes", Float, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Index("media_burst_open", "ended_at", "topic"),
)
