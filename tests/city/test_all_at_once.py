"""Many mistakes planted in one profile: one run of the check names each of them once, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ioc.city.profile import check_city, render
from ioc.cli.city import app

Spoil = Callable[[str, str, str], None]
HOUR = "threshold[citizen.validate_working_hours@2025-07-01]"
AIR = "threshold[air.pm25_day_ug_m3@2023-09-12]"

# file, what stands there, what is written instead, and each field to be named with words of the Vietnamese and English
PLANTED = [
    ("city.toml", "desk_severity = 4", "desk_severity = 9", [("desk_severity", "từ 1 đến 5", "1 to 5")]),
    ("city.toml", "coast_tolerance_m = 200", 'coast_tolerance_m = "xa"', [("coast_tolerance_m", "cần số", "a number")]),
    ("city.toml", "center = [105.7764, 19.8067]", "center = [19.8067, 105.7764]", [("center", "Đảo", "swapped")]),
    ("agencies.toml", 'services = ["113", "city"]', 'services = ["911"]', [("agency[cong-an].services", "911", "911")]),
    (
        "units.toml",
        'kind = "police"\nservice = "113"\nagency = "cong-an"\ncapabilities = ["patrol"]\nlon = 105.7785',
        'kind = "polise"\nservice = "113"\nagency = "khong-co"\ncapabilities = ["patroll"]\nlon = 106.9',
        [
            ("unit[ca-01].kind", "gần nhất là “police”", "nearest is “police”"),
            ("unit[ca-01].agency", "Không có cơ quan “khong-co”", "No agency “khong-co”"),
            ("unit[ca-01].capabilities", "gần nhất là “patrol” (tuần tra)", "nearest is “patrol” (patrol)"),
            ("unit[ca-01].lon/lat", "nằm ngoài thành phố", "outside the city"),
        ],
    ),
    ("units.toml", 'capabilities = ["bls"]', 'capabilities = ["cấp cứu cơ bản"]',
     [("unit[cctt-02].capabilities", "gần nhất là “bls”", "nearest is “bls”")]),
    (
        "areas.toml",
        'kind = "urban"\nwards = ["14797"',
        'kind = "urbann"\nwards = [7, "99999", "14797"',
        [
            ("area[trung-tam].kind", "gần nhất là “urban” (nội thị)", "nearest is “urban”"),
            ("area[trung-tam].wards", "Sai kiểu ở phần tử [0]", "Wrong type at [0]"),
            ("area[trung-tam].wards", "Không có phường 99999", "No ward 99999"),
        ],
    ),
    (
        "services.toml",
        'agency = "so-xay-dung"\ndeadline = "ordinary"',
        'agency = "so-la"\ndeadline = "ordinari"\nx = 1',
        [
            ("service[traffic].agency", "Không có cơ quan “so-la”", "No agency"),
            ("service[traffic].deadline", "gần nhất là “ordinary”", "nearest is “ordinary”"),
            ("service[traffic].x", "Khoá lạ", "Unknown key"),
        ],
    ),
    ("cameras.toml", 'purpose = "crowd"', 'purpose = "crowed"',
     [("camera[cam-01].zones", "“crowed” ở [0].purpose không được dùng; gần nhất là “crowd”",
       "“crowed” at [0].purpose is not one of: restricted, crowd, no_parking, queue, watch; the nearest is “crowd”")]),
    ("assets.toml", "lon = 105.7775", 'lon = "đông"', [("asset[bv-da-khoa-tinh].lon", "cần số", "a number")]),
    ("assets.toml", "accuracy_m = 600", "accuracy_m = -1",
     [("asset[bv-da-khoa-tinh].accuracy_m", "lớn hơn 0", "above 0")]),
    ("roads.toml", 'segment = "tran-phu"', 'segment = "tran-phus"',
     [("detector[d-tran-phu].segment", "Không có đoạn đường", "No road segment")]),
    ("roads.toml", "lanes = 4\n", "lanes = 4.5\n", [("segment[ql1a-hoang-long].lanes", "số nguyên", "whole number")]),
    ("cameras.toml", "heading_deg = 90", "heading_deg = 400", [("camera[cam-01].heading_deg", "360", "360")]),
    ("media.toml", 'url = "https://', 'url = "', [("feed[bao-thanh-hoa].url", "https://", "https://")]),
    ("holidays.toml", "instead_of = 2026-01-02", "instead_of = 2026-01-05",
     [("make_up[2026-01-10].instead_of", "không có trong danh sách", "not listed")]),
    ("thresholds.toml", "value = 2\n", 'value = "hai"\n', [(f"{HOUR}.value", "cần số", "a number")]),
    ("thresholds.toml", 'source = "mặc định của dự án / project default"\n', "",
     [(f"{HOUR}.source", "Thiếu khoá", "missing")]),
    ("thresholds.toml", "valid_to = 2025-12-31", "valid_to = 2020-12-31",
     [(f"{AIR}.valid_to", "trước ngày bắt đầu", "ends before")]),
    ("dispatch.toml", '115 = "recommend"', '115 = "goi-y"', [("dispatch.115", "mirror, recommend", "is not one of")]),
    ("layers/wards.geojson", '"approximate": true', '"approximate": "gần"',
     [("ward[14797].approximate", "true hoặc false", "true or false")]),
]  # fmt: skip


@pytest.fixture
def spoilt(folder: Path, spoil: Spoil) -> Path:
    for file, old, new, _ in PLANTED:
        spoil(file, old, new)
    return folder


def test_each_is_named_once_and_nothing_else(spoilt: Path) -> None:
    found = [(mistake.file, mistake.field) for mistake in check_city(spoilt)]
    wanted = [(file, field) for file, _, _, named in PLANTED for field, _, _ in named]
    assert len(wanted) >= 18
    assert sorted(found) == sorted(wanted), render(check_city(spoilt), "vi")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_one_run_of_the_command_says_them_all(spoilt: Path, language: str) -> None:
    said = CliRunner().invoke(app, ["check", str(spoilt), "--language", language])
    assert said.exit_code == 1
    lines = said.output.splitlines()
    for _, _, _, named in PLANTED:
        for field, vi, en in named:
            words = vi if language == "vi" else en
            assert sum(line.startswith(f"  {field}: ") and words in line for line in lines) == 1, (field, words)
