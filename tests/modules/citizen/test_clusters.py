"""Many reports from one place within a day."""

from __future__ import annotations

from datetime import timedelta

from modules.citizen.clusters import Dot, find_clusters
from modules.citizen.tables import report
from tests.modules.citizen.conftest import HAC_THANH, Town

METRE = 1 / 111_194.9  # degrees of latitude


def dots(count: int, *, apart_m: float = 50, service: str = "flooding", cluster: str | None = None) -> list[Dot]:
    return [Dot(f"{service}-{n}", service, 105.776, 19.8 + n * apart_m * METRE, cluster) for n in range(count)]


def test_five_of_one_kind_within_500_metres_are_a_cluster() -> None:
    (found,) = find_clusters(dots(5), within_m=500, at_least=5)
    assert (found.id, found.new, len(found.members)) == ("flooding-0", True, 5)
    assert find_clusters(dots(4), within_m=500, at_least=5) == []


def test_too_far_apart_or_of_different_kinds_they_are_none() -> None:
    assert find_clusters(dots(5, apart_m=300), within_m=500, at_least=5) == []
    assert find_clusters([*dots(3), *dots(2, service="waste")], within_m=500, at_least=5) == []


def test_a_newcomer_joins_the_cluster_that_is_known() -> None:
    known = dots(5, cluster="first")
    late = Dot("late", "flooding", 105.776, 19.8, None)
    (found,) = find_clusters([*known, late], within_m=500, at_least=5)
    assert (found.id, found.new, found.joined) == ("first", False, ("late",))
    assert find_clusters(known, within_m=500, at_least=5) == []


async def send(town: Town, count: int) -> None:
    async with town.client() as client:
        for number in range(count):
            form = {
                "service_code": "flooding",
                "description": f"ngập chỗ thứ {number}",
                "lat": f"{HAC_THANH[1] + number * 40 * METRE:.7f}",
                "long": str(HAC_THANH[0]),
            }
            assert (await client.post("/open311/v2/requests.json", data=form)).status_code == 201


async def test_the_desk_hears_of_a_cluster_once(town: Town) -> None:
    await send(town, 4)
    assert (await town.tick("gather")).events == []
    await send(town, 2)
    (event,) = (await town.tick("gather")).events
    assert (event.declared.name, event.declared.severity) == ("citizen.cluster.detected", 3)
    assert event.count == 6  # type: ignore[attr-defined]
    assert event.place
    assert (event.place.lon, event.place.lat) != HAC_THANH
    assert len({row["cluster"] for row in await town.rows(report)}) == 1
    await send(town, 1)
    assert (await town.tick("gather")).events == []


async def test_reports_of_different_days_are_no_cluster(town: Town) -> None:
    await send(town, 4)
    town.clock.move(timedelta(hours=25))
    await send(town, 4)
    assert (await town.tick("gather")).events == []
