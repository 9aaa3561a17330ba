"""A restore that is killed at any step: nobody opens what it left, and the same command ends as if nothing had been."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ioc.contract import Principal
from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings
from ioc.store.backup import Restored, place_of, refuse_unfinished, take_backup, undo_restore, unfinished
from ioc.store.backup.mark import set_mark
from ioc.store.doctor import Severity, examine_log, examine_store
from ioc.store.tables import personal
from ioc.store.upgrading import upgrade_or_return
from tests.conftest import CITY
from tests.events import an_event
from tests.store.test_backup import VAULT, everything, fill, restore

pytestmark = pytest.mark.timeout(600)
IN_BACKUP, LATER = 3, 5  # events
# Each step of our own, in the order it is done; `set_mark` is called before and after the store is kept.
STEPS = [
    ("set_mark", 1),
    ("keep", 1),
    ("set_mark", 2),
    ("clear", 1),
    ("load", 1),
    ("upgrade", 1),
    ("renew_epoch", 1),
    ("carry_over", 1),
    ("erase_again", 1),
    ("_begin_anew", 1),
]
BEFORE_ALL_IS_KEPT = [("set_mark", 1), ("keep", 1)]


@pytest.fixture
async def backup(store_settings: StoreSettings, tmp_path: Path, operator: Principal) -> Path:
    return await left_behind(store_settings, tmp_path / "bản sao", operator)


async def left_behind(settings: StoreSettings, to: Path, operator: Principal) -> Path:
    """A backup that knows a person who was erased after it, of a store that has gone on."""
    store = await Store.open(settings)
    await fill(store, IN_BACKUP)
    folder = await asyncio.to_thread(take_backup, settings.url, CITY, VAULT, to, {}, datetime.now(UTC))
    for _ in range(LATER):
        await store.write(lambda tx: tx.append(an_event()))
    await store.personal.erase("ref-1", by=operator, reason="theo yêu cầu của công dân")
    await store.close()
    return folder


def killed(settings: StoreSettings, backup: Path, aside: Path | None, name: str, times: int) -> bool:
    """Restores in a process of its own that is killed on the way; False: it was through before that."""
    words = (settings.url, CITY, settings.state_dir, settings.key.hex(), backup, aside or "-", name, times)
    command = [sys.executable, "-m", "tests.store.restoring_process", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode != 0


async def state_of(settings: StoreSettings) -> tuple[str, int, bool, list[str]]:
    """Epoch, end of the log, whether the person is erased, and what the audit trail says of the city."""
    store = await Store.open(settings)
    async with store.read() as connection:
        erased = (await connection.execute(personal.select().where(personal.c.ref == "ref-1"))).one().erased
    found = await store.log.head(), erased is not None, [line.action for line in await store.audit.list(object=CITY)]
    assert await store.audit.verify() is None
    await store.close()
    return store.epoch, *found


async def refused_everywhere(settings: StoreSettings, tmp_path: Path) -> None:
    """Who comes to the store is told so: a city that starts, an upgrade, a backup, the doctor."""
    with pytest.raises(Problem, match="restore-unfinished"):
        refuse_unfinished(settings.url)
    with pytest.raises(Problem, match="restore-unfinished"):
        await asyncio.to_thread(upgrade_or_return, settings.url, [])
    with pytest.raises(Problem, match="restore-unfinished"):
        await asyncio.to_thread(take_backup, settings.url, CITY, VAULT, tmp_path / "c", {}, datetime.now(UTC))
    now = datetime.now(UTC)
    for found in (examine_store(settings.url, CITY, VAULT, [], now, deep=True), examine_log(settings.url, CITY, now)):
        [one] = found
        assert (one.check, one.severity) == ("restore", Severity.BROKEN)
        assert "ioc restore" in one.text.vi and "ioc restore" in one.text.en


def only_one_copy_is_kept(done: Restored, folders: Path) -> None:
    """What was there first is kept, whole, and nothing that was half a backup is beside it."""
    assert [str(path) for path in folders.iterdir()] == [done.aside]
    assert any(path.stat().st_size for path in Path(done.aside).iterdir())


@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_killed_at_a_step_and_done_again(
    store_settings: StoreSettings, backup: Path, tmp_path: Path, step: tuple[str, int]
) -> None:
    before, _, _, _ = await state_of(store_settings)
    asides = tmp_path / "asides"
    assert killed(store_settings, backup, asides / "first", *step)
    await refused_everywhere(store_settings, tmp_path)
    done = await restore(store_settings, backup, aside=asides / "second")
    assert done.went_on
    epoch, head, erased, told = await state_of(store_settings)
    assert epoch == done.epoch != before, "a screen that knows the former epoch begins anew"
    assert (head, erased, told) == (IN_BACKUP, True, ["store.restored"])
    assert done.erased == 1
    only_one_copy_is_kept(done, asides)
    assert Path(done.aside or "").name == ("second" if step in BEFORE_ALL_IS_KEPT else "first")
    assert unfinished(store_settings.url) is None


async def test_killed_and_done_again_into_an_empty_place(
    store_settings: StoreSettings, backup: Path, tmp_path: Path
) -> None:
    place_of(store_settings.url, CITY).clear()
    assert killed(store_settings, backup, None, "load", 1)
    await refused_everywhere(store_settings, tmp_path)
    done = await restore(store_settings, backup, erased=["ref-1"])
    assert done.went_on and done.aside is None
    assert (await state_of(store_settings))[1:] == (IN_BACKUP, True, ["store.restored"])


async def test_who_was_named_when_it_was_killed_stays_erased(
    store_settings: StoreSettings, backup: Path, tmp_path: Path
) -> None:
    place_of(store_settings.url, CITY).clear()
    assert killed(store_settings, backup, None, "load", 1)
    mark = unfinished(store_settings.url)
    assert mark is not None
    set_mark(store_settings.url, msgspec.structs.replace(mark, erased=["ref-1"]))
    done = await restore(store_settings, backup)
    assert done.erased == 1, "nobody named them the second time"


async def test_what_fails_after_a_kill_brings_back_what_was_there_first(
    store_settings: StoreSettings, backup: Path, tmp_path: Path
) -> None:
    before, rows = await state_of(store_settings), await everything(store_settings)
    assert killed(store_settings, backup, tmp_path / "asides" / "first", "renew_epoch", 1)

    def broken() -> None:
        raise RuntimeError("không di chuyển được")

    with pytest.raises(Problem, match="restore-failed"):
        await restore(store_settings, backup, last=broken)
    assert unfinished(store_settings.url) is None
    assert await state_of(store_settings) == before
    assert await everything(store_settings) == rows


@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_killed_at_a_step_and_undone(
    store_settings: StoreSettings, backup: Path, tmp_path: Path, step: tuple[str, int]
) -> None:
    before, rows = await state_of(store_settings), await everything(store_settings)
    first = tmp_path / "asides" / "first"
    assert killed(store_settings, backup, first, *step)
    await asyncio.to_thread(undo_restore, place_of(store_settings.url, CITY), store_settings.url)
    assert unfinished(store_settings.url) is None
    assert await state_of(store_settings) == before
    assert await everything(store_settings) == rows
    assert not first.exists()
    with pytest.raises(Problem, match="nothing-to-undo"):
        await asyncio.to_thread(undo_restore, place_of(store_settings.url, CITY), store_settings.url)


async def test_a_way_back_that_is_gone_is_named_and_nothing_is_hidden(
    store_settings: StoreSettings, backup: Path, tmp_path: Path
) -> None:
    first = tmp_path / "asides" / "first"
    assert killed(store_settings, backup, first, "load", 1)
    first.rename(tmp_path / "chỗ khác")

    def broken() -> None:
        raise RuntimeError("không di chuyển được")

    with pytest.raises(Problem, match="restore-stuck") as stuck:
        await restore(store_settings, backup, last=broken)
    assert stuck.value.detail and str(first) in stuck.value.detail.vi
    with pytest.raises(Problem, match="restore-stuck"):
        await asyncio.to_thread(undo_restore, place_of(store_settings.url, CITY), store_settings.url)
    await refused_everywhere(store_settings, tmp_path)
    assert (await restore(store_settings, backup)).went_on, "and it still goes forward"


async def test_more_erased_people_than_a_statement_takes(store_settings: StoreSettings, backup: Path) -> None:
    place_of(store_settings.url, CITY).clear()
    many = [f"ref-x{number}" for number in range(70_000)]
    done = await restore(store_settings, backup, erased=[*many, "ref-1"])
    assert done.erased == 1


@pytest.mark.parametrize("call", ["unlink", "replace", "link", "fsync"])
async def test_killed_at_every_touch_of_the_disk(
    store_settings_sqlite: StoreSettings, tmp_path: Path, operator: Principal, call: str
) -> None:
    """The same on SQLite after each single call that changes a name or waits for the disk, until one is through."""
    settings = store_settings_sqlite
    folder, times = await left_behind(settings, tmp_path / "bản sao", operator), 1
    while killed(settings, folder, tmp_path / "asides" / f"{call}-{times}", call, times):
        if unfinished(settings.url):
            await refused_everywhere(settings, tmp_path)
            await restore(settings, folder, aside=tmp_path / "asides" / f"{call}-{times}-again")
            assert (await state_of(settings))[1] == IN_BACKUP
        assert (await state_of(settings))[2], "whoever was erased is never back"
        times += 1
    assert times > 1, "it was killed once at least"
    assert unfinished(settings.url) is None
