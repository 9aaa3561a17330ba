import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.bbox import BBox, around, parse_bbox
from gis.nearest import haversine_m
from gis.reason import Refused


def test_four_numbers_or_six_make_a_box() -> None:
    assert parse_bbox("105.6,19.7,105.9,19.9") == BBox(105.6, 19.7, 105.9, 19.9)
    assert parse_bbox("105.6,19.7,0,105.9,19.9,100") == BBox(105.6, 19.7, 105.9, 19.9)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad-bbox"),
        ("1,2,3", "bad-bbox"),
        ("1,2,3,x", "bad-bbox"),
        ("1,2,3,nan", "bad-bbox"),
        ("1,2,3,inf", "bad-bbox"),
        ("105,20,106,19", "bad-bbox"),
        ("-181,0,0,1", "bad-bbox"),
        ("19.7,105.6,19.9,105.9", "axes-swapped"),
    ],
)
def test_a_bad_box_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_bbox(text)
    assert refused.value.reason.code == code
    assert refused.value.reason.field == "bbox"


def test_a_box_may_run_across_the_180th_meridian() -> None:
    box = parse_bbox("170,-10,-170,10")
    assert box.contains(175, 0)
    assert box.contains(-175, 0)
    assert not box.contains(0, 0)
    assert box.intersects((172, -1, 173, 1))
    assert not box.intersects((100, -1, 110, 1))


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90))
def test_corners_belong_to_the_box(x1: float, y1: float, x2: float, y2: float) -> None:
    box = BBox(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    assert box.contains(x1, y1)
    assert box.contains(x2, y2)
    assert box.intersects(box)
    assert parse_bbox(",".join(repr(value) for value in box)) == box


@given(st.floats(102, 110), st.floats(8, 24), st.floats(1, 20_000), st.floats(0, 6.2832), st.floats(0, 1))
def test_the_box_around_a_point_holds_all_that_is_near(lon: float, lat: float, metres: float, turn: float, part: float):
    box = around(lon, lat, metres)
    x = lon + (box.east - lon) * 1.2 * part * math.cos(turn)
    y = lat + (box.north - lat) * 1.2 * part * math.sin(turn)
    if haversine_m(lon, lat, x, y) <= metres:
        assert box.contains(x, y)
    assert haversine_m(lon, lat, lon, box.north) < metres * 1.01
