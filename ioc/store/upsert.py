"""INSERT ... ON CONFLICT, in the one spelling that both databases take."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_for(connection: Connection, table: Table) -> Any:
    """An INSERT with `on_conflict_do_update` and `on_conflict_do_nothing` for this connection's database."""
    return insert_into(connection.dialect.name, table)


def insert_into(dialect: str, table: Table) -> Any:
    """The same for a dialect by its name, for statements that are made once and kept."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)
