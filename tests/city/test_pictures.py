"""Lines and zones on a camera's picture, and who counts what upstream: each mistake is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ioc.city.profile import check_city

CITY = Path(__file__).resolve().parents[2] / "cities" / "thanh-hoa"
CAMERA = (
    '[[camera]]\nid = "cam-x"\nname = "Cầu"\nlon = 105.78\nlat = 19.8\nheading_deg = 10\nsource = "rtsp://10.0.0.1/1"\n'
)


@pytest.mark.parametrize(
    "text, field",
    [
        (
            'lines = [{ id = "a", start = [0, 0], end = [1, 1] }, { id = "a", start = [0, 1], end = [1, 0] }]',
            "lines[a]",
        ),
        ('lines = [{ id = "a", start = [0.1, 0.5], end = [0.1, 0.5] }]', "lines[a]"),
        (
            'lines = [{ id = "a", start = [0, 0], end = [1, 1] }, { id = "a", start = [0, 1], end = [1, 0] }]',
            "lines[a]",
        ),
        ('zones = [{ id = "z", name = "Sân", purpose = "restricted", points = [[0, 0], [1, 0]] }]', "zones[z]"),
        (
            'zones = [{ id = "z", name = "Sân", purpose = "restricted", points = [[0, 0], [1, 1], [1, 0], [0, 1]] }]',
            "zones[z]",
        ),
        (
            'zones = [{ id = "z", name = "Sân", purpose = "restricted", points = [[0, 0], [1, 0], [1, 1]], '
            'closed = "22h-5h" }]',
            "zones[z].closed",
        ),
        (
            'zones = [{ id = "z", name = "Chợ", purpose = "crowd", points = [[0, 0], [1, 0], [1, 1]] }]',
            "zones[z].area_m2",
        ),
        ('zones = [{ id = "z", name = "Chợ", purpose = "party", points = [[0, 0], [1, 0], [1, 1]] }]', "zones"),
    ],
)
def test_a_wrong_line_or_zone_is_named(tmp_path: Path, text: str, field: str) -> None:
    folder = tmp_path / "thanh-hoa"
    shutil.copytree(CITY, folder)
    (folder / "cameras.toml").write_text(f"{CAMERA}{text}\n", encoding="utf-8")
    found = [one for one in check_city(folder) if one.file == "cameras.toml"]
    assert [one.field for one in found if field in one.field], found
    assert all(one.text.vi and one.text.en for one in found)


def test_an_address_of_another_kind_and_an_unknown_neighbour_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "thanh-hoa"
    shutil.copytree(CITY, folder)
    (folder / "cameras.toml").write_text(CAMERA.replace("rtsp://10.0.0.1/1", "gopher://x"), encoding="utf-8")
    roads = (folder / "roads.toml").read_text(encoding="utf-8")
    (folder / "roads.toml").write_text(
        roads.replace('id = "d-tran-phu"', 'id = "d-tran-phu"\nupstream = "d-khong-co"', 1), encoding="utf-8"
    )
    fields = [one.field for one in check_city(folder)]
    assert any("cam-x" in field and "source" in field for field in fields)
    assert any("d-tran-phu" in field and "upstream" in field for field in fields)
