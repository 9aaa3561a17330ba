"""A third city made of Thanh Hóa's files: clean it passes, and mistakes all over it are each named in one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ioc.city.profile import CityInvalid
from ioc.cli.city_check import every_mistake, refuse_mistakes
from ioc.cli.commands import app

CITIES = Path(__file__).resolve().parents[2] / "cities"
WARDS = "layers/wards.geojson"
STORY = "scenarios/1-va-cham.toml"

# file, what stands there, what is written instead, the field that is named
PLANTED = [
    ("city.toml", "[modules.citizen]", "[modules.citizn]\nenabled = false\n\n[modules.citizen]", "modules.citizn"),
    ("city.toml", '"bao-thanh-hoa-phap-luat"', '"bao-la"', "modules.media.local_feeds"),
    ("city.toml", "[modules.traffic]\nenabled = true", "[modules.traffic]\nenabled = true\ntopik = 1",
     "modules.traffic.topik"),
    ("city.toml", "[modules.emergency]\nenabled = true", '[modules.emergency]\nenabled = true\nunits_shown = "xa"',
     "modules.emergency.units_shown"),
    ("city.toml", "[modules.public_security]\nenabled = true",
     "[modules.public_security]\nenabled = true\npatrols_shown = 0", "modules.public_security.patrols_shown"),
    ("city.toml", "desk_severity = 4", "desk_severity = 9", "desk_severity"),
    ("city.toml", "official_wards", 'private_hosts = ["10.0.0.5"]\nofficial_wards', "private_hosts"),
    ("city.toml", "coast_tolerance_m = 200", "coast_tolerance_m = -2", "coast_tolerance_m"),
    ("agencies.toml", 'services = ["112"]', 'services = ["911"]', "agency[bo-chi-huy-quan-su].services"),
    ("agencies.toml", 'name = { vi = "Sở Y tế", en = "Department of Health" }', 'name = { vi = "Sở Y tế" }',
     "agency[so-y-te].name.en"),
    ("units.toml", 'capabilities = ["als", "bls"]', 'capabilities = ["alss"]', "unit[cctt-01].capabilities"),
    ("units.toml", "lon = 105.7785\nlat = 19.8045", "lon = 19.8045\nlat = 105.7785", "unit[ca-01].lon/lat"),
    ("units.toml", 'name = "Tuần tra 02 Hàm Rồng"', 'name = "Tuần tra 03 Quảng Phú"', "unit[ca-02].name"),
    ("units.toml", 'id = "cc-04"', 'id = "cc-03"', "unit[cc-03].id"),
    ("services.toml", 'deadline = "complex"', 'deadline = "mai"', "service[urban-order].deadline"),
    ("services.toml", 'agency = "cap-nuoc"', 'agency = "so-la"', "service[water].agency"),
    ("areas.toml", 'kind = "rural"', 'kind = "rurall"', "area[tay-thanh-pho].kind"),
    ("areas.toml", '["15925"]', '["15925", "15925"]', "area[bac-song-ma].wards"),
    ("areas.toml", '["14797"]', '["99999"]', "area[trung-tam].wards"),
    ("assets.toml", 'kind = "hospital"', 'kind = "hospitl"', "asset[bv-da-khoa-tinh].kind"),
    ("assets.toml", "lon = 105.779\nlat = 19.7835", "lon = 19.7835\nlat = 105.779", "asset[bv-nhi].lon/lat"),
    ("assets.toml", "accuracy_m = 1000", "accuracy_m = 0", "asset[tyt-ham-rong].accuracy_m"),
    ("roads.toml", 'upstream = "d-hoang-long-b"', 'upstream = "d-hoang-long-n"', "detector[d-hoang-long-n].upstream"),
    ("roads.toml", 'upstream = "d-quang-trung"', 'upstream = "d-khong-co"', "detector[d-quang-trung-n].upstream"),
    ("roads.toml", 'id = "d-le-loi"\n', 'id = "d-le-loi"\nupstream = "d-le-loi-d"\n', "detector[d-le-loi].upstream"),
    ("roads.toml", 'segment = "tran-phu"', 'segment = "ql47-dong-son"', "detector[d-tran-phu].segment"),
    ("roads.toml", "line = [[105.783, 19.818], [105.788, 19.83], [105.7931, 19.8386]]",
     "line = [[105.783, 19.818], [105.783, 19.818]]", "segment[ham-rong].line"),
    ("roads.toml", "line = [[105.782, 19.799], ", "line = [[19.799, 105.782], ", "segment[ql47-sam-son].line"),
    ("roads.toml", "lanes = 6", "lanes = 0", "segment[dai-lo-le-loi].lanes"),
    ("cameras.toml", '"clip:street352"', '"rtsp://10.0.0.8/1?password=mat-khau"', "camera[cam-01].source"),
    ("cameras.toml", 'segment = "ql1a-hoang-long"', 'segment = "ql1a"', "camera[cam-02].segment"),
    ("cameras.toml", "start = [0.43, 0.608]", "start = [4.3, 0.608]", "camera[cam-03].lines[vao-ga]"),
    ("cameras.toml", "[0.25, 0.56],\n    [0.31, 0.56],\n    [0.47, 0.98]",
     "[0.25, 0.56],\n    [0.47, 0.98],\n    [0.31, 0.56]",     "camera[cam-01].zones[via-he]"),
    ("cameras.toml", 'closed = "22:00-05:00"', 'closed = "22h"', "camera[cam-03].zones[bai-co].closed"),
    ("media.toml", "https://baothanhhoa.vn/rss/thoi-su.xml", "ftp://baothanhhoa.vn", "feed[bao-thanh-hoa].url"),
    ("media.toml", "https://tuoitre.vn/rss/tin-moi-nhat.rss", "https://vnexpress.net/rss/thoi-su.rss",
     "feed[tuoi-tre].url"),
    ("media.toml", "tier = 2", "tier = 7", "feed[vnexpress-thoi-su].tier"),
    ("holidays.toml", "day = 2026-02-17", "day = 2026-02-16", "holiday[2026-02-16].day"),
    ("holidays.toml", "instead_of = 2026-01-02", "instead_of = 2026-01-05", "make_up[2026-01-10].instead_of"),
    ("thresholds.toml", 'quantity = "%"', 'quantity = "m"',
     "threshold[citizen.escalate_first_percent@2025-07-01].quantity"),
    ("thresholds.toml", "valid_to = 2025-12-31\n", "", "threshold[air.pm25_day_ug_m3@2026-01-01].valid_from"),
    ("thresholds.toml", 'source = "mặc định của dự án / project default"\n', "",
     "threshold[citizen.validate_working_hours@2025-07-01].source"),
    ("thresholds.toml", 'name = "citizen.duplicate_jaccard"', 'name = "citizen.duplicate_jacard"',
     "threshold[citizen.duplicate_jaccard]"),
    ("dispatch.toml", '115 = "recommend"', '115 = "goi-y"', "dispatch.115"),
    (WARDS, '"kind": "phường"', '"kind": "phuongg"', "ward[14797].kind"),
    (WARDS, "[105.762, 19.771]", "[1e999, 19.771]", "ward[16522].geometry"),
    ("demo/roads.toml", 'upstream = "d-cau-1"', 'upstream = "d-cau-9"', "detector[d-cau-2].upstream"),
    ("demo/roads.toml", "period_s = 5", "period = 5", "detector[d-cau-1].period"),
    (STORY, 'detector = "d-quang-trung"', 'detector = "d-la"', "place[2].detector"),
    (STORY, 'service = "traffic"', 'service = "trafic"', "step[5].service"),
    (STORY, 'event = "media.hint.raised"', 'event = "media.hint.rised"', "may[3].event"),
    ("scenarios/2-dot-nhap.toml", 'camera = "cam-03"', 'camera = "cam-99"', "place[1].camera"),
    ("scenarios/4-mat-dien.toml", 'ward = "14758"', 'ward = "99999"', "place[2].ward"),
]  # fmt: skip


@pytest.fixture
def third(tmp_path: Path) -> Path:
    city = tmp_path / "sam-son"
    shutil.copytree(CITIES / "thanh-hoa", city)
    for file in [city / "city.toml", *(city / "scenarios").glob("*.toml")]:
        file.write_text(file.read_text("utf-8").replace('"thanh-hoa"', '"sam-son"'), "utf-8")
    return city


def plant(city: Path, file: str, old: str, new: str) -> None:
    text = (city / file).read_text("utf-8")
    assert old in text, f"{old!r} is not in {file}"
    (city / file).write_text(text.replace(old, new, 1), "utf-8")


def test_a_clean_third_city_passes(third: Path):
    answer = CliRunner().invoke(app, ["city", "check", str(third)])
    assert answer.exit_code == 0, answer.output
    refuse_mistakes(third)


@pytest.mark.parametrize(("file", "old", "new", "field"), PLANTED, ids=[f"{row[0]}-{row[3]}" for row in PLANTED])
def test_each_by_itself(third: Path, file: str, old: str, new: str, field: str):
    plant(third, file, old, new)
    found = [one for one in every_mistake(third) if (one.file, one.field) == (file, field)]
    assert found, every_mistake(third)
    assert all(one.text.vi and one.text.en for one in found)


def test_all_at_once(third: Path):
    assert len(PLANTED) >= 40
    for file, old, new, _ in PLANTED:
        plant(third, file, old, new)
    answer = CliRunner().invoke(app, ["city", "check", str(third), "--language", "en"])
    assert answer.exit_code == 1
    named = {(one.file, one.field) for one in every_mistake(third)}
    assert {(file, field) for file, _, _, field in PLANTED} <= named
    assert all(f"  {field}: " in answer.output for _, _, _, field in PLANTED)
    with pytest.raises(CityInvalid) as refused:
        refuse_mistakes(third)
    assert {(one.file, one.field) for one in refused.value.mistakes} == named


@pytest.mark.parametrize("command", [["demo", "--city"], ["city", "check"]])
def test_commands_do_not_start_with_it(third: Path, command: list[str]):
    plant(third, *PLANTED[0][:3])
    assert CliRunner().invoke(app, [*command, str(third)]).exit_code != 0


@pytest.mark.parametrize("body", [b"", bytes(range(256)), b"a = " + b"[" * 100_000])
@pytest.mark.parametrize("file", ["city.toml", "demo/roads.toml", STORY])
def test_rubbish_is_no_traceback(third: Path, file: str, body: bytes):
    (third / file).write_bytes(body)
    found = {one.file for one in every_mistake(third)}
    assert file in found or not body
