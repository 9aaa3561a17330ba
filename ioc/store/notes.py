"""The platform's notes about the store as a whole, set from outside the city's processes: one value under a name."""

from __future__ import annotations

from sqlalchemy import delete, insert, inspect, select

from ioc.store.database import event_database
from ioc.store.errors import Superseded
from ioc.store.tables import platform

_EPOCH = select(platform.c.value).where(platform.c.name == "epoch")


def set_note(url: str, name: str, value: str | None, *, life: str | None = None) -> None:
    """Puts a value in place of a former one; None takes it away. The tables must be there.

    Raises:
        Superseded: the store is not in that `life` (its epoch), where one is named.
    """
    database = event_database(url, "")
    engine = database.writer()
    try:
        with engine.connect() as connection, database.locked(connection):
            if life is not None and connection.execute(_EPOCH).scalar_one_or_none() != life:
                raise Superseded
            connection.execute(delete(platform).where(platform.c.name == name))
            if value is not None:
                connection.execute(insert(platform).values(name=name, value=value))
    finally:
        engine.dispose()


def read_note(url: str, name: str) -> str | None:
    """The value under a name, if there is one."""
    engine = event_database(url, "").writer()
    try:
        with engine.connect() as connection:
            return connection.execute(select(platform.c.value).where(platform.c.name == name)).scalar_one_or_none()
    finally:
        engine.dispose()


def has_notes(url: str) -> bool:
    """Whether a city's tables are there at all."""
    engine = event_database(url, "").writer()
    try:
        with engine.connect() as connection:
            return inspect(connection).has_table(platform.name)
    finally:
        engine.dispose()
