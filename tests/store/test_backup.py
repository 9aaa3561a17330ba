"""The drill, on both kinds of database: write, back up while writing, destroy, put back, compare."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from ioc.contract import Observation, Principal, Sealed
from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings, WrongCity, WrongKey, migrate
from ioc.store.backup import (
    MANIFEST,
    Restored,
    older_backups,
    place_of,
    postgres_place,
    put_back,
    read_manifest,
    take_backup,
    unfinished,
)
from ioc.store.backup.take import newest_backup
from ioc.store.database import event_database, is_sqlite, observation_database, sqlite_path
from ioc.store.tables import observation_metadata, platform
from ioc.store.vault import Vault
from tests.conftest import CITY, MASTER_KEY, PATIENT
from tests.events import an_event

pytestmark = pytest.mark.timeout(180)
VAULT = Vault(MASTER_KEY, CITY)
CAM = Sealed("ref-1", {"name": "Trần Thị Mộng Cầm", "phone": "0912345678"}, {"photo": b"\xff\xd8 photo"})


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    folder = tmp_path / "hồ sơ"
    folder.mkdir()
    (folder / "city.toml").write_text('name = "Kỳ Anh"\n', encoding="utf-8")
    return folder


async def back_up(settings: StoreSettings, to: Path, profile: Path) -> Path:
    return await asyncio.to_thread(take_backup, settings.url, CITY, VAULT, to, {"profile": profile}, datetime.now(UTC))


async def restore(settings: StoreSettings, folder: Path, **more: object) -> Restored:
    place = place_of(settings.url, CITY)
    migrating = lambda: migrate.upgrade(settings.url)  # noqa: E731
    given = {"aside": None, **more}
    return await asyncio.to_thread(put_back, place, folder, settings, migrating, [], **given)


async def fill(store: Store, events: int = 40) -> list[str]:
    ids = []
    for number in range(events):
        event = an_event(partitionkey=f"trạm-{number % 5}")
        await store.write(lambda tx, event=event: tx.append(event))
        ids.append(event.id)
    at = datetime(2026, 11, 21, 7, tzinfo=UTC)
    await store.observations.write_batch("mqtt", [Observation("rain.level", "trạm-1", 3.5, "mm", at)], "lô-1")
    await store.write(lambda tx: tx.seal(CAM))
    await store.write(lambda tx: tx.audit("op-1", "thử", "x", {}))
    return ids


@asynccontextmanager
async def writing(settings: StoreSettings) -> AsyncIterator[list[tuple[int, str]]]:
    """Writes events and readings without a pause; what was acknowledged is in the list."""
    acknowledged: list[tuple[int, str]] = []
    store = await Store.open(settings)
    over = False

    async def go() -> None:
        while not over:
            event = an_event()
            position = await store.write(lambda tx, event=event: tx.append(event))
            acknowledged.append((position, event.id))
            await store.observations.write_batch("mqtt", [Observation("rain.level", "a", 1.0, "mm", event.time)])

    tasks = [asyncio.create_task(go()) for _ in range(4)]
    try:
        yield acknowledged
    finally:
        over = True
        await asyncio.gather(*tasks)
        await store.close()


def destroy(url: str) -> None:
    if is_sqlite(url):
        shutil.rmtree(sqlite_path(url).parent)
        return
    with event_database(url, CITY).writer().begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))


async def everything(settings: StoreSettings) -> dict[str, list[tuple[object, ...]]]:
    """Each row of each table, but for the platform's notes, which a restore renews."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for metadata, database in (
        (platform.metadata, event_database(settings.url, CITY)),
        (observation_metadata, observation_database(settings.url, CITY)),
    ):
        engine = database.writer()
        with engine.connect() as connection:
            for table in metadata.sorted_tables:
                if table.name not in {"platform", "audit"}:
                    rows = connection.execute(table.select().order_by(*table.primary_key)).all()
                    found[table.name] = [tuple(row) for row in rows]
        engine.dispose()
    return found


async def test_what_is_put_back_is_what_was_there(
    store_settings: StoreSettings, tmp_path: Path, profile: Path, operator: Principal
) -> None:
    store = await Store.open(store_settings)
    ids = await fill(store)
    before, epoch = await everything(store_settings), store.epoch
    folder = await back_up(store_settings, tmp_path / "bản sao", profile)
    await store.close()
    destroy(store_settings.url)
    done = await restore(store_settings, folder)
    assert await everything(store_settings) == before
    again = await Store.open(store_settings)
    assert again.epoch == done.epoch != epoch, "screens and buses begin anew"
    assert [row.recorded().envelope.id for row in await again.log.after(0)] == ids
    assert await again.personal.reveal("ref-1", by=operator, reason="thử") == CAM.fields
    assert await again.audit.verify() is None
    assert (await again.audit.list(object=CITY))[0].action == "store.restored"
    assert await again.write(lambda tx: tx.append(an_event())) == len(ids) + 1
    assert await again.observations.write_batch("mqtt", [], "lô-2") >= 1
    await again.close()


