"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator

# A 64-bit number; on SQLite the plain INTEGER that is the row's own key.
Number = BigInteger().with_variant(Integer(), "sqlite")


def utc(at: datetime) -> datetime:
    """The time in UTC; raises ValueError when it has no zone, because it is ambiguous then."""
    if at.tzinfo is None:
        raise ValueError(f"time without a zone: {at!r}")
    return at.astimezone(UTC)


def stored_bytes(value: object) -> bytes:
    """What a column of bytes holds; somebody who wrote into SQLite by hand may have left text, a number or nothing."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return b"" if value is None else str(value).encode("utf-8", "surrogatepass")


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC to the microsecond: timestamptz on PostgreSQL, sortable text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database; a time without a zone is refused."""
        if value is None:
            return None
        at = utc(value)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database, always UTC-aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
