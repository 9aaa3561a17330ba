"""Who began, confirmed and withdrew a picture, on both kinds of database; of what nobody confirms so many stay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from ioc.contract import Sealed
from ioc.core.dataclass import DataClass
from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings, releases
from ioc.store.releases import Begun, ref_of
from ioc.store.tables import personal
from tests.store.test_backup import back_up, profile, restore  # noqa: F401 - profile is a fixture

AT = datetime(2026, 11, 21, 7, tzinfo=UTC)
MOST = 3


async def begun(store: Store, id: str, by: str = "op-1", **more: object) -> Begun:
    plain = {"camera": "cam-01", "module": None, "dataclass": DataClass.INTERNAL, "simulated": False, "taken_at": AT}
    made = Begun(id=id, **plain | more)  # type: ignore[arg-type]
    await store.write(lambda tx: tx.seal(Sealed(ref_of(id), {"record": "{}"}, {"original": b"x"})))
    await store.write(lambda tx: releases.begin(tx, made, by, MOST))
    return made


async def known(store: Store, **more: object) -> list[str]:
    asked = {"begun": True, "classes": set(DataClass)} | more
    return [row.begun.id for row in await store.releases.find(**asked)]  # type: ignore[arg-type]


async def test_the_oldest_that_nobody_confirmed_makes_room(store: Store) -> None:
    first = await begun(store, "01")
    await store.write(lambda tx: releases.confirm(tx, first, "op-1", "0" * 64, "công văn 1"))
    await begun(store, "other", by="op-2")
    await begun(store, "02")
    await store.holds.add("person", ref_of("02"), by="admin", reason="Công văn 3/VKS")
    for number in range(3, 8):
        await begun(store, f"{number:02}")
    assert await known(store) == ["07", "06", "05", "02", "other", "01"]
    async with store.read() as connection:
        rows = await connection.execute(select(personal.c.ref).where(personal.c.wrapped_key.is_(None)))
        assert set(rows.scalars()) == {ref_of("03"), ref_of("04")}


async def test_a_list_knows_cameras_modules_classes_and_pages(store: Store) -> None:
    await begun(store, "01")
    await begun(store, "02", by="op-2", camera="cam-02", module="traffic")
    await begun(store, "03", by="op-3", dataclass=DataClass.SECURITY, module="public_security")
    assert await known(store) == ["03", "02", "01"]
    assert await known(store, begun=False) == []
    assert await known(store, classes={DataClass.INTERNAL}) == ["02", "01"]
    assert await known(store, hidden=["cam-02"]) == ["03", "01"]
    assert await known(store, modules=["traffic"]) == ["02", "01"], "what is of no event is no module's"
    assert await known(store, camera="cam-02") == ["02"]
    [newest] = await store.releases.find(begun=True, classes=set(DataClass), limit=1)
    assert await known(store, before=(newest.begun_at, newest.begun.id)) == ["02", "01"]


async def test_what_was_withdrawn_is_neither_confirmed_nor_withdrawn_again(store: Store) -> None:
    one = await begun(store, "01")
    with pytest.raises(Problem, match="not-found"):
        await store.write(lambda tx: releases.withdraw(tx, one, "op-2", "chưa ai xác nhận"))
    await store.write(lambda tx: releases.confirm(tx, one, "op-1", "0" * 64, "công văn 1"))
    await store.write(lambda tx: releases.withdraw(tx, one, "op-2", "còn nhận ra"))
    for again in (
        lambda tx: releases.withdraw(tx, one, "op-1", "lần nữa"),
        lambda tx: releases.confirm(tx, one, "op-1", "1" * 64, "công văn 2"),
    ):
        with pytest.raises(Problem, match="release-withdrawn"):
            await store.write(again)
    row = await store.releases.get("01")
    assert row is not None
    assert (row.state, row.sha256, row.withdrawn_by) == ("withdrawn", "0" * 64, "op-2")


async def test_who_looked_refuses_and_what_lies_sealed_goes_unless_it_is_held(store: Store) -> None:
    free, held = await begun(store, "01", kind="clip"), await begun(store, "02")
    await store.holds.add("person", ref_of("02"), by="admin", reason="Công văn 3/VKS")
    out = await begun(store, "03")
    await store.write(lambda tx: releases.confirm(tx, out, "op-1", "0" * 64, "công văn 1"))
    for one in (free, held):
        await store.write(lambda tx, one=one: releases.refuse(tx, one, "op-2", "còn nhận ra"))
        for again, code in (
            (lambda tx, one=one: releases.refuse(tx, one, "op-1", "lần nữa"), "release-withdrawn"),
            (lambda tx, one=one: releases.confirm(tx, one, "op-1", "1" * 64, "công văn 2"), "release-withdrawn"),
            (lambda tx, one=one: releases.withdraw(tx, one, "op-1", "chưa ai xác nhận"), "not-found"),
        ):
            with pytest.raises(Problem, match=code):
                await store.write(again)
    with pytest.raises(Problem, match="released"):
        await store.write(lambda tx: releases.refuse(tx, out, "op-2", "muộn rồi"))
    rows = {row.begun.id: row for row in await store.releases.find(begun=True, classes=set(DataClass))}
    assert {id: (row.state, row.there, row.begun.kind) for id, row in rows.items()} == {
        "01": ("refused", False, "clip"),
        "02": ("refused", True, "picture"),
        "03": ("released", True, "picture"),
    }
    assert (rows["01"].refused_by, rows["01"].refused_because, rows["01"].withdrawn_by) == ("op-2", "còn nhận ra", None)
    for number in range(10, 10 + MOST):
        await begun(store, str(number))
    assert "01" in await known(store), "what was refused makes no room and takes none"


async def test_one_of_an_older_build_that_has_no_row_can_be_withdrawn(store: Store) -> None:
    old = Begun(id="01", camera="c", module=None, dataclass=DataClass.INTERNAL, simulated=True, taken_at=AT)
    await store.write(lambda tx: releases.withdraw(tx, old, "op-2", "còn nhận ra"))
    row = await store.releases.get("01")
    assert row is not None and (row.state, row.there) == ("withdrawn", False)


async def test_a_picture_that_was_withdrawn_stays_withdrawn(
    store_settings: StoreSettings,
    tmp_path: Path,
    profile: Path,  # noqa: F811
) -> None:
    store = await Store.open(store_settings)
    at = datetime(2026, 11, 21, 7, tzinfo=UTC)
    several = [
        Begun(id=id, camera="c", module=None, dataclass=DataClass.INTERNAL, simulated=False, taken_at=at)
        for id in "abc"
    ]
    for one in several:
        await store.write(lambda tx, one=one: releases.confirm(tx, one, "op-1", "0" * 64, "công văn 1"))
    await store.write(lambda tx: releases.withdraw(tx, several[2], "op-1", "trước bản sao"))
    folder = await back_up(store_settings, tmp_path / "b", profile)
    await store.write(lambda tx: releases.withdraw(tx, several[0], "op-2", "còn nhận ra"))
    await store.close()
    await restore(store_settings, folder, aside=tmp_path / "aside")
    store = await Store.open(store_settings)
    found = {row.begun.id: row for row in await store.releases.find(begun=True, classes=set(DataClass))}
    assert {id: row.state for id, row in found.items()} == {"a": "withdrawn", "b": "released", "c": "withdrawn"}
    assert (found["a"].withdrawn_by, found["a"].withdrawn_because) == ("op-2", "còn nhận ra")
    again = [line for line in await store.audit.list(object="a") if line.action == "picture.withdrawn"]
    assert [(line.who, line.detail["again"]) for line in again] == [("restore", True)]
    await store.close()
