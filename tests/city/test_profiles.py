"""The two committed profiles: sound, different, and true to the facts they were drawn around."""

import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.city.profile import City, CityInvalid, check_city, load_city, render
from ioc.core.clock import VIETNAM

CITIES = Path(__file__).parents[2] / "cities"
TODAY = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("city", ["thanh-hoa", "ky-anh"])
def test_a_committed_profile_has_no_mistake(city: str) -> None:
    assert render(check_city(CITIES / city), "en") == "The city profile has no mistakes."


def test_the_two_cities_truly_differ(thanh_hoa: City, ky_anh: City) -> None:
    assert not {asset.id for asset in thanh_hoa.assets if asset.kind == "port"}
    assert {"cang-vung-ang", "cang-son-duong"} <= {asset.id for asset in ky_anh.assets}
    assert {area.id for area in ky_anh.areas} & {"khu-kinh-te-vung-ang"}
    assert ky_anh.agency("chua-chay-khu-cong-nghiep").services == ("114",)
    assert ky_anh.unit("cn-01").capabilities == ("pump", "foam", "tanker", "hazmat")
    assert thanh_hoa.coast_tolerance_m < ky_anh.coast_tolerance_m
    assert thanh_hoa.bbox[1] > ky_anh.bbox[3]


@pytest.mark.parametrize("fixture", ["thanh_hoa", "ky_anh"])
def test_twelve_kinds_of_report_and_other(fixture: str, request: pytest.FixtureRequest) -> None:
    city: City = request.getfixturevalue(fixture)
    assert len(city.services) == 13
    assert city.service("other").name.vi == "Việc khác"
    assert all(city.agency(service.agency) for service in city.services)


def test_the_worked_deadlines_hold_in_the_real_calendar(thanh_hoa: City) -> None:
    received = datetime(2026, 4, 24, 16, 30, tzinfo=VIETNAM)
    due = [thanh_hoa.calendar.add_working_days(received, n).astimezone(VIETNAM).date() for n in (2, 5, 7)]
    assert due == [date(2026, 4, 29), date(2026, 5, 6), date(2026, 5, 8)]


def test_a_make_up_saturday_is_worked(thanh_hoa: City) -> None:
    assert thanh_hoa.calendar.is_working_day(date(2026, 8, 22))
    assert not thanh_hoa.calendar.is_working_day(date(2026, 8, 31))


def test_a_river_level_means_what_it_meant_that_day(ky_anh: City) -> None:
    before, after = datetime(2017, 7, 17, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC)
    assert 12.20 - ky_anh.threshold("hydro.chu_le.bd2_m", before) == pytest.approx(0.20)
    assert ky_anh.threshold("hydro.chu_le.bd2_m", after) > 12.20
    assert 12.20 - ky_anh.threshold("hydro.chu_le.bd1_m", after) == pytest.approx(0.70)


def test_a_threshold_changes_at_local_midnight(ky_anh: City) -> None:
    last_minute = datetime(2020, 3, 19, 23, 59, tzinfo=VIETNAM)
    midnight = datetime(2020, 3, 20, 0, 0, tzinfo=VIETNAM)
    assert ky_anh.threshold("hydro.chu_le.bd2_m", last_minute.astimezone(UTC)) == 12.0
    assert ky_anh.threshold("hydro.chu_le.bd2_m", midnight.astimezone(UTC)) == 12.5


def test_a_threshold_says_where_it_comes_from(thanh_hoa: City) -> None:
    row = thanh_hoa.threshold_row("air.pm25_day_ug_m3", TODAY)
    assert (row.value, row.quantity, row.source) == (45, "ug/m3", "QCVN 05:2023/BTNMT")


def test_no_threshold_before_it_was_in_force(thanh_hoa: City) -> None:
    with pytest.raises(LookupError, match=r"noise\.limit_db"):
        thanh_hoa.threshold("noise.limit_db", datetime(2009, 1, 1, tzinfo=UTC))
    with pytest.raises(LookupError):
        thanh_hoa.threshold("no.such.thing", TODAY)


@pytest.mark.parametrize("ask", ["agency", "unit", "service"])
def test_what_the_city_does_not_have(ask: str, thanh_hoa: City) -> None:
    with pytest.raises(LookupError, match="khong-co"):
        getattr(thanh_hoa, ask)("khong-co")


def test_a_city_cannot_be_changed(thanh_hoa: City) -> None:
    with pytest.raises(AttributeError):
        thanh_hoa.desk_severity = 1  # type: ignore[misc]


@given(st.datetimes(datetime(2025, 7, 2), datetime(2027, 12, 31), timezones=st.just(VIETNAM)))  # noqa: DTZ001
def test_what_holds_now_holds_once(at: datetime) -> None:
    for city in (load_once("thanh-hoa"), load_once("ky-anh")):
        in_force = [row.name for row in city.thresholds if row.in_force(at.date())]
        assert len(in_force) == len(set(in_force))
        assert city.threshold("citizen.duplicate_distance_m", at) == 50


_LOADED: dict[str, City] = {}


def load_once(name: str) -> City:
    if name not in _LOADED:
        _LOADED[name] = load_city(CITIES / name)
    return _LOADED[name]


def test_names_are_stored_composed(folder: Path) -> None:
    units = folder / "units.toml"
    units.write_text(unicodedata.normalize("NFD", units.read_text(encoding="utf-8")), encoding="utf-8")
    assert load_city(folder).unit("ca-01").name == "Tuần tra 01 Hạc Thành"


def test_a_spoilt_profile_is_not_loaded(folder: Path) -> None:
    (folder / "units.toml").unlink()
    (folder / "media.toml").unlink()
    with pytest.raises(CityInvalid) as caught:
        load_city(folder)
    assert {mistake.file for mistake in caught.value.mistakes} == {"units.toml", "media.toml"}
    assert "Thiếu tệp này" in str(caught.value)


def test_a_profile_of_one_s_own_settings(folder: Path) -> None:
    city = folder / "city.toml"
    city.write_text(city.read_text(encoding="utf-8") + '\n[modules.noise]\nenabled = false\ntopic = "a/+/b"\n', "utf-8")
    noise = load_city(folder).modules["noise"]
    assert (noise.enabled, noise.settings) == (False, {"topic": "a/+/b"})


def test_a_city_can_be_shown_as_json(thanh_hoa: City) -> None:
    shown = msgspec.json.decode(msgspec.json.encode([thanh_hoa.services, thanh_hoa.units, thanh_hoa.thresholds]))
    assert shown[0][0]["code"] == "traffic"
