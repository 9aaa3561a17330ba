"""Which wards a city stands on: official means every ward of the profile, drawn exactly, not just any layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.layers import read_wards
from ioc.city.profile import load_city
from ioc.host.city_map import feature_of, open_places
from ioc.store import Store

CITIES = Path(__file__).resolve().parents[2] / "cities"


async def imported(store: Store, city: str, *, approximate: bool, leave_out: int = 0) -> None:
    wards = read_wards(load_city(CITIES / city).wards_file).wards[leave_out:]
    await store.features.put([feature_of(ward._replace(approximate=approximate)) for ward in wards])


@pytest.mark.parametrize(
    ("city", "approximate", "leave_out", "official"),
    [
        ("thanh-hoa", False, 0, True),
        ("thanh-hoa", True, 0, False),
        ("thanh-hoa", False, 1, False),
        ("ky-anh", False, 0, False),
    ],
)
async def test_wards_are_official_when_the_citys_own_are_all_there_exactly(
    sqlite_store: Store, city: str, approximate: bool, leave_out: int, official: bool
):
    await imported(sqlite_store, city, approximate=approximate, leave_out=leave_out)
    places = await open_places(load_city(CITIES / "thanh-hoa"), sqlite_store, None)
    assert places.official is official


async def test_without_an_import_the_profiles_own_wards_are_approximate(sqlite_store: Store):
    places = await open_places(load_city(CITIES / "thanh-hoa"), sqlite_store, None)
    assert not places.official
    assert len(places.wards) == 7


async def test_a_folder_of_clips_alone_leaves_the_wards_as_they_are(sqlite_store: Store, tmp_path: Path):
    (tmp_path / "clips").mkdir()
    places = await open_places(load_city(CITIES / "thanh-hoa"), sqlite_store, tmp_path)
    assert not places.official
    assert len(places.wards) == 7
