"""A folder laid over a profile."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.city.overlay import laid_over
from ioc.city.profile import CityInvalid, load_city

CITY = Path(__file__).resolve().parents[2] / "cities" / "thanh-hoa"


def test_rows_of_the_same_id_take_fields_and_others_are_added() -> None:
    below = {"camera": [{"id": "a", "lon": 1, "source": "rtsp://x"}, {"id": "b"}], "note": "cũ"}
    above = {"camera": [{"id": "a", "source": "http://y"}, {"id": "c"}]}
    assert laid_over(below, above) == {
        "camera": [{"id": "a", "lon": 1, "source": "http://y"}, {"id": "b"}, {"id": "c"}],
        "note": "cũ",
    }


def test_a_city_with_an_overlay_has_other_addresses_and_the_same_places(tmp_path: Path) -> None:
    (tmp_path / "cameras.toml").write_text(
        '[[camera]]\nid = "cam-02"\nsource = "http://127.0.0.1:9/c.mjpg"\nsimulated = true\n', encoding="utf-8"
    )
    (tmp_path / "city.toml").write_text('private_hosts = ["127.0.0.1:9"]\n', encoding="utf-8")
    plain, laid = load_city(CITY), load_city(CITY, tmp_path)
    assert laid.camera("cam-02").source == "http://127.0.0.1:9/c.mjpg"
    assert laid.camera("cam-02").simulated
    assert laid.camera("cam-02").name == plain.camera("cam-02").name
    assert laid.camera("cam-01") == plain.camera("cam-01")
    assert laid.private_hosts == ("127.0.0.1:9",)


def test_the_checks_run_on_what_comes_out(tmp_path: Path) -> None:
    (tmp_path / "cameras.toml").write_text('[[camera]]\nid = "cam-02"\nlon = 19.8\nlat = 105.8\n', encoding="utf-8")
    with pytest.raises(CityInvalid, match="cam-02"):
        load_city(CITY, tmp_path)
    (tmp_path / "cameras.toml").write_text("[[camera]\n", encoding="utf-8")
    with pytest.raises(CityInvalid, match="TOML"):
        load_city(CITY, tmp_path)
