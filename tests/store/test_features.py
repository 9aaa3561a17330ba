"""Layers of the city, with the days their features are valid."""

from __future__ import annotations

from datetime import date

from ioc.store import Feature, Store

OLD = Feature("wards", "18754", date(2020, 1, 1), "Kỳ Trinh", {"kind": "phường"}, b"\1old", (106.2, 18.0, 106.3, 18.1))
NEW = Feature("wards", "18754", date(2025, 7, 1), "Vũng Áng", {"kind": "phường"}, b"\1new", (106.3, 18.0, 106.5, 18.2))
ENDED = Feature(
    "wards", "18754", date(2020, 1, 1), "Kỳ Trinh", {}, b"\1old", (106.2, 18.0, 106.3, 18.1), date(2025, 6, 30)
)
ROAD = Feature("roads", "ql1", date(2020, 1, 1), "Quốc lộ 1", {"lanes": 4}, b"\2", (106.2, 17.9, 106.4, 18.2))


async def test_what_is_put_comes_back(store: Store) -> None:
    await store.features.put([ENDED, NEW, ROAD])
    assert await store.features.collections() == ["roads", "wards"]
    assert await store.features.query("roads") == [ROAD]
    assert await store.features.query("wards") == [ENDED, NEW]


async def test_the_same_feature_is_replaced(store: Store) -> None:
    await store.features.put([OLD])
    await store.features.put([ENDED])
    assert await store.features.query("wards") == [ENDED]


async def test_on_a_day(store: Store) -> None:
    await store.features.put([ENDED, NEW])
    assert await store.features.query("wards", on=date(2025, 6, 30)) == [ENDED]
    assert await store.features.query("wards", on=date(2025, 7, 1)) == [NEW]
    assert await store.features.query("wards", on=date(2019, 12, 31)) == []


async def test_in_a_box(store: Store) -> None:
    await store.features.put([ENDED, NEW])
    assert await store.features.query("wards", bbox=(106.4, 18.1, 107.0, 19.0)) == [NEW]
    assert await store.features.query("wards", bbox=(105.0, 17.0, 105.5, 17.5)) == []


async def test_pages_of_a_large_layer(store: Store) -> None:
    points = [
        Feature("points", f"p{n:04}", date(2020, 1, 1), f"Điểm {n}", {}, b"\1", (106, 18, 106, 18))
        for n in range(1_100)
    ]
    await store.features.put(points)
    first = await store.features.query("points", limit=600)
    rest = await store.features.query("points", limit=600, after_id=first[-1].id)
    assert [one.id for one in (*first, *rest)] == [one.id for one in points]


async def test_a_layer_can_be_removed(store: Store) -> None:
    await store.features.put([NEW, ROAD])
    assert await store.features.remove("wards") == 1
    assert await store.features.collections() == ["roads"]
