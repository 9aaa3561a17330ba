"""A third city made from a copy: clean it passes, and every planted mistake is named, alone and with the others."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ioc.city.profile import CityInvalid
from ioc.cli import app
from ioc.cli.city_faults import city_mistakes, refuse_mistakes

CITIES = Path(__file__).resolve().parents[2] / "cities"
STORY = "scenarios/2-dot-nhap.toml"

# file, what stands there (empty: appended), what is written, the file and field named, Vietnamese and English words
PLANTED = [
    ("city.toml", "", "\n[modules.trafic]\nenabled = true\n", "modules.trafic", "Không có mô-đun", "no such module"),
    ("city.toml", '"bao-thanh-hoa", ', '"bao-la", ', "modules.media.local_feeds", "“bao-la”", "No feed"),
    ("city.toml", "[modules.traffic]\nenabled = true", "[modules.traffic]\nenabled = true\ntopics = 1",
     "modules.traffic.topics", "Khoá lạ", "Unknown key"),
    ("city.toml", "[modules.emergency]\nenabled = true", "[modules.emergency]\nenabled = true\nunits_shown = 0",
     "modules.emergency.units_shown", "Phải từ 1", "1 or more"),
    ("city.toml", "[modules.public_security]\nenabled = true",
     '[modules.public_security]\nenabled = true\npatrols_shown = "ba"',
     "modules.public_security.patrols_shown", "số nguyên", "whole number"),
    ("city.toml", 'languages = ["vi", "en"]', 'languages = ["vi", "en"]\nprivate_hosts = ["10.0.0.5"]',
     "private_hosts", "máy:cổng", "host:port"),
    ("city.toml", "desk_severity = 4", "desk_severity = 8", "desk_severity", "từ 1 đến 5", "1 to 5"),
    ("roads.toml", 'id = "d-le-loi"', 'id = "d-le-loi"\nupstream = "d-le-loi"',
     "detector[d-le-loi].upstream", "trước chính nó", "upstream of itself"),
    ("roads.toml", 'id = "d-dong-son"', 'id = "d-dong-son"\nupstream = "d-la"',
     "detector[d-dong-son].upstream", "Không có máy đếm", "No detector"),
    ("roads.toml", "[[105.778, 19.797], [105.779, 19.785], [105.784, 19.772]]",
     "[[105.778, 19.797], [105.778, 19.797]]",
     "segment[quang-trung].line", "dài 0 mét", "no length"),
    ("roads.toml", "capacity_pcu_h = 2800", "capacity_pcu_h = 0",
     "segment[ql1a-hoang-long].capacity_pcu_h", "lớn hơn 0", "above 0"),
    ("assets.toml", 'kind = "hospital"', 'kind = "hospitol"',
     "asset[bv-da-khoa-tinh].kind", "gần nhất là “hospital”", "nearest is “hospital”"),
    ("assets.toml", "lon = 105.779\nlat = 19.7835", "lon = 19.7835\nlat = 105.779",
     "asset[bv-nhi].lon/lat", "Đảo kinh độ", "swapped"),
    ("media.toml", 'url = "https://tuoitre.vn/rss/tin-moi-nhat.rss"', 'url = "https://vnexpress.net/rss/thoi-su.rss"',
     "feed[tuoi-tre].url", "ghi 2 lần", "listed 2 times"),
    ("media.toml", 'url = "https://baochinhphu.vn/rss"', 'url = "https:///rss"',
     "feed[chinh-phu].url", "tên máy", "valid host"),
    ("cameras.toml", '"clip:street352"', '"http://10.0.0.8/v?user=a&pwd=b"',
     "camera[cam-01].source", "mật khẩu", "password"),
    ("cameras.toml", "heading_deg = 90", "heading_deg = 361", "camera[cam-01].heading_deg", "360", "360"),
    ("cameras.toml", "end = [0.406, 0.568]", "end = [1.406, 0.568]",
     "camera[cam-01].lines[vao-trung-tam]", "ngoài hình", "outside the picture"),
    ("demo/roads.toml", 'upstream = "d-cau-1"', 'upstream = "d-la-lam"',
     "detector[d-cau-2].upstream", "Không có máy đếm", "No detector"),
    ("demo/roads.toml", "", '\n[[detector]]\nid = "d-moi"\n', "detector[d-moi].segment", "Thiếu khoá", "missing"),
    (STORY, 'camera = "cam-03"', 'camera = "cam-99"', "place[1].camera", "không có “cam-99”", "no “cam-99”"),
    (STORY, 'topic = "intrusion"', 'topic = "dragon"', "step[2].topic", "“dragon”", "“dragon”"),
    (STORY, "within_s = 30", "within_s = 0", "expect[1].within_s", "giây", "seconds"),
    ("scenarios/3-tu-tap.toml", 'event = "public_security.crowd.cleared"', 'event = "public_security.crowd.gone"',
     "may[1].event", "Không có loại sự kiện", "no type of event"),
    ("scenarios/4-mat-dien.toml", 'ward = "14797"', 'ward = "99999"', "place[1].ward", "“99999”", "“99999”"),
    ("scenarios/4-mat-dien.toml", 'service = "lighting"', 'service = "den"', "step[2].service", "phản ánh", "service"),
    ("scenarios/1-va-cham.toml", 'detector = "d-cau-1"', 'detector = "d-cau-9"',
     "place[1].detector", "d-cau-9", "d-cau-9"),
    ("scenarios/5-may-dem-hong.toml", 'do = "stuck"', 'do = "dance"', "step[2].do", "Việc lạ", "Unknown"),
    ("thresholds.toml", 'name = "citizen.deadline.emergency_report_hours"', 'name = "citizen.validate_working_hours"',
     "threshold[citizen.validate_working_hours@2025-07-01].valid_from", "đều có hiệu lực", "in force"),
    ("thresholds.toml", "value = 5\n", "value = inf\n",
     "threshold[citizen.deadline.ordinary_working_days@2025-07-01].value", "hữu hạn", "finite"),
    ("units.toml", 'kind = "police"', 'kind = "polise"', "unit[ca-01].kind", "gần nhất", "nearest"),
    ("units.toml", 'agency = "cong-an"', 'agency = "cong-la"', "unit[ca-01].agency", "Không có cơ quan", "No agency"),
    ("units.toml", 'id = "ca-02"', 'id = "ca-03"', "unit[ca-03].id", "dùng 2 lần", "used 2 times"),
    ("services.toml", 'deadline = "ordinary"', 'deadline = "soon"', "service[traffic].deadline", "“soon”", "“soon”"),
    ("services.toml", 'name = { vi = "Giao thông, đường sá", en = "Traffic and roads" }',
     'name = { vi = "Giao thông" }',
     "service[traffic].name.en", "Thiếu khoá", "missing"),
    ("holidays.toml", "day = 2026-01-02", "day = 2026-01-01", "holiday[2026-01-01].day", "ghi 2 lần", "2 times"),
    ("holidays.toml", "day = 2026-01-10", "day = 2026-01-12", "make_up[2026-01-12].day", "thứ Bảy", "Saturday"),
    ("areas.toml", '"14797"', '"88888"', "area[trung-tam].wards", "Không có phường 88888", "No ward 88888"),
    ("dispatch.toml", '115 = "recommend"', '115 = "goi"', "dispatch.115", "không được dùng", "is not one of"),
    ("layers/wards.geojson", '"approximate": true', '"approximate": 3',
     "ward[14797].approximate", "true hoặc false", "true or false"),
    ("agencies.toml", 'services = ["113", "city"]', 'services = ["999"]', "agency[cong-an].services", "999", "999"),
]  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A third city: Sầm Sơn, with the streets of Thanh Hóa."""
    folder = tmp_path / "sam-son"
    shutil.copytree(CITIES / "thanh-hoa", folder)
    for file in [folder / "city.toml", *folder.glob("scenarios/*.toml")]:
        file.write_text(file.read_text("utf-8").replace('"thanh-hoa"', '"sam-son"'), "utf-8")
    return folder


