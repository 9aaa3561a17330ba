"""Planted mistakes: each is named by file and field, in both languages, and none hides another."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from ioc.city.parts import Threshold, UnitProfile
from ioc.city.profile import Mistake, check_city, render
from ioc.city.rows import build_partly

Spoil = Callable[[str, str, str], None]
THRESHOLD = '\n[[threshold]]\nname = "{name}"\nvalue = 1\nquantity = "m"\nvalid_from = {since}\n'

PLANTED = [
    ("services.toml", 'agency = "so-xay-dung"', 'agency = "so-giao-thong"',
     "service[traffic].agency", "Không có cơ quan “so-giao-thong”", "No agency"),
    ("services.toml", 'deadline = "ordinary"\n', "", "service[traffic].deadline", "Thiếu khoá bắt buộc", "missing"),
    ("services.toml", 'deadline = "ordinary"', 'deadline = "soon"',
     "service[traffic].deadline", "emergency, simple, ordinary, complex", "“soon” is not one of"),
    ("services.toml", 'code = "flooding"', 'code = "traffic"', "service[traffic].code", "dùng 2 lần", "used 2 times"),
    ("services.toml", 'description.en = "Potholes', 'description.fr = "x"\ndescription.en = "Potholes',
     "service[traffic].description.fr", "Khoá lạ", "Unknown key"),
    ("services.toml", 'name = { vi = "Giao thông, đường sá", en = "Traffic and roads" }', 'name = { vi = " " }',
     "service[traffic].name.vi", "Không được để trống", "Must not be empty"),
    ("services.toml", 'name = { vi = "Giao thông, đường sá", en = "Traffic and roads" }', 'name = "Giao thông"',
     "service[traffic].name", "Cần hai thứ tiếng", "Two languages"),
    ("thresholds.toml", 'source = "mặc định của dự án / project default"\n', "",
     "threshold[citizen.validate_working_hours@2025-07-01].source", "Thiếu khoá", "missing"),
    ("thresholds.toml", 'source = "mặc định của dự án / project default"', 'source = ""',
     "threshold[citizen.validate_working_hours@2025-07-01].source", "để trống", "empty"),
    ("thresholds.toml", 'source = "mặc định của dự án / project default"', 'source = "hai\\ndòng"',
     "threshold[citizen.validate_working_hours@2025-07-01].source", "xuống dòng", "line breaks"),
    ("thresholds.toml", 'name = "citizen.deadline.simple_working_days"', 'name = "citizen.deadline.simple_days"',
     "service[waste].deadline", "citizen.deadline.simple_working_days", "has no threshold"),
    ("thresholds.toml", "valid_to = 2025-12-31\n", "",
     "threshold[air.pm25_day_ug_m3@2026-01-01].valid_from", "đều có hiệu lực từ 2026-01-01", "in force"),
    ("thresholds.toml", "valid_to = 2025-12-31", "valid_to = 2020-12-31",
     "threshold[air.pm25_day_ug_m3@2023-09-12].valid_to", "trước ngày bắt đầu", "ends before"),
    ("thresholds.toml", "value = 2\n", "value = nan\n",
     "threshold[citizen.validate_working_hours@2025-07-01].value", "hữu hạn", "finite"),
    ("thresholds.toml", "value = 2\n", 'value = "hai"\n',
     "threshold[citizen.validate_working_hours@2025-07-01].value", "cần số, gặp chuỗi chữ", "a number expected"),
    ("thresholds.toml", "valid_from = 2025-07-01", 'valid_from = "hôm qua"',
     "threshold[citizen.validate_working_hours@hôm qua].valid_from", "không hợp lệ", "Invalid"),
    ("units.toml", "lon = 105.7785\nlat = 19.8045", "lon = 19.8045\nlat = 105.7785",
     "unit[ca-01].lon/lat", "Đảo kinh độ và vĩ độ", "swapped"),
    ("units.toml", "lon = 105.7785\nlat = 19.8045", "lon = 105.66\nlat = 19.72",
     "unit[ca-01].lon/lat", "không thuộc phường nào", "lies in no ward"),
    ("units.toml", "lon = 105.7785", "lon = 106.9", "unit[ca-01].lon/lat", "nằm ngoài thành phố", "outside the city"),
    ("units.toml", 'kind = "police"', 'kind = "police"\nphone = "0912"', "unit[ca-01].phone", "Khoá lạ", "Unknown"),
    ("units.toml", 'kind = "police"', 'kind = "canh-sat"', "unit[ca-01].kind", "police, fire", "is not one of"),
    ("units.toml", 'service = "113"', 'service = "115"', "unit[ca-01].service", "không phụ trách 115", "not serve"),
    ("units.toml", 'capabilities = ["patrol"]', "capabilities = [1]", "unit[ca-01].capabilities", "Sai kiểu", "Wrong"),
    ("units.toml", 'id = "ca-01"', 'id = "Công An"', "unit[Công An].id", "chữ thường không dấu", "unaccented"),
    ("agencies.toml", "[[agency]]", "[agency]", "line 9", "dòng 9", "at line 9"),
    ("agencies.toml", 'services = ["113", "city"]', 'services = ["911"]',
     "agency[cong-an].services", "113, 114", "911"),
    ("assets.toml", "accuracy_m = 600", "accuracy_m = -1", "asset[bv-da-khoa-tinh].accuracy_m", "lớn hơn 0", "above"),
    ("assets.toml", 'data_class = "public"', 'data_class = "secret"',
     "asset[bv-da-khoa-tinh].data_class", "public, internal, personal, security", "is not one of"),
    ("holidays.toml", "day = 2026-01-02", "day = 2026-01-01", "holiday[2026-01-01].day", "ghi 2 lần", "2 times"),
    ("holidays.toml", "day = 2026-01-10", "day = 2026-01-12", "make_up[2026-01-12].day", "thứ Bảy", "Saturday"),
    ("holidays.toml", "instead_of = 2026-01-02", "instead_of = 2026-01-05",
     "make_up[2026-01-10].instead_of", "không có trong danh sách nghỉ", "not listed"),
    ("holidays.toml", "day = 2026-01-01", "day = 2026-01-10", "make_up[2026-01-10].day", "vừa nghỉ", "both a holiday"),
    ("roads.toml", 'segment = "tran-phu"', 'segment = "tran-phus"',
     "detector[d-tran-phu].segment", "Không có đoạn", "No"),
    ("roads.toml", "lanes = 4", "lanes = 4.5",
     "segment[ql1a-hoang-long].lanes", "cần số nguyên, gặp số", "whole number"),
    ("roads.toml", "line = [[105.803, 19.85], ", "line = [[19.85, 105.803], ",
     "segment[ql1a-hoang-long].line", "Đảo kinh độ", "swapped"),
    ("roads.toml", "line = [[105.803, 19.85], [105.7975, 19.8345], [105.79, 19.823]]", "line = [[105.803, 19.85]]",
     "segment[ql1a-hoang-long].line", "ít nhất hai điểm", "two points"),
    ("cameras.toml", '"clip:street352"', '"rtsp://admin:12345@10.0.0.8/1"',
     "camera[cam-01].source", "mật khẩu", "password"),
    ("cameras.toml", "heading_deg = 90", "heading_deg = 400", "camera[cam-01].heading_deg", "360", "360"),
    ("media.toml", "url = \"https://", "url = \"", "feed[bao-thanh-hoa].url", "https://", "https://"),
    ("areas.toml", '"14797"', '"99999"', "area[trung-tam].wards", "Không có phường 99999", "No ward 99999"),
    ("dispatch.toml", '115 = "recommend"', '115 = "goi-y"', "dispatch.115", "mirror, recommend, dispatch", "goi-y"),
    ("dispatch.toml", '115 = "recommend"', '911 = "mirror"', "dispatch.911", "Số khẩn cấp lạ", "Unknown emergency"),
    ("city.toml", "desk_severity = 4", "desk_severity = 9", "desk_severity", "từ 1 đến 5", "1 to 5"),
    ("city.toml", 'languages = ["vi", "en"]', 'languages = ["en"]', "languages", "tiếng Việt", "Vietnamese"),
    ("city.toml", "bbox = [105.62, 19.70, 105.89, 19.91]", "bbox = [19.70, 105.62, 19.91, 105.89]",
     "bbox", "tây", "west"),
    ("city.toml", "bbox = [105.62, 19.70, 105.89, 19.91]", "bbox = [105.62, 19.70]", "bbox", "đúng 4 số", "Exactly 4"),
    ("city.toml", "center = [105.7764, 19.8067]", "center = [19.8067, 105.7764]", "center", "Đảo kinh độ", "swapped"),
    ("city.toml", "[modules.citizen]\nenabled = true", "[modules.citizen]",
     "modules.citizen.enabled", "enabled", "enabled"),
    ("city.toml", "coast_tolerance_m", "coast_tolerence_m", "coast_tolerence_m", "Khoá lạ", "misspelt"),
    ("city.toml", 'wards = "layers/wards.geojson"', 'wards = "layers/phuong.geojson"',
     "-", "Thiếu tệp bản đồ", "missing"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "field", "vi", "en"), PLANTED, ids=lambda value: str(value)[:40])
def test_a_planted_mistake_is_named(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, field: str, vi: str, en: str
) -> None:
    spoil(file, old, new)
    found = [mistake for mistake in check_city(folder) if mistake.field == field]
    assert found, render(check_city(folder), "vi")
    assert any(vi in mistake.text.vi and en in mistake.text.en for mistake in found), found


def test_every_mistake_is_told_not_the_first_only(folder: Path, spoil: Spoil) -> None:
    spoil("services.toml", 'agency = "so-xay-dung"\ndeadline = "ordinary"', 'agency = "so-la"\ndeadline = "mai"\nx = 1')
    spoil("units.toml", "lon = 105.7785", 'lon = "đông"')
    spoil("units.toml", 'id = "ca-02"', 'id = "ca-01"')
    spoil("holidays.toml", "day = 2026-01-02", "day = 2026-01-01")
    spoil("city.toml", "desk_severity = 4", "desk_severity = 0")
    (folder / "media.toml").unlink()
    (folder / "dispatch.toml").write_text("[dispatch\n", encoding="utf-8")
    named = {(mistake.file, mistake.field) for mistake in check_city(folder)}
    assert named >= {
        ("services.toml", "service[traffic].deadline"),
        ("services.toml", "service[traffic].x"),
        ("units.toml", "unit[ca-01].lon"),
        ("holidays.toml", "holiday[2026-01-01].day"),
        ("city.toml", "desk_severity"),
        ("media.toml", "-"),
        ("dispatch.toml", "line 1"),
    }


def test_one_mistake_does_not_cause_others(folder: Path, spoil: Spoil) -> None:
    spoil("agencies.toml", 'name = { vi = "Sở Xây dựng", en = "Department of Construction" }\n', "")
    assert [mistake.field for mistake in check_city(folder)] == ["agency[so-xay-dung].name"]


def test_a_missing_file_does_not_blame_those_who_refer_to_it(folder: Path) -> None:
    (folder / "agencies.toml").unlink()
    (folder / "thresholds.toml").unlink()
    assert {mistake.file for mistake in check_city(folder)} == {"agencies.toml", "thresholds.toml"}


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a = \x80"])
def test_a_file_that_is_no_text(folder: Path, body: bytes) -> None:
    (folder / "roads.toml").write_bytes(body)
    assert any(m.file == "roads.toml" and "UTF-8" in m.text.vi for m in check_city(folder))


def test_a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / "roads.toml").unlink()
    (folder / "roads.toml").mkdir()
    assert any(m.file == "roads.toml" and "Không đọc được" in m.text.vi for m in check_city(folder))


@pytest.mark.parametrize(
    ("body", "line", "vi"),
    [
        ("a = 1\nb 2\n", 2, "thiếu dấu = sau tên khoá"),
        ("a = 1\na = 2\n", 2, "khoá này đã có ở trên"),
        ("[dispatch]\n113 = mirror\n", 2, "dấu ngoặc kép"),
        ('x = 1\ny = """abc', 2, "thiếu dấu ngoặc kép đóng"),
        ("z = [1,\n2", 2, "thiếu dấu ] đóng danh sách"),
        ("day = 2026-02-30\n", 1, "ngày không có thật"),
    ],
)
def test_a_slip_of_the_pen_is_told_by_line_in_plain_words(folder: Path, body: str, line: int, vi: str) -> None:
    (folder / "dispatch.toml").write_text(body, encoding="utf-8")
    (mistake,) = check_city(folder)
    assert (mistake.file, mistake.field) == ("dispatch.toml", f"line {line}")
    assert vi in mistake.text.vi
    assert "TOML syntax error" in mistake.text.en


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (mistake,) = check_city(tmp_path / "da-nang")
    assert "Không có thư mục" in mistake.text.vi


