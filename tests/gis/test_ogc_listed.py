from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.bbox import BBox
from gis.ogc.listed import ListSource, entry, ward_source
from gis.ogc.model import FeatureSource, Interval, ItemsQuery, Viewer
from gis.reason import Refused, Words
from tests.gis.conftest import HAC_THANH, HAM_RONG, OLD_DONG_THO, VUNG_ANG

PUBLIC = Viewer(frozenset({"public"}))
NAME = Words("Điểm", "Points")
WARDS = ward_source([OLD_DONG_THO._replace(valid_to=HAM_RONG.valid_from), HAC_THANH, HAM_RONG, VUNG_ANG])


def dots(count: int, data_class: str = "public") -> ListSource:
    made = [entry(str(i), shapely.Point(105 + i / 100, 19), {"n": i}, data_class=data_class) for i in range(count)]
    return ListSource("dots", NAME, NAME, made)


async def pages(source: FeatureSource, limit: int) -> AsyncIterator[list[str]]:
    after: str | None = None
    while True:
        page = await source.page(ItemsQuery(limit=limit, after=after), PUBLIC)
        yield [feature.id for feature in page.features]
        after = page.after
        if after is None:
            return


@given(st.integers(0, 30), st.integers(1, 12))
async def test_pages_together_are_all_features_once(count: int, limit: int) -> None:
    found = [page async for page in pages(dots(count), limit)]
    assert [one for page in found for one in page] == [str(i) for i in range(count)]
    assert all(len(page) <= limit for page in found)


async def test_a_box_finds_shapes_that_reach_into_it_not_only_their_boxes() -> None:
    corner = shapely.Polygon([(105, 19), (106, 19), (105, 20)])
    source = ListSource("areas", NAME, NAME, [entry("corner", corner, {})])
    assert (await source.page(ItemsQuery(bbox=BBox(105.9, 19.9, 106, 20)), PUBLIC)).matched == 0
    assert (await source.page(ItemsQuery(bbox=BBox(104.9, 19.4, 105.1, 19.5)), PUBLIC)).matched == 1
    assert (await source.page(ItemsQuery(bbox=BBox(170, -90, 106, 90)), PUBLIC)).matched == 1


async def test_only_permitted_classes_come_out() -> None:
    secret = dots(3, "security")
    assert (await secret.page(ItemsQuery(), PUBLIC)).features == ()
    assert await secret.one("1", PUBLIC) is None
    assert await dots(3).one("1", PUBLIC) is not None
    assert await dots(3).one("9", PUBLIC) is None


async def test_wards_are_those_of_the_time_asked_for() -> None:
    async def codes(at: datetime) -> set[str]:
        page = await WARDS.page(ItemsQuery(interval=Interval(at, at)), PUBLIC)
        return {feature.id for feature in page.features}

    assert await codes(datetime(2024, 1, 1, tzinfo=UTC)) == {"14758.2000-01-01"}
    assert await codes(datetime(2026, 1, 1, tzinfo=UTC)) == {"14797.2025-07-01", "14758.2025-07-01", "18823.2025-07-01"}
    always = await WARDS.page(ItemsQuery(interval=Interval(None, None)), PUBLIC)
    assert always.matched == 4


async def test_the_collection_says_where_and_when_it_is() -> None:
    about = await WARDS.collection()
    assert about.bbox == (105.75, 18.02, 106.475, 19.87)
    assert about.time is not None
    assert about.time.end is None
    assert (await dots(0).collection()).bbox is None


@pytest.mark.parametrize("after", ["x", "-1", "1" * 40, "٣"])
async def test_a_key_of_another_source_is_refused(after: str) -> None:
    with pytest.raises(Refused):
        await dots(3).page(ItemsQuery(after=after), PUBLIC)