def plant(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text, f"{old!r} is not in {file}"
    (folder / file).write_text(text.replace(old, new, 1) if old else text + new, "utf-8")


def test_a_clean_third_city_passes(city: Path) -> None:
    assert CliRunner().invoke(app, ["city", "check", str(city)]).exit_code == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "vi", "en"), PLANTED, ids=[str(n) for n in range(len(PLANTED))]
)
def test_one_mistake_is_named(city: Path, file: str, old: str, new: str, field: str, vi: str, en: str) -> None:
    plant(city, file, old, new)
    found = [one for one in city_mistakes(city) if (one.file, one.field) == (file, field)]
    assert any(vi in one.text.vi and en in one.text.en for one in found), city_mistakes(city)


def test_all_mistakes_are_named_in_one_run(city: Path) -> None:
    assert len(PLANTED) >= 40
    for file, old, new, *_ in PLANTED:
        plant(city, file, old, new)
    found = city_mistakes(city)
    missed = [
        row
        for row in PLANTED
        if not any((m.file, m.field) == (row[0], row[3]) and row[4] in m.text.vi and row[5] in m.text.en for m in found)
    ]
    assert not missed
    assert CliRunner().invoke(app, ["city", "check", str(city)]).exit_code == 1
    with pytest.raises(CityInvalid) as refused:
        refuse_mistakes(city)
    assert set(refused.value.mistakes) == set(found)


FILES = ["city.toml", "roads.toml", "layers/wards.geojson", STORY, "demo/roads.toml", "thresholds.toml"]
RUBBISH = [
    b"",
    b"\x00\xff\xfe\x80",
    "[[đường]\n".encode("utf-16"),
    b"x = " + b"[" * 90_000,
    b"[" * 90_000,
    b"x = " + b"9" * 9_000,
]


@pytest.mark.parametrize("file", FILES)
def test_no_content_ends_in_a_traceback(city: Path, file: str) -> None:
    for rubbish in RUBBISH:
        (city / file).write_bytes(rubbish)
        answer = CliRunner().invoke(app, ["city", "check", str(city)])
        assert answer.exception is None or isinstance(answer.exception, SystemExit), (rubbish[:20], answer.exception)
    (city / file).unlink()
    (city / file).mkdir()
    answer = CliRunner().invoke(app, ["city", "check", str(city)])
    assert answer.exit_code == 1 and file in answer.output
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception


@pytest.mark.parametrize("megabytes", [20, 50])
def test_a_great_map_of_rubbish_is_refused_soon(city: Path, megabytes: int) -> None:
    feature = b'{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[1,2],[3]]]}},'
    body = feature * (megabytes * 1_000_000 // len(feature))
    (city / "layers" / "wards.geojson").write_bytes(b'{"features":[' + body[:-1] + b"]}")
    begun = time.monotonic()
    assert any(one.file == "layers/wards.geojson" for one in city_mistakes(city))
    assert time.monotonic() - begun < 60
