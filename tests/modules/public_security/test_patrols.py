"""The patrol nearest to what happens, with the age of its position."""

from __future__ import annotations

from typing import Any

from tests.modules.public_security.conftest import SQUARE, World

LON, LAT = SQUARE


async def proposed(world: World) -> dict[str, Any]:
    await world.see("camera.objects", "c1/yard", 1, 1, 1)
    (found,) = await world.events("patrol.proposed")
    (cause,) = await world.events("intrusion.detected")
    assert (found.correlationid, found.causationid, found.severity) == (cause.correlationid, cause.id, 1)
    assert found.data["attach"]["facts"]["recommendation"]["units"] == found.data["units"]
    return found.data


async def test_the_nearest_free_patrol_with_a_fresh_position_comes_first(world: World) -> None:
    await world.patrol("ca-01", LON + 0.01, LAT)
    await world.patrol("ca-02", LON + 0.002, LAT)
    await world.patrol("ca-03", LON, LAT, age_s=600)
    await world.patrol("ca-04", LON, LAT, state="on_scene")
    data = await proposed(world)
    assert [one["id"] for one in data["units"]] == ["ca-02", "ca-01", "ca-03"]
    near, _, old = data["units"]
    assert 205 <= near["distance_m"] <= 213 and near["fix_age_s"] == 11 and not near["uncertain"]
    assert near["reason"]["vi"].startswith("cách 0,21 km; vị trí 11 giây trước")
    assert old["uncertain"] and old["reason"]["en"].endswith("its position is old, 606 s")
    assert data["title"]["vi"] == "Tuần tra cho Camera c1 · Sân sau: Tuần tra 02 Hàm Rồng cách 210 m"


async def test_patrols_nobody_has_heard_of_are_named_from_their_base_and_say_so(world: World) -> None:
    data = await proposed(world)
    assert len(data["units"]) == 3 and all(one["uncertain"] for one in data["units"])
    assert data["units"][0]["fix_age_s"] is None
    assert "chưa có vị trí" in data["units"][0]["reason"]["vi"]
    assert data["attach"]["facts"]["recommendation"]["note"]["en"] == "no patrol has a fresh position"


async def test_where_nobody_is_free_it_is_said(world: World) -> None:
    for unit in world.city.units:
        if unit.kind == "police":
            await world.patrol(unit.id, LON, LAT, state="on_scene")
    data = await proposed(world)
    assert data["units"] == [] and data["summary_vi"] == "không có tuần tra nào sẵn sàng"


async def test_fresh_positions_are_an_indicator(world: World) -> None:
    police = [unit.id for unit in world.city.units if unit.kind == "police"]
    await world.patrol(police[0], LON, LAT)
    await world.patrol(police[1], LON, LAT, age_s=121)
    await world.tick("count")
    shown = (await world.shown("kpi"))["public_security.patrols_fresh"]
    assert shown["value"] == round(100 / len(police), 1) and shown["simulated"] is True
    assert shown["name"]["vi"] and shown["name"]["en"] and shown["limit_lo"] == 80