async def test_a_backup_made_while_the_city_writes(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    async with writing(store_settings) as acknowledged:
        async with asyncio.timeout(60):
            while len(acknowledged) < 100:
                await asyncio.sleep(0.01)
        before = dict(acknowledged)
        folder = await back_up(store_settings, tmp_path / "b", profile)
        until = len(acknowledged) + 50
        async with asyncio.timeout(60):
            while len(acknowledged) < until:
                await asyncio.sleep(0.01)
    manifest = read_manifest(folder)
    assert manifest.facts.log.whole
    assert manifest.facts.observations.whole
    assert max(before) <= manifest.facts.log.last < max(acknowledged)[0], "the city went on meanwhile"
    destroy(store_settings.url)
    await restore(store_settings, folder)
    store = await Store.open(store_settings)
    rows = {row.position: row.recorded().envelope.id for row in await store.log.after(0, 100_000)}
    assert list(rows) == list(range(1, manifest.facts.log.last + 1))
    expected = {position: event for position, event in acknowledged if position <= manifest.facts.log.last}
    assert expected.items() <= rows.items(), "every event acknowledged before the copy is in it, in its place"
    await store.close()


async def test_a_store_that_is_there_is_not_touched(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    store = await Store.open(store_settings)
    await fill(store, 3)
    folder = await back_up(store_settings, tmp_path / "b", profile)
    await store.write(lambda tx: tx.append(an_event()))
    await store.close()
    before = await everything(store_settings)
    with pytest.raises(Problem) as refused:
        await restore(store_settings, folder)
    assert refused.value.code == "not-empty"
    assert await everything(store_settings) == before


async def test_replacing_keeps_what_was_there(
    store_settings: StoreSettings, tmp_path: Path, profile: Path, operator: Principal
) -> None:
    store = await Store.open(store_settings)
    await fill(store, 3)
    folder = await back_up(store_settings, tmp_path / "b", profile)
    await store.write(lambda tx: tx.append(an_event()))
    await store.personal.erase("ref-1", by=operator, reason="theo yêu cầu của công dân")
    await store.close()
    aside = tmp_path / "aside"
    done = await restore(store_settings, folder, aside=aside)
    assert done.erased == 1, "who was erased stays erased, although the backup knows them"
    store = await Store.open(store_settings)
    assert await store.log.head() == 3
    with pytest.raises(Problem) as gone:
        await store.personal.reveal("ref-1", by=operator, reason="x")
    assert gone.value.status == 404
    assert await store.audit.verify() is None
    await store.close()
    assert any(path.stat().st_size for path in aside.iterdir())


async def test_a_store_that_cannot_tell_who_was_erased_is_named(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    store = await Store.open(store_settings)
    await fill(store, 3)
    folder = await back_up(store_settings, tmp_path / "b", profile)
    await store.close()
    assert not (await restore(store_settings, folder, aside=tmp_path / "first")).unread
    if is_sqlite(store_settings.url):
        sqlite_path(store_settings.url).write_bytes(b"rubbish" * 1_000)
    else:
        with event_database(store_settings.url, CITY).writer().begin() as connection:
            connection.exec_driver_sql("alter table personal rename to personal_lost")
    done = await restore(store_settings, folder, aside=tmp_path / "second")
    assert done.unread and done.erased == 0


async def test_a_restore_that_fails_leaves_all_as_it_was(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    store = await Store.open(store_settings)
    await fill(store, 3)
    folder = await back_up(store_settings, tmp_path / "b", profile)
    await store.write(lambda tx: tx.append(an_event()))
    await store.close()
    before = await everything(store_settings)

    def broken() -> None:
        raise RuntimeError("a migration that fails")

    place = place_of(store_settings.url, CITY)
    with pytest.raises(Problem, match="restore-failed") as failed:
        await asyncio.to_thread(put_back, place, folder, store_settings, broken, [], aside=tmp_path / "aside")
    assert "a migration that fails" in str(failed.value.detail)
    assert await everything(store_settings) == before
    assert unfinished(store_settings.url) is None
    assert not (tmp_path / "aside").exists()
    destroy(store_settings.url)
    with pytest.raises(Problem, match="restore-failed"):
        await asyncio.to_thread(put_back, place, folder, store_settings, broken, [], aside=None)
    assert place.empty()


async def test_who_is_connected_keeps_a_restore_from_beginning(
    postgres_url: str, tmp_path: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = StoreSettings(postgres_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT)
    store = await Store.open(settings)
    await fill(store, 3)
    folder = await back_up(settings, tmp_path / "b", profile)
    await store.close()
    monkeypatch.setattr(postgres_place, "LEAVING_S", 0.2)
    with event_database(postgres_url, CITY).writer().connect() as connection:
        connection.execute(text("select 1"))
        with pytest.raises(Problem, match="in-use"):
            await restore(settings, folder, aside=tmp_path / "aside")
    assert unfinished(postgres_url) is None
    assert not (tmp_path / "aside").exists()


@pytest.mark.parametrize("how", ["flip", "cut", "gone", "manifest", "made up"])
async def test_a_damaged_backup_is_refused_and_named(
    store_settings: StoreSettings, tmp_path: Path, profile: Path, how: str
) -> None:
    store = await Store.open(store_settings)
    await fill(store, 3)
    await store.close()
    folder = await back_up(store_settings, tmp_path / "b", profile)
    name = "events.sqlite" if is_sqlite(store_settings.url) else "store.dump"
    damage(folder, name, how)
    destroy(store_settings.url)
    with pytest.raises(Problem) as refused:
        await restore(store_settings, folder)
    assert refused.value.code == "bad-backup"
    assert (MANIFEST if how in {"manifest", "made up"} else name) in str(refused.value.detail)
    assert place_of(store_settings.url, CITY).empty()


def damage(folder: Path, name: str, how: str) -> None:
    file, manifest = folder / name, folder / MANIFEST
    whole = file.read_bytes()
    if how == "flip":
        middle = len(whole) // 2
        file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    elif how == "cut":
        file.write_bytes(whole[:-1])
    elif how == "gone":
        file.unlink()
    elif how == "manifest":
        manifest.write_bytes(manifest.read_bytes()[:-20])
    else:  # the hashes were put right too, by somebody without the key
        said = msgspec.json.decode(manifest.read_bytes())
        said["facts"]["log"]["last"] += 1
        manifest.write_bytes(msgspec.json.encode(said))


async def test_another_key_or_city_and_a_newer_build(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    store = await Store.open(store_settings)
    await store.close()
    folder = await back_up(store_settings, tmp_path / "b", profile)
    destroy(store_settings.url)
    with pytest.raises(WrongKey):
        await restore(replace(store_settings, key=bytes(reversed(MASTER_KEY))), folder)
    with pytest.raises(WrongCity):
        await restore(replace(store_settings, city="thanhhoa"), folder)
    assert place_of(store_settings.url, CITY).empty()


async def test_a_backup_of_a_newer_build_is_refused(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    store = await Store.open(store_settings)
    await store.close()
    with event_database(store_settings.url, CITY).writer().begin() as connection:
        connection.execute(text("update alembic_version set version_num = 'platform_9999'"))
    folder = await back_up(store_settings, tmp_path / "b", profile)
    destroy(store_settings.url)
    with pytest.raises(Problem) as refused:
        await restore(store_settings, folder)
    assert "platform_9999" in str(refused.value.detail)


async def test_an_older_backup_is_brought_up_to_this_build(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    store = await Store.open(store_settings)
    await fill(store, 5)
    await store.close()
    migrate.downgrade(store_settings.url, to="platform_0001")
    folder = await back_up(store_settings, tmp_path / "b", profile)
    destroy(store_settings.url)
    await restore(store_settings, folder)
    assert [line.name for line in migrate.state(store_settings.url) if line.behind] == []
    store = await Store.open(store_settings)
    assert await store.log.head() == 5
    await store.close()


async def test_the_store_knows_its_newest_backup_and_which_are_older(
    store_settings: StoreSettings, tmp_path: Path, profile: Path
) -> None:
    store = await Store.open(store_settings)
    await fill(store, 2)
    to = tmp_path / "b"
    made = [await back_up(store_settings, to, profile) for _ in range(3)]
    async with store.read() as connection:
        known = {name: value for name, value in await connection.execute(platform.select())}
    note = newest_backup(known)
    assert note is not None
    assert (note.folder, note.position) == (str(made[-1]), 2)
    assert older_backups(made[2], CITY, VAULT, 2) == ([made[0]], [])
    await store.close()


async def test_a_full_disk_leaves_no_half_backup(
    store_settings: StoreSettings, tmp_path: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Store.open(store_settings)
    await store.close()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    with pytest.raises(Problem) as refused:
        await back_up(store_settings, tmp_path / "b", profile)
    assert (refused.value.code, refused.value.status) == ("no-room", 507)
    assert [path for path in (tmp_path / "b").iterdir() if not path.name.endswith(".lock")] == []
