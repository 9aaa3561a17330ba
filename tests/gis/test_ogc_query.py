from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.bbox import BBox
from gis.ogc.model import CRS84, DEFAULT_LIMIT, MAX_LIMIT, Interval
from gis.ogc.query import OF_ITEMS, items_query, known, parse_interval, read_cursor, write_cursor
from gis.reason import Refused

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_nothing_asked_is_the_first_page_of_everything() -> None:
    query = items_query({}, "events")
    assert query == (DEFAULT_LIMIT, None, None, None)


def test_everything_asked_is_read() -> None:
    values = {"limit": "7", "bbox": "105,19,106,20", "datetime": "2026-11-21T12:00:00Z", "bbox-crs": CRS84}
    query = items_query(values | {"cursor": write_cursor("events", "41")}, "events")
    assert query == (7, BBox(105, 19, 106, 20), Interval(NOON, NOON), "41")


def test_a_page_larger_than_the_most_is_the_most() -> None:
    assert items_query({"limit": "1000000"}, "events").limit == MAX_LIMIT
    assert items_query({"limit": "9" * 500}, "events").limit == MAX_LIMIT


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("limit", "0", "bad-limit"),
        ("limit", "-1", "bad-limit"),
        ("limit", "1.5", "bad-limit"),
        ("limit", "", "bad-limit"),
        ("limit", "٣", "bad-limit"),
        ("bbox", "1,2,3", "bad-bbox"),
        ("bbox-crs", "http://www.opengis.net/def/crs/EPSG/0/3857", "unknown-crs"),
        ("crs", "http://www.opengis.net/def/crs/EPSG/0/3857", "unknown-crs"),
        ("datetime", "2026-11-21T12:00:00", "bad-datetime"),
        ("datetime", "hôm nay", "bad-datetime"),
        ("datetime", "/", "bad-datetime"),
        ("datetime", "", "bad-datetime"),
        ("datetime", "a/b/c", "bad-datetime"),
        ("datetime", "2026-11-22T00:00:00Z/2026-11-21T00:00:00Z", "bad-datetime"),
        ("datetime", "0001-01-01T00:00:00+14:00", "bad-datetime"),
        ("datetime", "9999-12-31T23:59:59-14:00", "bad-datetime"),
        ("datetime", "../9999-12-31T23:59:59-14:00", "bad-datetime"),
        ("cursor", "???", "bad-cursor"),
        ("cursor", "", "bad-cursor"),
        ("cursor", write_cursor("assets", "41"), "bad-cursor"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_in_both_languages(name: str, value: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        items_query({name: value}, "events")
    reason = refused.value.reason
    assert (reason.code, reason.field) == (code, name)
    assert reason.vi != reason.en


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-21T12:00:00Z/..", NOON, None),
        ("2026-11-21T12:00:00Z/", NOON, None),
        ("../2026-11-21T12:00:00Z", None, NOON),
        ("/2026-11-21T12:00:00Z", None, NOON),
        ("../..", None, None),
        ("2026-11-21T19:00:00+07:00", NOON, NOON),
        ("2026-11-21T19:00:00 07:00", NOON, NOON),
    ],
)
def test_instants_and_intervals_closed_and_open(text: str, start: datetime | None, end: datetime | None) -> None:
    assert parse_interval(text) == Interval(start, end)


def test_a_bare_date_is_that_whole_day_in_vietnam() -> None:
    day = parse_interval("2026-11-21")
    assert day.start == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert day.meets(datetime(2026, 11, 21, 16, 59, 59, tzinfo=UTC), None)
    assert not day.meets(datetime(2026, 11, 21, 17, tzinfo=UTC), None)


@pytest.mark.parametrize("pairs", [[("severity", "5")], [("limit", "1"), ("limit", "2")], [("", "")]])
def test_an_unknown_or_repeated_parameter_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused):
        known(pairs, OF_ITEMS)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_cursor_is_read_back_by_its_own_collection(collection: str, after: str) -> None:
    assert read_cursor(write_cursor(collection, after), collection) == after


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_cursor(text: str) -> None:
    with pytest.raises(Refused):
        read_cursor(text, "events")


@given(st.text(alphabet="0123456789-T:Z/.+ ", max_size=50))
def test_no_text_breaks_the_reading_of_a_time(text: str) -> None:
    try:
        interval = parse_interval(text)
    except Refused:
        return
    assert interval.start is None or interval.start.tzinfo is not None
