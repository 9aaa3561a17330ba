"""A damaged store is copied all the same, its copy says so, and it pushes no sound one out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc.contract import Observation
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store import Store, StoreSettings
from ioc.store.backup import checked, older_backups, place_of, put_back, read_manifest, take_backup
from ioc.store.database import event_database, observation_database, sqlite_path
from ioc.store.doctor import Severity, examine_store, find_damage
from ioc.store.vault import Vault
from tests.conftest import CITY, MASTER_KEY
from tests.events import AT, an_event

VAULT = Vault(MASTER_KEY, CITY)
pytestmark = pytest.mark.timeout(180)


async def fill(settings: StoreSettings) -> None:
    store = await Store.open(settings)
    for _ in range(200):
        await store.write(lambda tx: tx.append(an_event()))
    await store.observations.write_batch("mqtt", [Observation("rain.level", "trạm", 1.0, "mm", AT)])
    await store.cursors.take("desk", "desk:1")
    await store.close()


def run(settings: StoreSettings, statement: str, *, readings: bool = False) -> None:
    open_database = observation_database if readings else event_database
    with open_database(settings.url, CITY).writer().begin() as connection:
        connection.execute(text(statement))


def backed_up(settings: StoreSettings, to: Path, now: datetime | None = None) -> Path:
    now = now or datetime.now(UTC)
    return take_backup(settings.url, CITY, VAULT, to, {}, now, damage=lambda: find_damage(settings.url, CITY, now))


def restored(settings: StoreSettings, folder: Path, aside: Path) -> list[Text]:
    place = place_of(settings.url, CITY)
    checked(place, folder, VAULT, CITY, [])
    return put_back(place, folder, settings, lambda: None, [], aside=aside).manifest.wrong


async def test_a_sound_store_has_no_damage_and_a_form_that_older_builds_read(
    store_settings: StoreSettings, tmp_path: Path
) -> None:
    await fill(store_settings)
    made = await asyncio.to_thread(backed_up, store_settings, tmp_path / "b")
    manifest = json.loads((made / "manifest.json").read_bytes())
    assert manifest["format"] == 1 and "damage" not in manifest
    assert read_manifest(made).wrong == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("delete from event where position between 7 and 9", "7-9"),
        ("delete from event where position = 1", "2"),
        ("update cursor set position = 999", "desk"),
    ],
)
async def test_what_is_wrong_with_a_store_stands_in_its_copy(
    store_settings: StoreSettings, tmp_path: Path, statement: str, named: str
) -> None:
    await fill(store_settings)
    run(store_settings, statement)
    made = await asyncio.to_thread(backed_up, store_settings, tmp_path / "b")
    [wrong] = read_manifest(made).wrong
    assert named in wrong.vi and named in wrong.en
    said = await asyncio.to_thread(restored, store_settings, made, tmp_path / "aside")
    assert said == [wrong]
    (made / "manifest.json").write_bytes((made / "manifest.json").read_bytes().replace(b'"damage"', b'"other"'))
    with pytest.raises(Problem, match="bad-backup"):
        checked(place_of(store_settings.url, CITY), made, VAULT, CITY, [])


@pytest.mark.parametrize(
    ("statement", "readings"),
    [
        ("update cursor set position = 'chữ'", False),
        ("update dead_letter set at = 'hôm qua'", False),
        ("update latest set rt = 5", False),
        ("update audit set at = 'hôm qua' where seq = 1", False),
        ("update personal set ref = x'00'", False),
    ],
)
async def test_a_store_with_damaged_rows_can_be_replaced_and_put_back(
    store_settings_sqlite: StoreSettings, tmp_path: Path, statement: str, readings: bool
) -> None:
    settings = store_settings_sqlite
    await fill(settings)
    store = await Store.open(settings)
    [row] = await store.log.after(0, 1)
    await store.write(lambda tx: tx.bury("desk", row.recorded(), "lỗi", ""))
    await store.write(lambda tx: tx.audit("op-1", "thử", "x", {}))
    await store.close()
    sound = await asyncio.to_thread(backed_up, settings, tmp_path / "b")
    run(settings, statement, readings=readings)
    damaged = await asyncio.to_thread(backed_up, settings, tmp_path / "b")
    assert await asyncio.to_thread(restored, settings, sound, tmp_path / "one") == []
    wrong = read_manifest(damaged).wrong
    assert await asyncio.to_thread(restored, settings, damaged, tmp_path / "two") == wrong


async def test_a_file_with_damaged_pages_is_copied_as_it_is(
    store_settings_sqlite: StoreSettings, tmp_path: Path
) -> None:
    settings = store_settings_sqlite
    await fill(settings)
    event_database(settings.url, CITY).forget_deleted()
    path = sqlite_path(settings.url)
    with event_database(settings.url, CITY).writer().connect() as connection:
        leaves = "select pageno from dbstat where name = 'event' and pagetype = 'leaf' order by pageno"
        page = connection.execute(text(f"{leaves} limit 1 offset 2")).scalar_one()
    whole = bytearray(path.read_bytes())
    whole[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xff" * 64
    path.write_bytes(whole)
    made = await asyncio.to_thread(backed_up, settings, tmp_path / "b")
    assert read_manifest(made).wrong
    checked(place_of(settings.url, CITY), made, VAULT, CITY, [])
    assert (made / "events.sqlite").stat().st_size > 100_000


async def test_the_last_sound_backup_is_never_pushed_out_by_damaged_ones(
    store_settings: StoreSettings, tmp_path: Path
) -> None:
    await fill(store_settings)
    to, now = tmp_path / "b", datetime.now(UTC)
    at: Callable[[int], datetime] = lambda minutes: now - timedelta(minutes=minutes)  # noqa: E731
    sound = await asyncio.to_thread(backed_up, store_settings, to, at(30))
    run(store_settings, "delete from event where position = 9")
    damaged = [await asyncio.to_thread(backed_up, store_settings, to, at(minutes)) for minutes in (20, 10)]
    older, left = older_backups(damaged[-1], CITY, VAULT, 1)
    assert sound not in older and {folder for folder, _ in left} == set(damaged)
    found = examine_store(store_settings.url, CITY, VAULT, [], now, deep=False)
    [said] = [one for one in found if one.check == "backup"]
    assert (
        said.severity is Severity.WARNING and sound.name in said.text.en and "damaged when it was made" in said.text.en
    )
