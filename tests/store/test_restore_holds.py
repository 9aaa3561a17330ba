"""Legal holds and restores: what the store that is replaced holds stays held, and nobody under a hold is erased."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.contract import Principal, Sealed
from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings
from ioc.store.backup import place_of, take_backup
from tests.conftest import CITY
from tests.store.test_backup import VAULT, restore
from tests.store.test_restore_killed import killed

pytestmark = pytest.mark.timeout(300)
PEOPLE = ("citizen:an", "citizen:bình", "citizen:cầm")


class Night:
    """A store with three people, a backup of it, and what was done to it after the backup."""

    def __init__(self, settings: StoreSettings, folder: Path) -> None:
        self.settings, self._folder = settings, folder
        self.backup = Path()

    async def back_up(self) -> None:
        make = (take_backup, self.settings.url, CITY, VAULT, self._folder, {}, datetime.now(UTC))
        self.backup = await asyncio.to_thread(*make)

    async def hold(self, scope: str, object: str, **more: object) -> str:
        store = await Store.open(self.settings)
        hold: str = await store.holds.add(scope, object, by="toà án", reason="quyết định 7", **more)
        await store.close()
        return hold

    async def release(self, hold: str) -> None:
        store = await Store.open(self.settings)
        await store.holds.release(hold, by="toà án", reason="hết vụ việc")
        await store.close()

    async def erase(self, ref: str, operator: Principal) -> str:
        """`erased`, or why not."""
        store = await Store.open(self.settings)
        try:
            await store.personal.erase(ref, by=operator, reason="theo yêu cầu")
        except Problem as refused:
            return refused.code
        finally:
            await store.close()
        return "erased"

    async def there(self, operator: Principal) -> set[str]:
        """Whose data can be read."""
        store, found = await Store.open(self.settings), set()
        for ref in PEOPLE:
            try:
                await store.personal.reveal(ref, by=operator, reason="thử")
                found.add(ref)
            except Problem as gone:
                assert gone.status == 404
        assert await store.audit.verify() is None
        await store.close()
        return found

    async def holds(self, *, released: bool = False) -> dict[str, tuple[str, int, bool]]:
        store = await Store.open(self.settings)
        found = await store.holds.list(released=released)
        await store.close()
        return {one.id: (one.object, one.refs, one.released_at is not None) for one in found}

    async def told(self, hold: str) -> list[str]:
        store = await Store.open(self.settings)
        found = [line.action for line in await store.audit.list(object=hold)]
        await store.close()
        return found


@pytest.fixture
async def night(store_settings: StoreSettings, tmp_path: Path) -> AsyncIterator[Night]:
    store = await Store.open(store_settings)
    for ref in PEOPLE:
        await store.write(lambda tx, ref=ref: tx.seal(Sealed(ref, {"name": "Trần Thị Mộng Cầm"}, {})))
    await store.close()
    yield Night(store_settings, tmp_path / "bản sao")


async def test_a_hold_set_after_the_backup_holds_on(night: Night, operator: Principal, tmp_path: Path) -> None:
    await night.back_up()
    hold = await night.hold("person", "citizen:an")
    case = await night.hold("incident", "vụ-1", refs={"citizen:bình", "note:9"})
    done = await restore(night.settings, night.backup, aside=tmp_path / "aside")
    assert (done.held, done.let_go, done.spared) == (2, 0, [])
    assert await night.holds() == {hold: ("citizen:an", 1, False), case: ("vụ-1", 2, False)}
    assert await night.told(hold) == ["hold.carried"]
    assert await night.erase("citizen:an", operator) == "held"
    assert await night.erase("citizen:bình", operator) == "held"
    assert await night.erase("citizen:cầm", operator) == "erased"


async def test_a_hold_released_after_the_backup_is_no_hold(night: Night, operator: Principal, tmp_path: Path) -> None:
    """Else whoever was erased rightly after the release would be back."""
    hold = await night.hold("person", "citizen:an")
    await night.back_up()
    await night.release(hold)
    assert await night.erase("citizen:an", operator) == "erased"
    done = await restore(night.settings, night.backup, aside=tmp_path / "aside")
    assert (done.erased, done.held, done.let_go, done.spared) == (1, 0, 1, [])
    assert await night.holds() == {}
    assert await night.holds(released=True) == {hold: ("citizen:an", 1, True)}
    assert await night.there(operator) == {"citizen:bình", "citizen:cầm"}


async def test_who_is_held_is_not_erased_though_named(night: Night, operator: Principal, tmp_path: Path) -> None:
    in_backup = await night.hold("person", "citizen:an")
    await night.back_up()
    later = await night.hold("person", "citizen:bình")
    named = [*PEOPLE, "citizen:lạ"]
    done = await restore(night.settings, night.backup, aside=tmp_path / "aside", erased=named)
    assert (done.erased, done.held, done.spared) == (1, 1, ["citizen:an", "citizen:bình"])
    assert await night.there(operator) == {"citizen:an", "citizen:bình"}
    assert set(await night.holds()) == {in_backup, later}


async def test_a_hold_in_the_backup_counts_where_nothing_was(night: Night, operator: Principal) -> None:
    await night.hold("person", "citizen:an")
    await night.back_up()
    place_of(night.settings.url, CITY).clear()
    done = await restore(night.settings, night.backup, erased=["citizen:an", "citizen:cầm"])
    assert (done.erased, done.held, done.spared) == (1, 0, ["citizen:an"])
    assert await night.there(operator) == {"citizen:an", "citizen:bình"}


@pytest.mark.parametrize(
    "step", [("keep", 1), ("clear", 1), ("load", 1), ("carry_over", 1), ("erase_again", 1)], ids=str
)
async def test_killed_on_the_way_and_done_again(
    night: Night, operator: Principal, tmp_path: Path, step: tuple[str, int]
) -> None:
    await night.back_up()
    hold = await night.hold("person", "citizen:an")
    assert await night.erase("citizen:cầm", operator) == "erased"
    assert killed(night.settings, night.backup, tmp_path / "asides" / "first", *step)
    done = await restore(night.settings, night.backup, aside=tmp_path / "asides" / "second")
    assert (done.went_on, done.held, done.erased) == (True, 1, 1)
    assert await night.holds() == {hold: ("citizen:an", 1, False)}
    assert await night.there(operator) == {"citizen:an", "citizen:bình"}
