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
        (
            'zones = [{ id = "z", name = "Chợ", purpose = "crowd", area_m2 = inf, points = [[0, 0], [1, 0], [1, 1]] }]',
            "zones[z].area_m2",
        ),
        ('lines = [{ id = "a", start = [nan, 0.5], end = [0.9, 0.5] }]', "lines[a]"),
        ('masks = [{ id = "m", points = [[0, 0], [1, inf], [1, 1]] }]', "masks[m]"),
        ('masks = [{ id = "m", points = [[0, 0], [1, 1], [1, 0], [0, 1]] }]', "masks[m]"),
        ('masks = [{ id = "m", points = [[0, 0], [1.2, 0], [1, 1]] }]', "masks[m]"),
        ('masks = [{ id = "m", points = [[0, 0], [1, 0], [1, 0], [0, 1]] }]', "masks[m]"),
        ('lines = [{ id = "a", start = [0, 0], end = [1, 1], allowed = "up" }]', "lines"),
        ("analysis_fps = 60", "analysis_fps"),
        ("analysis_width = 32", "analysis_width"),
        ('detector = "../../model"', "detector"),
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


@pytest.mark.parametrize("source", ["file:", "dir:", "file:clips/a.mp4", "dir:../x", "file:/" + "a" * 2_000])
def test_a_file_or_folder_is_named_from_the_root_on(tmp_path: Path, source: str) -> None:
    folder = tmp_path / "thanh-hoa"
    shutil.copytree(CITY, folder)
    (folder / "cameras.toml").write_text(CAMERA.replace("rtsp://10.0.0.1/1", source), encoding="utf-8")
    (found,) = [one for one in check_city(folder) if one.file == "cameras.toml"]
    assert "/path, from the root" in found.text.en


@pytest.mark.parametrize(
    ("points", "vi", "en"),
    [
        ("[[0.1, 0.1], [0.9, 0.1], [0.5, 1.5]]", "nằm ngoài hình", "lies outside"),
        ("[[10, 20], [630, 20], [300, 350]]", "viết bằng điểm ảnh", "given in pixels"),
        ("[[20, 10], [20, 630], [350, 300]]", "x và y bị đổi chỗ?", "Are x and y swapped?"),
        ("[[0, 0], [1, 1], [1, 0], [0, 1]]", "tự cắt", "crosses itself"),
        ("[[0, 0], [1, 0], [1, 1], [0, 0], [1, 0], [1, 1]]", "tự cắt", "crosses itself"),
        ("[[0, 0], [0.5, 0.5], [1, 1]]", "tự cắt", "crosses itself"),
        ("[[0, 0], [1, 0]]", "ba điểm", "three different points"),
    ],
)
def test_each_mistake_of_a_polygon_is_told_in_its_own_words(tmp_path: Path, points: str, vi: str, en: str) -> None:
    folder = tmp_path / "thanh-hoa"
    shutil.copytree(CITY, folder)
    zone = f'zones = [{{ id = "z", name = "Sân", purpose = "watch", points = {points} }}]'
    (folder / "cameras.toml").write_text(f"{CAMERA}{zone}\n", encoding="utf-8")
    (found,) = [one for one in check_city(folder) if "zones[z]" in one.field]
    assert vi in found.text.vi
    assert en in found.text.en


def test_a_camera_with_all_that_can_be_said_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "thanh-hoa"
    shutil.copytree(CITY, folder)
    more = """detector = "xe-may"
analysis_fps = 8
analysis_width = 480
masks = [{ id = "nha", points = [[0, 0], [0.2, 0], [0.2, 0.3]] }]
lines = [{ id = "a", start = [0, 0.5], end = [1, 0.5], allowed = "in" }]
zones = [
  { id = "p", name = "Cấm đỗ", purpose = "no_parking", closed = "06:00-22:00", points = [[0, 0], [1, 0], [1, 1]] },
  { id = "q", name = "Hàng chờ", purpose = "queue", points = [[0, 0], [1, 0], [1, 1]] },
  { id = "w", name = "Cổng", purpose = "watch", points = [[0, 0], [1, 0], [1, 1]] },
]
"""
    (folder / "cameras.toml").write_text(CAMERA + more, encoding="utf-8")
    assert [one for one in check_city(folder) if one.file == "cameras.toml"] == []