def test_two_rows_of_one_name_are_told_once(folder: Path, spoil: Spoil) -> None:
    spoil("units.toml", 'id = "ca-02"', 'id = "ca-01"')
    assert [mistake.field for mistake in check_city(folder)] == ["unit[ca-01].id"]


def test_an_empty_folder_names_every_file(tmp_path: Path) -> None:
    assert len(check_city(tmp_path)) == 12


def reshape(folder: Path, code: str, change: Callable[[dict[str, object]], object]) -> list[Mistake]:
    path = folder / "layers" / "wards.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    feature = next(f for f in document["features"] if f["properties"]["code"] == code)
    change(feature)
    path.write_text(json.dumps(document), encoding="utf-8")
    return [mistake for mistake in check_city(folder) if mistake.file == "layers/wards.geojson"]


def bow_tie(feature: dict[str, object]) -> None:
    feature["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[105.7, 19.8], [105.8, 19.9], [105.8, 19.8], [105.7, 19.9], [105.7, 19.8]]],
    }


def swapped(feature: dict[str, object]) -> None:
    ring = feature["geometry"]["coordinates"][0]  # type: ignore[index]
    feature["geometry"] = {"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in ring]]}


def grown(feature: dict[str, object]) -> None:
    feature["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[105.75, 19.8], [105.79, 19.8], [105.79, 19.9], [105.75, 19.9], [105.75, 19.8]]],
    }


SHAPES = [
    (bow_tie, "ward[14797].geometry", "Đa giác không hợp lệ", "Invalid polygon"),
    (swapped, "ward[14797].geometry", "Đảo kinh độ", "swapped"),
    (grown, "ward[14797].geometry", "Chồng lên Phường Hàm Rồng", "Overlaps"),
    (lambda f: f.update(geometry=None), "ward[14797].geometry", "Không đọc được hình", "cannot be read"),
    (lambda f: f.update(geometry={"type": "Point", "coordinates": [105.7, 19.8]}),
     "ward[14797].geometry", "hoặc", "or"),
    (lambda f: f["properties"].update(code="14758"), "ward[14758].code", "ghi hai lần", "listed twice"),
    (lambda f: f["properties"].pop("valid_from"), "ward[14797].valid_from", "Thiếu khoá", "missing"),
    (lambda f: f["properties"].update(approximate="có"), "ward[14797].approximate", "true hoặc false", "true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field", "vi", "en"), SHAPES)
def test_a_wrong_ward_is_named(
    folder: Path, change: Callable[[dict[str, object]], object], field: str, vi: str, en: str
) -> None:
    found = [mistake for mistake in reshape(folder, "14797", change) if mistake.field == field]
    assert any(vi in mistake.text.vi and en in mistake.text.en for mistake in found), found


@pytest.mark.parametrize(
    ("body", "vi"), [("{", "dòng 1"), ("[]", "FeatureCollection"), ('{"features": []}', "có phường")]
)
def test_a_ward_file_that_is_no_map(folder: Path, body: str, vi: str) -> None:
    (folder / "layers" / "wards.geojson").write_text(body, encoding="utf-8")
    assert any(vi in mistake.text.vi for mistake in check_city(folder))


def test_an_old_and_a_new_map_may_cover_the_same_ground(folder: Path) -> None:
    path = folder / "layers" / "wards.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    old = json.loads(json.dumps(document["features"][0]))
    old["properties"] |= {"valid_from": "2012-01-01", "valid_to": "2025-06-30"}
    document["features"].append(old)
    path.write_text(json.dumps(document), encoding="utf-8")
    assert check_city(folder) == []


def test_mistakes_are_rendered_by_file_in_both_languages(folder: Path, spoil: Spoil) -> None:
    spoil("city.toml", "desk_severity = 4", "desk_severity = 9")
    (folder / "media.toml").unlink()
    mistakes = check_city(folder)
    assert render(mistakes, "vi").splitlines() == [
        "Có 2 lỗi trong hồ sơ thành phố:",
        "city.toml",
        "  desk_severity: Mức độ phải từ 1 đến 5.",
        "media.toml",
        "  -: Thiếu tệp này trong hồ sơ.",
    ]
    assert "2 mistakes" in render(mistakes, "en")


TEXT = st.text(alphabet="aăĐ1 -{", max_size=4)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["id", "name", "kind", "service", "agency", "capabilities", "lon", "lat", "value", "source", "valid_from", "x"]


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING), st.sampled_from([UnitProfile, Threshold]))
def test_any_row_is_either_built_or_explained(raw: dict[str, object], kind: type[UnitProfile | Threshold]) -> None:
    built = build_partly(kind, raw, "units.toml", "row")
    known = set(raw) <= set(kind.__struct_fields__)
    assert bool(built.mistakes) == bool(built.wrong or not known)
    assert all((getattr(built.part, name) is UNSET) == (name in built.wrong) for name in kind.__struct_fields__)
    assert all(mistake.text.vi and mistake.text.en for mistake in built.mistakes)


