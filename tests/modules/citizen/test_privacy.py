"""Rounded places, and personal data found before it is published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.nearest import haversine_m
from ioc.core.traces import traces
from modules.citizen.privacy import rounded

LON = st.floats(102, 110)
LAT = st.floats(8, 24)


@given(LON, LAT)
def test_a_place_moves_less_than_the_grid(lon: float, lat: float) -> None:
    assert haversine_m(lon, lat, *rounded(lon, lat, 50)) <= 36  # half the diagonal of 50 m


@given(LON, LAT)
def test_rounding_twice_changes_nothing(lon: float, lat: float) -> None:
    once = rounded(lon, lat, 50)
    assert rounded(*once, 50) == pytest.approx(once, abs=2e-6)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_rounded_place_is_on_earth(lon: float, lat: float) -> None:
    east, north = rounded(lon, lat, 50)
    assert -180 <= east <= 180
    assert -90 <= north <= 90


def test_neighbours_fall_together() -> None:
    east, north = rounded(105.776, 19.807, 50)
    assert rounded(east + 0.00005, north + 0.00005, 50) == (east, north)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("gọi tôi 0912345678 nhé", "phone"),
        ("gọi +84 912 345 678", "phone"),
        ("sđt 0912.345.678", "phone"),
        ("thư an.nguyen@example.vn", "email"),
        ("xe 36A-123.45 đỗ sai", "plate"),
        ("xe máy 36B1-12345", "plate"),
        ("căn cước 038099012345", "identity_number"),
    ],
)
def test_personal_data_is_noticed(text: str, kind: str) -> None:
    assert kind in traces(text)


@pytest.mark.parametrize("text", ["ổ gà trước số 12 Lê Lai", "ngập 60 cm từ 20:30 ngày 21/11/2026", "ba ngày rồi"])
def test_ordinary_words_are_not_taken_for_personal_data(text: str) -> None:
    assert traces(text) == ()
