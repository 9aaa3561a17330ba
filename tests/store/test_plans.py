"""How the databases answer what screens ask: the newest 500 in a box and an hour, always by the time index."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from ioc.store import Store, StoreSettings
from ioc.store.database import event_database, is_sqlite
from ioc.store.event_partitions import part_of
from tests.conftest import CITY, MASTER_KEY, PATIENT
from tests.store.parted import in_small_partitions, partitions_of

pytestmark = pytest.mark.timeout(600)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SPAN = timedelta(hours=100)
ROWS = 40_000
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
    fill(store.settings.url, rows)
    await by_their_time(store, rows)


async def by_their_time(store: Store, rows: int, wide_h: int = 10) -> None:
    url = store.settings.url
    index = "ix_event_time" if is_sqlite(url) else "_time_idx"
    for hour in (0, 50, 99):
        since = BEGIN + timedelta(hours=hour)
        inside = {"bbox": BOX, "since": since, "until": since + timedelta(hours=1), "limit": 500}
        wide = {"bbox": None, "until": since + timedelta(hours=wide_h)}
        for more in ({}, {"severity_min": 3}, {"classes": ["public", "internal"]}, wide):
            question = inside | more
            how = await planned(url, lambda question=question: store.log.query(**question))
            assert index in how, f"hour {hour}, {more}: {how}"
            assert read_through(how, rows) == [], how


async def planned(url: str, asking: Callable[[], Awaitable[object]]) -> str:
    """How the database goes about the one statement that asks the log."""
    with said() as statements, suppress(ValueError):  # the bodies here are no events: it shows once some are found
        await asking()
    [(statement, parameters)] = [one for one in statements if "FROM event" in one[0]]
    return plan(url, statement, parameters)


def read_through(how: str, rows: int) -> list[str]:
    """Tables that are read from end to end; of one that is all but empty that is the quickest way."""
    found = re.findall(r"(?:Seq Scan on|SCAN) (event\w*)", how)
    return [name for name in found if not ((first := name.split("_")[1:2]) and int(first[0]) >= rows)]


async def test_a_log_in_many_partitions(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is looked into by an index of its own; what is asked for by position is looked for where it is only."""
    url = in_small_partitions(postgres_url, monkeypatch, ROWS // 8)
    make_room(url, ROWS)
    store = await Store.open(StoreSettings(url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT))
    fill(url, ROWS)
    assert len(partitions_of(url, "event")) >= 9
    await by_their_time(store, ROWS, wide_h=2)
    log = store.log
    asked_for: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("_id_key", lambda: log.find("e-77")),
        ("_correlationid_idx", lambda: log.query(correlation="c77")),
        ("_pkey", lambda: log.after(ROWS - 5, 500)),
        ("_pkey", log.head),
        ("_pkey", lambda: log.query(limit=100)),
    ]
    for index, asking in asked_for:
        how = await planned(url, asking)
        assert index in how, how
        assert read_through(how, ROWS) == [], how
    how = await planned(url, lambda: log.after(ROWS - 5, 500))
    assert "event_0_" not in how, "older partitions are left alone"
    await store.close()


def make_room(url: str, until: int) -> None:
    engine = event_database(url, CITY).writer()
    with engine.begin() as connection:
        part_of(connection, until)
    engine.dispose()