OLD_UNITS = "layers/old_units.csv"
RUBBISH: dict[str, tuple[str, str, list[str]]] = {
    "a code of letters": ("380,Thành phố Thanh Hóa,14755", "380,Thành phố Thanh Hóa,abc", ["line 2.old_ward_code"]),
    "no such ward": (",14758,Phường Hàm Rồng,whole", ",99999,Phường Hàm Rồng,whole", ["line 2.new_ward_code"]),
    "another name": (",Phường Hàm Rồng,whole", ",Phường Hàm Rông,whole", ["line 2.new_ward"]),
    "a word of its own": (",whole", ",hết", ["line 2.transfer"]),
    "a cell too few": (",Phường Hàm Rồng,whole", ",whole", ["line 2"]),
    "two at once": (",14758,Phường Hàm Rồng,whole", ",x,,whole", ["line 2.new_ward_code", "line 2.new_ward"]),
    "a column misspelt": (",transfer", ",tranfer", ["line 1.transfer", "line 1.tranfer"]),
    "moved twice": ("14761,Phường Nam Ngạn", "14755,Phường Hàm Rồng", ["line 5.old_ward_code"]),
    "a quotation mark": ("Phường Nam Ngạn", '"Phường Nam Ngạn"x', ["-"]),
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_among_the_old_units_is_named(folder: Path, spoil: Spoil, name: str) -> None:
    old, new, fields = RUBBISH[name]
    spoil(OLD_UNITS, old, new)
    found = [one for one in check_city(folder) if one.file == OLD_UNITS]
    assert [one.field for one in found] == fields
    assert all(one.text.vi and one.text.en for one in found)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\x00" * 100, b"a,b\n" * 5, "x" * 5_000_000])
def test_a_table_of_old_units_that_is_something_else_is_named(folder: Path, content: bytes | str) -> None:
    (folder / OLD_UNITS).write_bytes(content if isinstance(content, bytes) else content.encode())
    found = [one for one in check_city(folder) if one.file == OLD_UNITS]
    assert 0 < len(found) <= 200


def test_a_city_without_old_units_is_whole(folder: Path) -> None:
    (folder / OLD_UNITS).unlink()
    assert check_city(folder) == []
