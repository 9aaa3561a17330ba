"""Stores on PostgreSQL whose log lies in many small partitions."""

from __future__ import annotations

import pytest

from ioc.store import event_partitions, migrate
from ioc.store.database import event_database
from ioc.store.migrate import Line
from ioc.store.partitions import Part, parts
from tests.conftest import CITY

SIZE = 20


def go_back_to(url: str, name: str, revision: str) -> None:
    """Takes one line of migrations back to a revision, with all that is in the tables."""
    now = migrate.state(url)
    migrate.return_to(
        url, [], [Line(one.name, revision if one.name == name else one.at, one.head, one.known) for one in now]
    )


def in_small_partitions(url: str, patch: pytest.MonkeyPatch, size: int = SIZE) -> str:
    """The same store, its log in partitions of a few positions from now on."""
    patch.setattr(event_partitions, "SIZE", size)
    go_back_to(url, "platform", "platform_0005")
    migrate.upgrade(url)
    return url


def partitions_of(url: str, table: str) -> list[Part]:
    """The partitions of a table as they are now."""
    engine = event_database(url, CITY).writer()
    with engine.connect() as connection:
        found = parts(connection, table)
    engine.dispose()
    return found
