"""Which sources are under a hold, asked inside each commit that takes readings away: a hold may be set at any moment.

Who sets one waits for the readings' lock once (see `ioc.store.holds`). A commit that had asked before is over by then,
and each later one meets the hold.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from ioc.store.database import SqliteDatabase, event_database
from ioc.store.looking import reading_file
from ioc.store.tables import legal_hold

HeldNow = Callable[[Connection], list[str]]


def held_sources(events: Connection) -> list[str]:
    """The sources under a hold, by a connection to the events' database."""
    held = (legal_hold.c.scope == "source") & legal_hold.c.released_at.is_(None)
    return list(events.execute(select(legal_hold.c.object).where(held)).scalars())


def held_now(url: str, city: str) -> HeldNow:
    """The same for commits of readings: on PostgreSQL the holds are in their own database, on SQLite in the file of the
    events, which is read anew each time."""
    events = event_database(url, city)
    if not isinstance(events, SqliteDatabase):
        return held_sources
    path = events.path

    def ask(_: Connection) -> list[str]:
        with reading_file(path) as connection:
            return held_sources(connection)

    return ask
