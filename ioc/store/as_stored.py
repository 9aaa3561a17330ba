"""Rows as they lie there, whatever is in them.

SQLite takes anything in any column: a hand, another program or a bad disk may have left text where a number belongs.
Here each value is held against its column, so that a damaged row is named and hides no other. For whoever looks a
store over; the city itself reads its rows as what they were written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    String,
    Table,
    cast,
    inspect,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType, TypeEngine

from ioc.core.text import Text
from ioc.store.columns import UtcTime

AT_ONCE = 2_000
SHOWN = 40  # characters of a value that is not what it should be


class StoredRow(msgspec.Struct, frozen=True):
    """A row of `table`; `key` names it. Of `values` what is not of its column's kind is None, but for text, which is
    then as much of the value as can be shown; `wrong` says of each column what is so."""

    table: str
    key: str
    values: dict[str, Any]
    wrong: tuple[Text, ...]

    @property
    def told(self) -> Text:
        """Which row, and what is wrong with it."""
        vi, en = "; ".join(one.vi for one in self.wrong), "; ".join(one.en for one in self.wrong)
        return Text(f"bảng {self.table}, hàng {self.key}: {vi}", f"table {self.table}, row {self.key}: {en}")


def select_stored(table: Table, *names: str) -> Select[Any]:
    """Rows of a table with their values as they lie there, of these columns only where some are named."""
    columns: list[Any] = [type_coerce(table.c[name], NullType()).label(name) for name in names or table.c.keys()]
    return select(*columns)


def stored_rows(connection: Connection, table: Table, statement: Select[Any]) -> Iterator[StoredRow]:
    """What such a statement finds, each value held against its column."""
    found = connection.execution_options(yield_per=AT_ONCE).execute(statement)
    columns = [table.c[name] for name in found.keys()]  # noqa: SIM118 - these are a result's, no mapping's
    for row in found:
        yield stored_row(table, columns, row)


def stored_row(table: Table, columns: Sequence[Column[Any]], row: Iterable[Any]) -> StoredRow:
    """One row of such a result."""
    values, wrong = {}, []
    for column, value in zip(columns, row, strict=True):
        values[column.name], said = _held_against(column, value)
        if said is not None:
            wrong.append(Text(f"cột {column.name}: {said.vi}", f"column {column.name}: {said.en}"))
    keys = [as_text(values[column.name]) for column in table.primary_key if column.name in values]
    return StoredRow(table.name, "/".join(keys), values, tuple(wrong))


def columns_there(connection: Connection, table: Table) -> list[str]:
    """Those of a table's columns that the database has: an older build's lacks some. The table itself is there."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return [name for name in table.c.keys() if name in there]  # noqa: SIM118 - these are a table's, no mapping's


def damaged_rows(connection: Connection, table: Table, *where: ColumnElement[bool]) -> Iterator[StoredRow]:
    """Rows with a value that is not of its column's kind, of the columns that are there. PostgreSQL lets none in."""
    if connection.dialect.name != "sqlite":
        return
    for row in stored_rows(connection, table, select_stored(table, *columns_there(connection, table)).where(*where)):
        if row.wrong:
            yield row


def select_text(connection: Connection, *columns: Column[Any]) -> Select[Any]:
    """Columns of text for `text_of`, also by a connection that reads text in UTF-8 only."""
    sqlite = connection.dialect.name == "sqlite"
    some: list[Any] = [cast(column, LargeBinary).label(column.name) if sqlite else column for column in columns]
    return select(*some)


def text_of(value: Any) -> str:
    """Such a value, with what is no letter spelled out."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else as_text(value)


def as_text(value: Any, most: int = SHOWN * 2) -> str:
    """Any value as it can be shown, in few characters."""
    if isinstance(value, bytes | memoryview):
        value = f"0x{bytes(value)[:SHOWN].hex()}"
    text = "NULL" if value is None else _spelled(str(value))
    return text if len(text) <= most else f"{text[:most]}…"


def _held_against(column: Column[Any], value: Any) -> tuple[Any, Text | None]:
    """The value as the column's kind, and what is wrong with it."""
    if value is None:
        empty = None if column.nullable else Text("trống (NULL)", "it is empty (NULL)")
        return ("NULL" if empty and isinstance(column.type, String) else None), empty
    for kind, read in _KINDS:
        if isinstance(column.type, kind):
            return read(column.type, value)
    return value, None


def _text(_: TypeEngine[Any], value: Any) -> tuple[Any, Text | None]:
    if not isinstance(value, str):
        return as_text(value), _not("chữ", "text", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        return _spelled(value), Text("chữ không đúng UTF-8", "text that is no UTF-8")
    return value, None


def _spelled(text: str) -> str:
    """With what is no letter spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _number(kind: TypeEngine[Any], value: Any) -> tuple[Any, Text | None]:
    if not isinstance(value, int):
        return None, _not("số nguyên", "a whole number", value)
    bits = 64 if isinstance(kind, BigInteger) else 16 if isinstance(kind, SmallInteger) else 32
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        return None, Text(f"số quá lớn: {value}", f"a number too large: {value}")
    return value, None


def _float(_: TypeEngine[Any], value: Any) -> tuple[Any, Text | None]:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None, _not("số", "a number", value)
    return float(value), None


def _boolean(_: TypeEngine[Any], value: Any) -> tuple[Any, Text | None]:
    return (bool(value), None) if value in (0, 1) else (None, _not("có hay không (0, 1)", "yes or no (0, 1)", value))


def _bytes(_: TypeEngine[Any], value: Any) -> tuple[Any, Text | None]:
    if isinstance(value, bytes | memoryview):
        return bytes(value), None
    return None, _not("dãy byte", "bytes", value)


def _time(_: TypeEngine[Any], value: Any) -> tuple[Any, Text | None]:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)), None
    except (TypeError, ValueError, OverflowError):
        return None, _not("thời điểm", "a time", value)


def _date(_: TypeEngine[Any], value: Any) -> tuple[Any, Text | None]:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(value)), None
    except (TypeError, ValueError):
        return None, _not("ngày", "a date", value)


def _not(vi: str, en: str, value: Any) -> Text:
    there = Text("số", "a number")
    if isinstance(value, str):
        there = Text("chữ", "text")
    elif isinstance(value, bytes | memoryview):
        there = Text("dãy byte", "bytes")
    shown = as_text(value)[:SHOWN]
    return Text(f"{there.vi} ({shown}), không phải {vi}", f"{there.en} ({shown}), not {en}")


# The narrower kind first: a time is kept as text, a large number is a number.
_KINDS: tuple[tuple[type[TypeEngine[Any]], Callable[[TypeEngine[Any], Any], tuple[Any, Text | None]]], ...] = (
    (UtcTime, _time),
    (Boolean, _boolean),
    (Integer, _number),
    (Float, _float),
    (Date, _date),
    (LargeBinary, _bytes),
    (String, _text),
)
