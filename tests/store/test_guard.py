"""While a backup takes the place of a store, and afterwards, who had it open commits nothing: nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings
from ioc.store.backup import place_of, take, take_backup, undo_restore
from ioc.store.backup import sqlite_place as copying
from ioc.store.backup.mark import Unfinished, set_mark
from ioc.store.backup.postgres_place import PostgresPlace
from ioc.store.errors import Superseded
from tests.conftest import CITY
from tests.events import an_event
from tests.store.test_backup import VAULT, fill, restore

pytestmark = pytest.mark.timeout(300)
FEW = 20


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose connections the server has lost: nobody sees that it still runs."""
    monkeypatch.setattr(PostgresPlace, "refuse_company", lambda self: None)


class Writing:
    """A machine that writes events and readings without a pause until it is told that its store is another's."""

    def __init__(self, store: Store) -> None:
        self.store, self.events, self.batches = store, list[str](), list[str]()

    async def go_on(self) -> None:
        while True:
            event, batch = an_event(), f"lô-{len(self.batches)}"
            await self.store.write(lambda tx, event=event: tx.append(event))
            self.events.append(event.id)
            await self.store.observations.write_batch("máy-cũ", [], batch)
            self.batches.append(batch)

    async def some(self) -> None:
        enough = len(self.batches) + FEW
        async with asyncio.timeout(60):
            while len(self.batches) < enough:
                await asyncio.sleep(0.01)


async def events_of(settings: StoreSettings) -> list[str]:
    store = await Store.open(settings)
    found = [row.recorded().envelope.id for row in await store.log.after(0, 100_000)]
    await store.close()
    return found


async def backed_up(settings: StoreSettings, to: Path) -> tuple[Path, list[str]]:
    store = await Store.open(settings)
    ids = await fill(store, 3)
    folder = await asyncio.to_thread(take_backup, settings.url, CITY, VAULT, to, {}, datetime.now(UTC))
    await store.close()
    return folder, ids


async def test_a_machine_that_was_cut_off_writes_on_while_a_backup_is_put_back(
    store_settings: StoreSettings, tmp_path: Path, cut_off: None
) -> None:
    folder, ids = await backed_up(store_settings, tmp_path / "bản sao")
    machine = Writing(await Store.open(store_settings))
    going = asyncio.create_task(machine.go_on())
    await machine.some()
    await restore(store_settings, folder, aside=tmp_path / "trước đó")
    with pytest.raises(Superseded):
        await asyncio.wait_for(going, 60)
    await asyncio.wait_for(machine.store.superseded.wait(), 60)
    for late in (
        machine.store.write(lambda tx: tx.append(an_event())),
        machine.store.observations.write_batch("m", [], "x"),
    ):
        with pytest.raises(Superseded):
            await late
    await machine.store.close()
    assert await events_of(store_settings) == ids
    place_of(store_settings.url, CITY).bring_back(tmp_path / "trước đó")
    assert await events_of(store_settings) == ids + machine.events, "every event that was acknowledged was kept"


async def test_who_comes_while_a_restore_is_not_through(store_settings: StoreSettings, tmp_path: Path) -> None:
    _, ids = await backed_up(store_settings, tmp_path / "bản sao")
    store = await Store.open(store_settings)
    set_mark(store_settings.url, Unfinished("x", datetime.now(UTC), str(tmp_path / "a"), kept=False, erased=[]))
    with pytest.raises(Superseded) as refused:
        await Store.open(store_settings)
    assert refused.value.status == 503 and "bản sao" in refused.value.title.vi
    with pytest.raises(Superseded):
        await store.write(lambda tx: tx.append(an_event()))
    await store.close()
    await asyncio.to_thread(undo_restore, place_of(store_settings.url, CITY), store_settings.url)
    assert await events_of(store_settings) == ids


async def test_a_backup_is_not_of_two_stores(
    store_settings_sqlite: StoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, to = store_settings_sqlite, tmp_path / "bản sao"
    folder, ids = await backed_up(settings, to)
    store = await Store.open(settings)
    await fill(store, 5)
    await store.close()
    to_disk, waiting = copying.to_disk, [folder]

    def restored_meanwhile(path: Path) -> None:
        to_disk(path)
        if path.name == "events.sqlite" and waiting:
            asyncio.run(restore(settings, waiting.pop(), aside=tmp_path / "trước đó"))

    monkeypatch.setattr(copying, "to_disk", restored_meanwhile)
    with pytest.raises(Superseded):
        await asyncio.to_thread(take_backup, settings.url, CITY, VAULT, to, {}, datetime.now(UTC))
    assert [path for path in to.iterdir() if path.is_dir()] == [folder]
    assert await events_of(settings) == ids


async def test_a_backup_of_a_former_life_is_not_noted(
    store_settings: StoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = await backed_up(store_settings, tmp_path / "bản sao")
    real = take.note_backup

    def restored_first(*given: object, **named: object) -> None:
        monkeypatch.setattr(take, "note_backup", real)
        asyncio.run(restore(store_settings, folder, aside=tmp_path / "trước đó"))
        real(*given, **named)

    monkeypatch.setattr(take, "note_backup", restored_first)
    with pytest.raises(Problem, match="store-unavailable"):
        await asyncio.to_thread(take_backup, store_settings.url, CITY, VAULT, tmp_path / "sau", {}, datetime.now(UTC))


async def test_two_restores_at_once_are_one_after_the_other(store_settings: StoreSettings, tmp_path: Path) -> None:
    folder, ids = await backed_up(store_settings, tmp_path / "bản sao")
    both = [restore(store_settings, folder, aside=tmp_path / name) for name in ("máy một", "máy hai")]
    found = await asyncio.gather(*both, return_exceptions=True)
    refused = [one for one in found if isinstance(one, BaseException)]
    assert all(isinstance(one, Problem) and one.code == "restore-runs" for one in refused)
    assert len(refused) < len(both)
    assert await events_of(store_settings) == ids
    with place_of(store_settings.url, CITY).alone():
        with pytest.raises(Problem, match="restore-runs"):
            await restore(store_settings, folder, aside=tmp_path / "máy ba")
        with pytest.raises(Problem, match="restore-runs"):
            await asyncio.to_thread(undo_restore, place_of(store_settings.url, CITY), store_settings.url)
    assert await events_of(store_settings) == ids
