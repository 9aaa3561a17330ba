"""How the databases answer what screens ask: the newest 500 in a box and an hour, always by the time index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from ioc.store import Store
from ioc.store.database import event_database
from tests.conftest import CITY

pytestmark = pytest.mark.timeout(600)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SPAN = timedelta(hours=100)
BOX = (106.0, 18.0, 106.25, 18.25)
_COLUMNS = (
    "insert into event (position, id, type, module, severity, dataclass, partitionkey, correlationid, time,"
    " recordedtime, lon, lat, simulated, body) select n, 'e-' || n, 'environment.flood.detected', 'environment',"
    " 1 + n % 5, 'public', 'k' || n % 50, 'c' || n, {at}, {at}, 105.5 + (n % 10000 * 7919 % 10000) / 10000.0,"
    " 17.5 + (n % 10000 * 104729 % 10000) / 10000.0, false, {body} from "
)
FILL = {
    "postgresql": _COLUMNS.format(
        at="timestamptz '2026-11-01 00:00:00+00' + n * interval '1 second' * :step", body="'{}'::bytea"
    )
    + "generate_series(1, :rows) n",
    "sqlite": _COLUMNS.format(  # noqa: S608 - constants
        at="strftime('%Y-%m-%d %H:%M:%f', '2026-11-01', (n * :step) || ' seconds') || '000'", body="x'7b7d'"
    )
    + "(with recursive c(n) as (select 1 union all select n + 1 from c where n < :rows) select n from c)",
}


@contextmanager
def said() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent meanwhile."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def fill(url: str, rows: int) -> None:
    engine = event_database(url, CITY).writer()
    with engine.connect() as connection:
        dialect = connection.dialect.name
        if dialect == "postgresql":
            connection.execute(text("set statement_timeout = 0"))
        connection.execute(text(FILL[dialect]), {"rows": rows, "step": SPAN.total_seconds() / rows})
        connection.commit()
        if dialect == "postgresql":
            connection.execute(text("analyze event"))
            connection.commit()
    engine.dispose()


def plan(url: str, statement: str, parameters: Any) -> str:
    engine = event_database(url, CITY).writer()
    with engine.connect() as connection:
        how = "explain query plan " if connection.dialect.name == "sqlite" else "explain "
        rows = connection.exec_driver_sql(how + statement, parameters).all()
    engine.dispose()
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("rows", [100_000, pytest.param(1_000_000, marks=pytest.mark.long)])
async def test_the_newest_in_a_box_and_an_hour(store: Store, rows: int) -> None:
    url = store.settings.url
    fill(url, rows)
    for hour in (0, 50, 99):
        since = BEGIN + timedelta(hours=hour)
        inside = {"bbox": BOX, "since": since, "until": since + timedelta(hours=1), "limit": 500}
        wide = {"bbox": None, "until": since + timedelta(hours=10)}
        for more in ({}, {"severity_min": 3}, {"classes": ["public", "internal"]}, wide):
            with said() as statements:
                await asked(store, inside | more)
            [(statement, parameters)] = [one for one in statements if "FROM event" in one[0]]
            how = plan(url, statement, parameters)
            assert "ix_event_time" in how, f"hour {hour}, {more}: {how}"
            assert "Seq Scan" not in how
            assert "SCAN event" not in how


async def asked(store: Store, question: dict[str, Any]) -> None:
    """The bodies here are no events, which only shows once some are found."""
    try:
        await store.log.query(**question)
    except ValueError:
        return
