"""The small words everything shares: text, time, ids, severity, envelope, places, refusals."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.clock import SetClock, iso, parse_time
from ioc.core.dataclass import PUBLIC_ONLY, WALL, DataClass
from ioc.core.envelope import Envelope, decode, encode
from ioc.core.errors import bad_field, not_found
from ioc.core.ids import is_id, new_id
from ioc.core.place import plausible
from ioc.core.severity import cap_severity
from ioc.core.text import Text, fold, nfc

NOON = datetime(2026, 11, 21, 5, 0, 0, 120_000, tzinfo=UTC)


def envelope(**changes: object) -> Envelope:
    values: dict[str, object] = {
        "id": new_id(), "source": "/test", "type": "test.thing.happened", "time": NOON, "city": "thanh-hoa",
        "module": "test", "partitionkey": "k", "correlationid": new_id(), "recordedtime": NOON,
    }  # fmt: skip
    return msgspec.convert(values | changes, Envelope)


def test_text_fills_places_and_leaves_unknown_ones() -> None:
    said = Text("Mực nước {level} m tại {place}", "Level {level} m at {place}").fill(level=6.62)
    assert said.say("vi") == "Mực nước 6.62 m tại {place}"
    assert said.say("en") == "Level 6.62 m at {place}"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_search_finds_vietnamese_without_marks(form: str) -> None:
    assert fold(unicodedata.normalize(form, "Đường Nguyễn Huệ")) == "duong nguyen hue"


LETTERS = st.text(alphabet="aáạăặâeéêệiíoốơởuưựyỳđĐ HẢỒ\u0301\u0323ß1?")


@given(LETTERS)
def test_folding_does_not_depend_on_the_composed_form(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(nfc(text))


def test_a_time_needs_a_zone() -> None:
    assert parse_time("2026-11-21T12:00:00.120+07:00") == NOON
    assert iso(NOON) == "2026-11-21T05:00:00.120Z"
    with pytest.raises(ValueError, match="without a zone"):
        parse_time("2026-11-21T12:00:00")


def test_a_set_clock_moves_only_when_told() -> None:
    clock = SetClock(NOON)
    clock.move(timedelta(hours=1))
    assert clock.now() == NOON + timedelta(hours=1)


def test_ids_made_later_sort_later() -> None:
    ids = [new_id() for _ in range(50)]
    assert ids == sorted(ids)
    assert all(is_id(one) for one in ids)
    assert not is_id("không phải mã")


def test_severity_in_the_words_of_a_public_alert() -> None:
    assert [cap_severity(n) for n in range(1, 6)] == ["Minor", "Moderate", "Severe", "Extreme", "Extreme"]
    with pytest.raises(ValueError, match="1 to 5"):
        cap_severity(6)


def test_the_wall_never_sees_personal_or_security_data() -> None:
    assert PUBLIC_ONLY < WALL
    assert not WALL & {DataClass.PERSONAL, DataClass.SECURITY}


def test_an_envelope_survives_the_wire() -> None:
    sent = envelope(data={"geometry": {"type": "Point", "coordinates": [105.78, 19.8]}, "tên": "Phường Hạc Thành"})
    assert decode(encode(sent)) == sent
    assert sent.lonlat == (105.78, 19.8)
    assert envelope().lonlat is None


def test_a_newer_envelope_can_still_be_read() -> None:
    body = encode(envelope()).replace(b"{", b'{"newattribute":1,', 1)
    assert decode(body).type == "test.thing.happened"


def test_numbers_that_are_no_place_on_earth() -> None:
    assert plausible(105.8, 19.8)
    assert not plausible(19.8, 105.8)
    assert not plausible(float("nan"), 19.8)


def test_a_refusal_speaks_both_languages() -> None:
    problem = bad_field("location.lat", "Vĩ độ phải từ -90 đến 90.", "Latitude is -90 to 90.")
    assert problem.status == 422
    assert problem.errors[0].field == "location.lat"
    assert "Vĩ độ" in problem.errors[0].text.vi
    assert not_found().status == 404


EXTREME = ("0001-01-01T00:00:00+14:00", "0001-01-01T06:59:59+07:00", "9999-12-31T23:59:59-14:00", "2026-11-21T20:00:00")


@pytest.mark.parametrize("text", EXTREME)
def test_a_time_without_a_form_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time (without a zone|out of the calendar)"):
        parse_time(text)


@given(st.datetimes(timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))))
def test_any_time_is_brought_to_utc_or_refused(at: datetime) -> None:
    try:
        assert parse_time(at.isoformat()) == at
    except ValueError:
        assert at.year in (1, 9999)
