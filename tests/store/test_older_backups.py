"""Which backups may go: never the one just made, never what is not proved to be a whole, older one of this city."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings
from ioc.store.backup import MANIFEST, older_backups, place_of, read_manifest, remove_backup, take_backup
from ioc.store.database import event_database
from ioc.store.doctor import Finding, Severity, examine_store
from ioc.store.vault import Vault
from tests.conftest import CITY, MASTER_KEY
from tests.events import an_event
from tests.store.test_backup import VAULT, restore

pytestmark = pytest.mark.timeout(300)
HOUR = timedelta(hours=1)


@pytest.fixture
def settings(store_settings_sqlite: StoreSettings) -> StoreSettings:
    return store_settings_sqlite


async def made(settings: StoreSettings, to: Path, at: datetime, vault: Vault = VAULT) -> Path:
    """A backup of a store that has gone on by one event, by a clock that says this time."""
    store = await Store.open(settings)
    await store.write(lambda tx: tx.append(an_event()))
    await store.close()
    return await asyncio.to_thread(take_backup, settings.url, CITY, vault, to, {}, at)


def forge(folder: Path, at: datetime) -> Path:
    """A copy that says it was made at another time, by somebody without the key."""
    forged = shutil.copytree(folder, folder.with_name(f"{CITY}-2036"))
    said = msgspec.json.decode((forged / MANIFEST).read_bytes())
    (forged / MANIFEST).write_bytes(msgspec.json.encode(said | {"made": at.isoformat(), "seal": "giả mạo"}))
    return forged


def flip(file: Path, *, secretly: bool = False) -> None:
    """One bit; `secretly` as a disk does it, without a time of writing."""
    before, whole = file.stat(), bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    if secretly:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def names(left: list[tuple[Path, object]]) -> set[str]:
    return {folder.name for folder, _ in left}


async def test_the_clock_was_two_hours_ahead(settings: StoreSettings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ahead = await made(settings, tmp_path / "b", now + 2 * HOUR)
    earlier = await made(settings, tmp_path / "b", now - HOUR)
    newest = await made(settings, tmp_path / "b", now)
    older, left = older_backups(newest, CITY, VAULT, 1)
    assert older == [earlier]
    [(folder, why)] = left
    assert folder == ahead
    assert "đồng hồ đã sai" in why.vi and "a clock was wrong" in why.en


async def test_within_a_life_of_the_log_its_positions_say_what_is_newer(
    settings: StoreSettings, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    first = await made(settings, tmp_path / "b", now - HOUR)  # the clock went forward meanwhile
    second = await made(settings, tmp_path / "b", now - 3 * HOUR)
    newest = await made(settings, tmp_path / "b", now)
    assert older_backups(newest, CITY, VAULT, 2)[0] == [first]
    assert older_backups(newest, CITY, VAULT, 3)[0] == []
    assert older_backups(newest, CITY, VAULT, 1)[0] == [second, first]


async def test_what_was_made_of_a_former_life_is_older_however_far_its_log_went(
    settings: StoreSettings, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    early = await made(settings, tmp_path / "b", now - 4 * HOUR)
    far = [await made(settings, tmp_path / "b", now - ago * HOUR) for ago in (3, 2)]
    place_of(settings.url, CITY).clear()
    await restore(settings, early)
    after = await made(settings, tmp_path / "b", now - 5 * HOUR)
    newest = await made(settings, tmp_path / "b", now)
    assert read_manifest(after).facts.log.last < read_manifest(far[1]).facts.log.last
    assert older_backups(newest, CITY, VAULT, 2)[0] == [far[1], far[0], early]


async def test_forged_and_damaged_ones_do_not_push_real_ones_out(settings: StoreSettings, tmp_path: Path) -> None:
    now, to = datetime.now(UTC), tmp_path / "b"
    real = [await made(settings, to, now - hours * HOUR) for hours in (6, 5)]
    damaged = await made(settings, to, now - 4 * HOUR)
    flip(damaged / "observations.sqlite")
    cut = await made(settings, to, now - 3 * HOUR)
    (cut / "events.sqlite").unlink()
    forged = forge(real[0], now + 9 * 365 * 24 * HOUR)
    torn = to / f"{CITY}-không có gì"
    torn.mkdir()
    (to / "ghi chú").mkdir()
    newest = await made(settings, to, now)
    older, left = older_backups(newest, CITY, VAULT, 2)
    assert older == [real[0]]
    assert names(left) == {damaged.name, cut.name, forged.name, torn.name}, "a folder of notes is nobody's backup"
    for folder in (newest, damaged, cut, forged, torn):
        assert folder not in older


async def test_another_citys_are_left(settings: StoreSettings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    await made(settings, tmp_path / "b", now - HOUR)
    newest = await made(settings, tmp_path / "b", now)
    their_folder = await made(settings, tmp_path / "theirs", now - 2 * HOUR)
    said = msgspec.json.decode((their_folder / MANIFEST).read_bytes())
    (their_folder / MANIFEST).write_bytes(msgspec.json.encode(said | {"city": "thanhhoa"}))
    theirs = their_folder.rename(tmp_path / "b" / "thanhhoa-1")
    older, left = older_backups(newest, CITY, VAULT, 1)
    assert len(older) == 1
    assert names(left) == {theirs.name}


async def test_the_oldest_that_stays_is_read_through_before_an_older_one_goes(
    settings: StoreSettings, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    oldest = await made(settings, tmp_path / "b", now - 2 * HOUR)
    rotten = await made(settings, tmp_path / "b", now - HOUR)
    newest = await made(settings, tmp_path / "b", now)
    flip(rotten / "events.sqlite", secretly=True)
    older, left = older_backups(newest, CITY, VAULT, 2)
    assert older == []
    assert names(left) == {rotten.name}
    assert older_backups(newest, CITY, VAULT, 1)[0] == [rotten, oldest], "nothing of them is counted on"


async def test_removing_takes_all_of_it_and_tells_what_it_cannot(settings: StoreSettings, tmp_path: Path) -> None:
    folder = await made(settings, tmp_path / "b", datetime.now(UTC))
    remove_backup(folder)
    assert [one.name for one in (tmp_path / "b").iterdir()] == [f".{CITY}.lock"]
    with pytest.raises(Problem, match="disk"):
        remove_backup(folder)


async def newest_backup_of(settings: StoreSettings, now: datetime) -> Finding:
    looked = await asyncio.to_thread(lambda: list(examine_store(settings.url, CITY, VAULT, [], now, deep=False)))
    [found] = [one for one in looked if one.check == "backup"]
    return found


async def test_the_doctor_looks_at_what_is_there(settings: StoreSettings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = await made(settings, tmp_path / "b", now - HOUR)
    newest = await made(settings, tmp_path / "b", now)
    assert (await newest_backup_of(settings, now)).severity is Severity.WELL
    flip(newest / "events.sqlite")
    found = await newest_backup_of(settings, now)
    assert found.severity is Severity.WARNING
    assert "events.sqlite" in found.text.vi and first.name in found.text.en and "1.0 h" in found.text.en
    shutil.rmtree(newest)
    found = await newest_backup_of(settings, now)
    assert found.severity is Severity.WARNING
    assert f"{newest}: không còn" in found.text.vi and first.name in found.text.vi
    shutil.rmtree(first)
    assert (await newest_backup_of(settings, now)).severity is Severity.BROKEN
    shutil.rmtree(tmp_path / "b")
    assert (await newest_backup_of(settings, now)).severity is Severity.BROKEN


async def test_a_store_that_was_put_back_knows_the_backup_it_came_from(settings: StoreSettings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    older = await made(settings, tmp_path / "b", now - HOUR)
    newest = await made(settings, tmp_path / "b", now)
    remove_backup(older)
    await restore(settings, newest, aside=tmp_path / "aside")
    found = await newest_backup_of(settings, now)
    assert found.severity is Severity.WELL
    assert str(newest) in found.text.vi


async def test_the_doctor_does_not_look_for_what_another_machine_made(settings: StoreSettings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    shutil.rmtree(await made(settings, tmp_path / "b", now))
    with event_database(settings.url, CITY).writer().begin() as connection:
        connection.exec_driver_sql(
            """update platform set value = json_set(value, '$.machine', 'máy-sao-lưu') where name = 'backup'"""
        )
    found = await newest_backup_of(settings, now)
    assert found.severity is Severity.WELL
    assert "máy-sao-lưu" in found.text.vi


async def test_a_newest_backup_of_the_future_is_no_comfort(settings: StoreSettings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    await made(settings, tmp_path / "b", now + 2 * HOUR)
    found = await newest_backup_of(settings, now)
    assert found.severity is Severity.WARNING
    assert "đồng hồ đã sai" in found.text.vi


async def test_a_seal_in_other_letters_is_a_wrong_seal(settings: StoreSettings, tmp_path: Path) -> None:
    folder = await made(settings, tmp_path / "b", datetime.now(UTC))
    forged = forge(folder, datetime.now(UTC))
    with pytest.raises(Problem, match="bad-backup"):
        await restore(settings, forged)


async def test_no_backup_inside_what_is_backed_up(settings: StoreSettings, tmp_path: Path) -> None:
    profile = tmp_path / "hồ sơ"
    profile.mkdir()
    link = tmp_path / "lối khác"
    link.symlink_to(profile)
    for to in (profile, profile / "a" / "b", link / "sao lưu"):
        with pytest.raises(Problem, match="inside-profile"):
            take_backup(settings.url, CITY, Vault(MASTER_KEY, CITY), to, {"profile": profile}, datetime.now(UTC))
    assert list(profile.iterdir()) == []


async def test_a_folder_that_cannot_be_and_a_store_that_is_none(settings: StoreSettings, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="disk"):
        take_backup(settings.url, CITY, VAULT, Path("/proc/không-có"), {}, datetime.now(UTC))
    (tmp_path / "tệp").write_text("x")
    with pytest.raises(Problem, match="disk"):
        take_backup(settings.url, CITY, VAULT, tmp_path / "tệp", {}, datetime.now(UTC))
    place_of(settings.url, CITY).clear()
    with pytest.raises(Problem, match="schema-missing"):
        take_backup(settings.url, CITY, VAULT, tmp_path / "b", {}, datetime.now(UTC))
    assert place_of(settings.url, CITY).empty()
