"""The doctor finds what was broken on purpose, names it, and calls a well store well."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc.contract import Latest, Observation
from ioc.core.clock import SetClock
from ioc.core.envelope import Recorded
from ioc.store import Store, StoreSettings, migrate
from ioc.store.backup import take_backup
from ioc.store.database import event_database, is_sqlite, observation_database, sqlite_path
from ioc.store.doctor import Finding, Severity, examine_log, examine_store
from ioc.store.vault import Vault
from tests.conftest import CITY, MASTER_KEY
from tests.events import AT, an_event

VAULT = Vault(MASTER_KEY, CITY)
pytestmark = pytest.mark.timeout(180)


async def looked_over(settings: StoreSettings, *, later: timedelta = timedelta(), **more: object) -> list[Finding]:
    given = {"vault": VAULT, "city": CITY, "deep": True, **more}
    now = datetime.now(UTC) + later
    return await asyncio.to_thread(lambda: list(examine_store(settings.url, homes=[], now=now, **given)))


def bad(findings: list[Finding]) -> dict[str, Severity]:
    return {one.check: one.severity for one in findings if one.severity is not Severity.WELL}


async def fill(settings: StoreSettings, events: int = 30) -> None:
    store = await Store.open(settings)
    for _ in range(events):
        await store.write(lambda tx: tx.append(an_event()))
        await store.observations.write_batch("mqtt", [Observation("rain.level", "trạm", 1.0, "mm", AT)])
    held = await store.cursors.take("desk", "desk:1")
    await store.write(lambda tx: tx.move(held, events))
    await store.write(lambda tx: tx.audit("op-1", "thử", "x", {"a": 1}))
    await store.write(lambda tx: tx.audit("op-1", "thử", "y", {"a": 2}))
    await store.close()


def run(settings: StoreSettings, statement: str, observations: bool = False) -> None:
    open_database = observation_database if observations else event_database
    with open_database(settings.url, CITY).writer().begin() as connection:
        connection.execute(text(statement))


async def test_a_well_store(store_settings: StoreSettings, tmp_path: Path) -> None:
    await fill(store_settings)
    assert bad(await looked_over(store_settings)) == {"backup": Severity.WARNING}
    now = datetime.now(UTC)
    await asyncio.to_thread(take_backup, store_settings.url, CITY, VAULT, tmp_path / "b", {}, now)
    found = await looked_over(store_settings)
    assert bad(found) == {}
    assert any("1-30" in one.text.vi for one in found)
    assert bad(await looked_over(store_settings, later=timedelta(hours=27))) == {"backup": Severity.WARNING}


@pytest.mark.parametrize(
    ("statement", "check", "named"),
    [
        ("delete from event where position in (7, 8, 20)", "log.positions", "7-8, 20"),
        ("delete from event where position = 1", "log.positions", "2"),
        ("update cursor set position = 31", "cursors", "31"),
        ("update event set body = (select body from event where position = 1) where position = 4", "log.bodies", "4"),
        ("update event set body = 'chữ' where position = 5", "log.bodies", "5"),
        ("update audit set who = 'op-2' where seq = 1", "audit.chain", "1"),
        ("update audit set detail = '{' where seq = 1", "audit.chain", "1"),
        ("update audit set hash = 'x' where seq = 1", "audit.chain", "1"),
        ("update alembic_version set version_num = 'platform_9999'", "store.tables", "platform"),
        ("update platform set value = 'thanhhoa' where name = 'city'", "store.city", "thanhhoa"),
        ("update platform set value = 'x' where name = 'key_check'", "store.key", "IOC_PERSONAL_KEY"),
        ("delete from platform", "store.city", "platform"),
        ("drop table platform", "store", ""),
    ],
)
async def test_what_was_broken_is_found(store_settings: StoreSettings, statement: str, check: str, named: str) -> None:
    await fill(store_settings)
    run(store_settings, statement)
    found = await looked_over(store_settings)
    assert bad(found)[check] is Severity.BROKEN
    assert any(named in one.text.vi and named in one.text.en for one in found if one.check == check)


async def test_readings_that_are_lost(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    run(store_settings, "delete from observation_batch where position between 5 and 6", observations=True)
    found = await looked_over(store_settings)
    assert bad(found)["observations.positions"] is Severity.BROKEN
    assert any("5-6" in one.text.vi for one in found)


async def test_readings_that_cannot_be_read(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    run(store_settings, "update observation_batch set body = 'chữ' where position = 5", observations=True)
    found = await looked_over(store_settings)
    assert bad(found)["observations.bodies"] is Severity.BROKEN
    assert any("5" in one.text.vi for one in found if one.check == "observations.bodies")


async def test_old_readings_that_retention_took_are_not_lost(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    run(store_settings, "delete from observation_batch where position < 5", observations=True)
    assert "observations.positions" not in bad(await looked_over(store_settings))


async def test_tables_of_an_older_build(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    migrate.downgrade(store_settings.url, to="platform_0002")
    assert bad(await looked_over(store_settings))["store.tables"] is Severity.WARNING


async def test_a_consumer_that_is_far_behind(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    store = await Store.open(store_settings)
    await store.cursors.take("module:noise:readings", "noise:1")  # nothing of its kind has come: it keeps up
    await store.write(lambda tx: [tx.append(an_event()) for _ in range(1_000)])
    assert "cursors" not in bad(await looked_over(store_settings))
    await store.write(lambda tx: tx.append(an_event()))
    await store.close()
    found = await looked_over(store_settings)
    assert bad(found)["cursors"] is Severity.WARNING
    [told] = [one.text.en for one in found if one.check == "cursors"]
    assert "desk is 1001" in told


async def test_parts_that_fell_silent(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    now = datetime.now(UTC)
    store = await Store.open(store_settings)
    for name in ("desk", "traffic"):
        await store.write(lambda tx, name=name: tx.latest(Latest("module", name, {}, now)))
    assert "parts" not in bad(await looked_over(store_settings))
    later = SetClock(now + timedelta(minutes=2))
    await store.close()
    store = await Store.open(store_settings, later)
    await store.write(lambda tx: tx.latest(Latest("module", "desk", {}, later.now())))
    await store.close()
    found = await looked_over(store_settings, later=timedelta(minutes=2))
    assert [one.text.en.split()[0] for one in found if one.check == "parts"] == ["traffic"]
    found = await looked_over(store_settings, later=timedelta(hours=2))
    assert ["has not run since" in one.text.en for one in found if one.check == "parts"] == [True]


async def test_dead_letters(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    store = await Store.open(store_settings)
    [row] = await store.log.after(0, 1)
    one: Callable[..., Recorded] = row.recorded
    await store.write(lambda tx: tx.bury("module:traffic", one(), "lỗi", "trace"))
    await store.close()
    assert bad(await looked_over(store_settings))["dead.letters"] is Severity.WARNING
    late = await looked_over(store_settings, later=timedelta(minutes=20))
    assert bad(late)["dead.letters"] is Severity.BROKEN
    assert any("module:traffic" in finding.text.vi for finding in late)


async def test_only_the_log(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    run(store_settings, "delete from event where position = 9")
    found = await asyncio.to_thread(lambda: list(examine_log(store_settings.url, CITY, datetime.now(UTC))))
    assert {one.check for one in found} >= {"log.positions", "observations.positions", "cursors", "dead.letters"}
    assert bad(found) == {"log.positions": Severity.BROKEN}


def test_no_store_at_all(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/không có/ioc.db"
    found = list(examine_store(url, CITY, VAULT, [], datetime.now(UTC), deep=True))
    assert bad(found) == {"store": Severity.BROKEN}
    assert list(tmp_path.iterdir()) == [], "looking makes no file"


async def test_looking_changes_no_byte_of_files_that_were_put_back(store_settings_sqlite: StoreSettings) -> None:
    """A copy that was put back and never opened keeps another kind of journal than a city at work."""
    await fill(store_settings_sqlite)
    folder = sqlite_path(store_settings_sqlite.url).parent
    for file in folder.glob("*.db"):
        connection = sqlite3.connect(file)
        assert connection.execute("pragma journal_mode=delete").fetchone() == ("delete",)
        connection.close()
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert bad(await looked_over(store_settings_sqlite)) == {"backup": Severity.WARNING}
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


async def test_a_file_with_a_flipped_page(store_settings_sqlite: StoreSettings) -> None:
    await fill(store_settings_sqlite)
    url = store_settings_sqlite.url
    assert is_sqlite(url)
    event_database(url, CITY).forget_deleted()
    path = sqlite_path(url)
    whole = bytearray(path.read_bytes())
    for at in range(3 * 4096, len(whole), 4096):
        whole[at : at + 16] = b"\xff" * 16
    path.write_bytes(whole)
    assert Severity.BROKEN in bad(await looked_over(store_settings_sqlite)).values()


def test_the_server_is_away(tmp_path: Path) -> None:
    found = list(examine_store("postgresql://ioc@127.0.0.1:1/x", CITY, VAULT, [], datetime.now(UTC), deep=False))
    assert bad(found) == {"store": Severity.BROKEN}
