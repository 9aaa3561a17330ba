"""The module's own tables.

No name, phone, address or raw report text stands here: those are sealed under `personal`. The exact point, the
shingle fingerprints and the photo hash are kept only while duplicates are looked for, then cleared.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
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


report = Table(
    "citizen_report",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("code_hash", String(64), unique=True),
    Column("personal", String(64), nullable=False),
    Column("service_code", String(64), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("emergency", Boolean, nullable=False),
    Column("danger", String(16)),
    Column("channel", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("notice_version", String(32)),
    Column("received_at", IsoTime, nullable=False),
    Column("updated_at", IsoTime, nullable=False),
    Column("first_by", IsoTime, nullable=False),
    Column("due", IsoTime, nullable=False),
    Column("resolved_at", IsoTime),
    Column("warned_of", IsoTime),
    Column("breached", IsoTime),
    Column("location", String(8), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("shown_lon", Float),
    Column("shown_lat", Float),
    Column("ward_code", String(16)),
    Column("ward_name", String(128)),
    Column("prints", Text),
    Column("photo_hash", String(16)),
    Column("photo", String(36)),
    Column("photo_published", Boolean, nullable=False),
    Column("published_at", IsoTime),
    Column("published_text", Text),
    Column("rating", Integer),
    Column("duplicates", Text),
    Column("cluster", String(36)),
    Column("simulated", Boolean, nullable=False),
    Index("citizen_report_received", "received_at"),
    Index("citizen_report_published", "published_at"),
    Index("citizen_report_status", "status", "due"),
    Index("citizen_report_near", "service_code", "lat", "received_at"),
)

step = Table(
    "citizen_step",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("report", String(36), ForeignKey("citizen_report.id"), nullable=False, index=True),
    Column("at", IsoTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("note_vi", Text, nullable=False),
    Column("note_en", Text, nullable=False),
)

media = Table(
    "citizen_media",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("report", String(36), ForeignKey("citizen_report.id"), nullable=False, index=True),
    Column("published_at", IsoTime, nullable=False),
    Column("jpeg", LargeBinary, nullable=False),
)

# Which blurred photo an operator was shown last: they publish what they have looked at themselves.
looked = Table(
    "citizen_looked",
    metadata,
    Column("report", String(36), ForeignKey("citizen_report.id"), primary_key=True),
    Column("by", String, primary_key=True),
    Column("sha256", String(64), nullable=False),
)
