"""The drill with pictures: a backup takes the evidence along, the disk is lost, all is put back and proved."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.core.errors import Problem
from ioc.evidence.carrying import EvidenceCopy, Put, carried, put_evidence, refuse_no_room
from ioc.evidence.folder import CLIP, MARK, SEALED, SNAPSHOT, EvidenceFolder
from ioc.evidence.verify import verify
from ioc.store import Store, StoreSettings, migrate
from ioc.store.backup import MANIFEST, place_of, put_back, read_manifest, take_backup
from ioc.store.backup.manifest import FileSum
from ioc.store.evidence import EvidenceRow
from ioc.store.vault import Vault
from tests.conftest import CITY, MASTER_KEY, PATIENT
from tests.evidence.kept import make_evidence

pytestmark = pytest.mark.timeout(180)
ALL = {SNAPSHOT, CLIP, SNAPSHOT + SEALED, CLIP + SEALED}
VAULT = Vault(MASTER_KEY, CITY)


@pytest.fixture
def sqlite_settings(sqlite_url: str, tmp_path: Path) -> StoreSettings:
    return StoreSettings(sqlite_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


async def kept_in(settings: StoreSettings, folder: Path, count: int) -> list[EvidenceRow]:
    store = await Store.open(settings)
    try:
        return [await make_evidence(store, folder, camera=f"cam-0{number}") for number in range(1, count + 1)]
    finally:
        await store.close()


async def taken(settings: StoreSettings, to: Path, home: Path) -> tuple[Path, EvidenceCopy]:
    pictures = EvidenceCopy(settings.url, CITY, home)
    now = datetime.now(UTC)
    made = await asyncio.to_thread(take_backup, settings.url, CITY, VAULT, to, {}, now, pictures)
    return made, pictures


async def proved(settings: StoreSettings, home: Path) -> set[tuple[str, str | None]]:
    store = await Store.open(settings)
    try:
        return {(f"{one.event}/{one.file}", one.wrong) async for one in verify(store, EvidenceFolder(home))}
    finally:
        await store.close()


async def restored(settings: StoreSettings, made: Path, home: Path) -> Put:
    put = Put()

    def last() -> None:
        nonlocal put
        put = put_evidence(made, carried(read_manifest(made)), home)

    place, migrating = place_of(settings.url, CITY), lambda: migrate.upgrade(settings.url)
    await asyncio.to_thread(put_back, place, made, settings, migrating, [], aside=None, last=last)
    return put


async def test_the_whole_way_there_and_back(store_settings: StoreSettings, tmp_path: Path, home: Path) -> None:
    rows = await kept_in(store_settings, tmp_path, 2)
    made, pictures = await taken(store_settings, tmp_path / "b", home)
    files = carried(read_manifest(made))
    assert {one.name for one in files} == {f"evidence/{row.body.folder}/{name}" for row in rows for name in ALL}
    assert pictures.left == []
    for one in files:
        path = made / one.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and not path.is_symlink()
        assert path.read_bytes() == (home / one.name.removeprefix("evidence/")).read_bytes()
    wanted = {(f"{row.event}/{name}", None) for row in rows for name in ALL}
    shutil.rmtree(home)
    place_of(store_settings.url, CITY).clear()
    assert await restored(store_settings, made, home) == Put(new=8)
    assert await proved(store_settings, home) == wanted
    assert (home / MARK).exists(), "the sweep knows the folder again"
    assert put_evidence(made, files, home) == Put(there=8)


async def test_a_file_that_became_another_is_put_right_and_the_other_stays_beside(
    sqlite_settings: StoreSettings, tmp_path: Path, home: Path
) -> None:
    [row] = await kept_in(sqlite_settings, tmp_path, 1)
    made, _ = await taken(sqlite_settings, tmp_path / "b", home)
    place = home / str(row.body.folder)
    (place / CLIP).write_bytes(b"another")
    assert put_evidence(made, carried(read_manifest(made)), home) == Put(new=1, there=3, others=1)
    assert {wrong for _, wrong in await proved(sqlite_settings, home)} == {None}
    assert [one.read_bytes() for one in place.glob(f"{CLIP}.2*")] == [b"another"]


async def test_what_is_not_as_it_was_kept_is_named_and_left_out(
    sqlite_settings: StoreSettings, tmp_path: Path, home: Path
) -> None:
    first, second = await kept_in(sqlite_settings, tmp_path, 2)
    (home / str(first.body.folder) / CLIP).unlink()
    (home / str(second.body.folder) / SNAPSHOT).write_bytes(b"x")
    made, pictures = await taken(sqlite_settings, tmp_path / "b", home)
    left = {one.name: one.why for one in pictures.left}
    assert left == {f"{first.body.folder}/{CLIP}": "missing", f"{second.body.folder}/{SNAPSHOT}": "altered"}
    assert len(carried(read_manifest(made))) == 6


async def test_a_folder_that_is_not_there_is_no_empty_one(
    sqlite_settings: StoreSettings, tmp_path: Path, home: Path
) -> None:
    await kept_in(sqlite_settings, tmp_path, 0)
    await taken(sqlite_settings, tmp_path / "none yet", home)
    await kept_in(sqlite_settings, tmp_path, 1)
    shutil.move(home, tmp_path / "not mounted")
    with pytest.raises(Problem, match="evidence-elsewhere"):
        await taken(sqlite_settings, tmp_path / "b", home)
    assert not list((tmp_path / "b").glob(f"{CITY}-*"))


@pytest.mark.parametrize("how", ["flip", "gone"])
async def test_a_picture_that_rots_in_the_backup_keeps_it_from_being_put_back(
    sqlite_settings: StoreSettings, tmp_path: Path, home: Path, how: str
) -> None:
    await kept_in(sqlite_settings, tmp_path, 1)
    made, _ = await taken(sqlite_settings, tmp_path / "b", home)
    files = carried(read_manifest(made))
    rotten = made / files[0].name
    if how == "flip":
        body = rotten.read_bytes()
        rotten.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
        with pytest.raises(Problem, match="bad-backup"):
            put_evidence(made, files, tmp_path / "new")
    else:
        rotten.unlink()
    place_of(sqlite_settings.url, CITY).clear()
    with pytest.raises(Problem, match="bad-backup") as refused:
        await restored(sqlite_settings, made, home)
    assert files[0].name in str(refused.value.detail)
    assert place_of(sqlite_settings.url, CITY).empty()


@pytest.mark.parametrize(
    "name", ["../../x/clip.zip", "2026-01-01/.x/clip.zip", "2026-01-01/e.1/passwd", "/etc/e.1/clip.zip", "clip.zip"]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    stranger = [FileSum(f"evidence/{name}", 1, "0" * 64)]
    for put in (lambda: put_evidence(tmp_path, stranger, tmp_path / "h"), lambda: refuse_no_room(stranger, tmp_path)):
        with pytest.raises(Problem, match="bad-backup"):
            put()


def test_no_room_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    huge = [FileSum("evidence/2026-01-01/e.1/clip.zip", 2**60, "0" * 64)]
    with pytest.raises(Problem, match="no-room"):
        refuse_no_room(huge, tmp_path / "not" / "there")


async def test_a_backup_without_pictures_is_as_before(
    sqlite_settings: StoreSettings, tmp_path: Path, home: Path
) -> None:
    await kept_in(sqlite_settings, tmp_path, 1)
    made = await asyncio.to_thread(take_backup, sqlite_settings.url, CITY, VAULT, tmp_path / "b", {}, datetime.now(UTC))
    assert carried(read_manifest(made)) == []
    assert json.loads((made / MANIFEST).read_text(encoding="utf-8"))["format"] == 1
