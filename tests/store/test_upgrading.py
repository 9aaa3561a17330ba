"""An upgrade while the city writes: nothing is lost, and what fails leaves everything as it was."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from ioc.contract import Sealed
from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings, migrate
from ioc.store.backup import take_backup
from ioc.store.database import event_database
from ioc.store.migrate import Line
from ioc.store.notes import read_note
from ioc.store.upgrading import NOTE, upgrade_or_return
from tests.conftest import CITY
from tests.events import an_event
from tests.store.test_backup import VAULT, everything, writing
from tests.store.test_migrate import tables

pytestmark = pytest.mark.timeout(180)

MODULE = """
import sqlalchemy as sa
from alembic import op

revision = "noise_0001"
down_revision = None
branch_labels = ("noise",)
depends_on = None


def upgrade() -> None:
    op.create_table("noise_station", sa.Column("id", sa.String, primary_key=True))
    {does}


def downgrade() -> None:
    op.drop_table("noise_station")
"""
FAULTS = {
    "it raises": "raise RuntimeError('hỏng giữa chừng')",
    "its statement is wrong": "op.execute('insert into noise_nothing values (1)')",
    "it takes an event": "op.execute('delete from event where position = 2')",
    "it takes people": "op.execute('delete from personal')",
}


def a_module(folder: Path, does: str = "pass") -> Path:
    home = folder / "noise"
    (home / "migrations").mkdir(parents=True)
    (home / "migrations" / "0001_noise.py").write_text(MODULE.format(does=does), encoding="utf-8")
    return home


def go_back(url: str) -> list[Line]:
    """The store as an older build left it, in both of its databases."""
    old = {"platform": "platform_0001", "observations": "observations_0001"}
    lines = [Line(line.name, old.get(line.name, line.at), line.head, line.known) for line in migrate.state(url)]
    migrate.return_to(url, [], lines)
    return migrate.state(url)


async def test_upgraded_while_the_city_writes(store_settings: StoreSettings, tmp_path: Path) -> None:
    migrate.downgrade(store_settings.url, to="platform_0001")
    module = a_module(tmp_path)
    async with writing(store_settings) as acknowledged:
        async with asyncio.timeout(60):
            while len(acknowledged) < 50:
                await asyncio.sleep(0.01)
        await asyncio.to_thread(take_backup, store_settings.url, CITY, VAULT, tmp_path / "b", {}, datetime.now(UTC))
        moved = await asyncio.to_thread(upgrade_or_return, store_settings.url, [module])
        until = len(acknowledged) + 50
        async with asyncio.timeout(60):
            while len(acknowledged) < until:
                await asyncio.sleep(0.01)
    assert {line.name for line in moved} == {"platform", "noise"}
    assert not any(line.behind for line in migrate.state(store_settings.url, [module]))
    store = await Store.open(store_settings)
    rows = {row.position: row.recorded().envelope.id for row in await store.log.after(0, 100_000)}
    assert sorted(rows) == list(range(1, len(rows) + 1))
    assert dict(acknowledged).items() <= rows.items(), "whatever was acknowledged meanwhile is there"
    await store.close()
    assert upgrade_or_return(store_settings.url, [module]) == [], "the second time there is nothing to do"


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_upgrade_that_fails_changes_nothing(store_settings: StoreSettings, tmp_path: Path, fault: str) -> None:
    store = await Store.open(store_settings)
    for _ in range(5):
        await store.write(lambda tx: tx.append(an_event()))
    await store.write(lambda tx: tx.seal(Sealed("r", {"a": "b"}, {})))
    await store.close()
    before = go_back(store_settings.url)
    names, module = tables(store_settings.url), a_module(tmp_path, FAULTS[fault])
    with pytest.raises(Problem) as failed:
        await asyncio.to_thread(upgrade_or_return, store_settings.url, [module])
    assert failed.value.code == "upgrade-failed"
    assert migrate.state(store_settings.url) == before
    assert tables(store_settings.url) == names
    migrate.upgrade(store_settings.url)
    kept = await everything(store_settings)
    assert (len(kept["event"]), len(kept["personal"])) == (5, 1)


def killed(url: str, module: Path, name: str, times: int) -> None:
    """Upgrades in a process of its own that is killed after a step."""
    command = [sys.executable, "-m", "tests.store.upgrading_process", url, str(module), name, str(times)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == -signal.SIGKILL, done.stderr


# After the readings' tables moved, after the events' could not, and when the way back is through.
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_an_upgrade_that_was_killed_and_fails_goes_back_to_the_first_state(
    store_settings: StoreSettings, tmp_path: Path, times: int
) -> None:
    before = go_back(store_settings.url)
    module = a_module(tmp_path, FAULTS["it raises"])
    killed(store_settings.url, module, "migrate._run", times)
    with pytest.raises(Problem, match="upgrade-failed"):
        await asyncio.to_thread(upgrade_or_return, store_settings.url, [module])
    assert migrate.state(store_settings.url) == before
    assert read_note(store_settings.url, NOTE) is None


async def test_an_upgrade_that_was_killed_goes_on(store_settings: StoreSettings, tmp_path: Path) -> None:
    go_back(store_settings.url)
    module = a_module(tmp_path)
    killed(store_settings.url, module, "migrate._run", 1)
    moved = await asyncio.to_thread(upgrade_or_return, store_settings.url, [module])
    assert {line.name for line in moved} == {"platform", "noise"}, "the readings had moved before"
    assert not any(line.behind for line in migrate.state(store_settings.url, [module]))
    assert read_note(store_settings.url, NOTE) is None


async def test_the_note_of_another_builds_upgrade_means_nothing(store_settings: StoreSettings, tmp_path: Path) -> None:
    go_back(store_settings.url)
    killed(store_settings.url, a_module(tmp_path), "migrate._run", 1)
    migrate.upgrade(store_settings.url)  # a service was started
    newer = a_module(tmp_path / "newer", FAULTS["it raises"])
    (newer / "migrations" / "0001_noise.py").write_text(
        MODULE.replace("noise_0001", "noise_0002").format(does=FAULTS["it raises"]), encoding="utf-8"
    )
    before = migrate.state(store_settings.url)
    with pytest.raises(Problem, match="upgrade-failed"):
        await asyncio.to_thread(upgrade_or_return, store_settings.url, [newer])
    assert migrate.state(store_settings.url) == before


async def test_a_way_back_that_does_not_go_is_said(
    store_settings: StoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = go_back(store_settings.url)
    module = a_module(tmp_path, FAULTS["it raises"])

    def stuck(*_: object) -> None:
        raise RuntimeError("không lùi được")

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "return_to", stuck)
        with pytest.raises(Problem, match="upgrade-stuck") as said:
            await asyncio.to_thread(upgrade_or_return, store_settings.url, [module])
    assert said.value.detail and "không lùi được" in said.value.detail.vi
    with pytest.raises(Problem, match="upgrade-failed"):
        await asyncio.to_thread(upgrade_or_return, store_settings.url, [module])
    assert migrate.state(store_settings.url) == before, "the next call knows where it began"


async def test_a_newer_build_was_here(store_settings: StoreSettings) -> None:
    with event_database(store_settings.url, CITY).writer().begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = 'platform_9999'"))
    with pytest.raises(Problem) as refused:
        await asyncio.to_thread(upgrade_or_return, store_settings.url, [])
    assert refused.value.code == "newer-build"
