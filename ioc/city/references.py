"""Checks across the files of a profile: what one row says of another, of the map and of the calendar."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from ioc.city.addresses import check_addresses
from ioc.city.detectors import upstream_detectors
from ioc.city.mistakes import Mistake
from ioc.city.parts import (
    DEADLINE_THRESHOLD,
    Agency,
    Area,
    Asset,
    Camera,
    CityHead,
    Detector,
    Holiday,
    MakeUpDay,
    MediaFeed,
    Part,
    ReportService,
    Segment,
    Threshold,
    UnitProfile,
)
from ioc.city.pictures import camera_pictures
from ioc.city.quantities import wrong_quantities
from ioc.city.reading import Draft, Row
from ioc.city.vocabulary import AREA_KINDS, ASSET_KINDS, CAPABILITIES, not_allowed
from ioc.core.text import Text

_ID = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_SATURDAY = 5

Box = tuple[float, float, float, float]
MOST_MARGIN_KM = 50  # what lies further away is another city's
LAND: Box = (102.0, 8.0, 118.0, 24.0)  # Vietnam with its islands: west, south, east, north


def check_references(draft: Draft) -> list[Mistake]:
    """Every mistake that shows only when the files are held against each other."""
    checks = (
        _head,
        _ids,
        _agencies,
        _words,
        _names,
        _dispatch,
        _points,
        _roads,
        upstream_detectors,
        _numbers,
        check_addresses,
        camera_pictures,
        _holidays,
        _make_up_days,
        _deadlines,
        _thresholds,
        wrong_quantities,
    )
    return list(dict.fromkeys(mistake for check in checks for mistake in check(draft)))  # two rows may share a label


def _at(row: Row[Part], field: str, vi: str, en: str) -> Mistake:
    return Mistake(row.file, f"{row.label}.{field}", Text(vi, en))


def _head(draft: Draft) -> Iterator[Mistake]:
    for field, wrong in _HEAD.items():
        head = draft.head_with(field)
        if head and (text := wrong(head)):
            yield Mistake("city.toml", field, text)
    head = draft.head_with("center", "bbox")
    if head and not _wrong_box(head) and (text := outside(head.bbox, *head.center)):
        yield Mistake("city.toml", "center", text)


def _wrong_id(head: CityHead) -> Text | None:
    return None if _ID.fullmatch(head.id) else _BAD_ID


def _wrong_severity(head: CityHead) -> Text | None:
    return None if 1 <= head.desk_severity <= 5 else Text("Mức độ phải từ 1 đến 5.", "Severity is 1 to 5.")


def _wrong_tolerance(head: CityHead) -> Text | None:
    return None if head.coast_tolerance_m >= 0 else Text("Không được âm.", "Must not be negative.")


def _wrong_margin(head: CityHead) -> Text | None:
    if 0 <= head.locate_margin_km <= MOST_MARGIN_KM:
        return None
    return Text(f"Phải từ 0 đến {MOST_MARGIN_KM} km.", f"Must be 0 to {MOST_MARGIN_KM} km.")


def _wrong_languages(head: CityHead) -> Text | None:
    return None if "vi" in head.languages else Text("Phải có tiếng Việt (vi).", "Vietnamese (vi) must be among them.")


def _wrong_box(head: CityHead) -> Text | None:
    west, south, east, north = head.bbox
    if _on_earth(west, south) and _on_earth(east, north) and west < east and south < north:
        return None
    return Text(
        "Phải là [tây, nam, đông, bắc] theo độ, kinh độ trước; có thể đã đảo thứ tự.",
        "Must be [west, south, east, north] in degrees, longitude first; the order may be swapped.",
    )


_HEAD: dict[str, Callable[[CityHead], Text | None]] = {
    "id": _wrong_id,
    "desk_severity": _wrong_severity,
    "coast_tolerance_m": _wrong_tolerance,
    "locate_margin_km": _wrong_margin,
    "languages": _wrong_languages,
    "bbox": _wrong_box,
}


def city_box(draft: Draft) -> Box:
    """The frame of the city (west, south, east, north); all of Vietnam where the profile's own is wrong."""
    head = draft.head_with("bbox")
    return head.bbox if head and not _wrong_box(head) else LAND


def _on_earth(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


_BAD_ID = Text(
    "Mã chỉ gồm chữ thường không dấu, số, dấu - . _ (ví dụ: cong-an-hac-thanh).",
    "An id has only unaccented small letters, digits and - . _ (such as cong-an-hac-thanh).",
)


def _ids(draft: Draft) -> Iterator[Mistake]:
    for kind in draft.rows:
        field = "code" if kind is ReportService else "id"
        keyed = [(row, str(getattr(row.part, field))) for row in draft.of(kind, field) if hasattr(row.part, field)]
        seen = Counter(key for _, key in keyed)
        for row, key in keyed:
            if not _ID.fullmatch(key):
                yield Mistake(row.file, f"{row.label}.{field}", _BAD_ID)
            if seen[key] > 1:
                yield _at(row, field, f"Mã “{key}” dùng {seen[key]} lần.", f"The id “{key}” is used {seen[key]} times.")


def _agencies(draft: Draft) -> Iterator[Mistake]:
    rows: list[Row[UnitProfile] | Row[ReportService]] = [
        *draft.of(UnitProfile, "agency"),
        *draft.of(ReportService, "agency"),
    ]
    for row in rows:
        name = row.part.agency
        if not draft.knows(Agency, name):
            yield _at(row, "agency", f"Không có cơ quan “{name}” trong agencies.toml.", f"No agency “{name}”.")
    serves = {row.part.id: row.part.services for row in draft.of(Agency, "id", "services")}
    for unit in draft.of(UnitProfile, "agency", "service"):
        number = unit.part.service
        if number not in serves.get(unit.part.agency, (number,)):
            vi = f"Cơ quan “{unit.part.agency}” không phụ trách {number}."
            yield _at(unit, "service", vi, f"The agency “{unit.part.agency}” does not serve {number}.")


def _words(draft: Draft) -> Iterator[Mistake]:
    for unit in draft.of(UnitProfile):
        listed = unit.raw.get("capabilities")
        for word in listed if isinstance(listed, list) else ():
            if isinstance(word, str) and word not in CAPABILITIES:
                yield Mistake(unit.file, f"{unit.label}.capabilities", not_allowed(word, CAPABILITIES))
    for area in draft.of(Area, "kind"):
        if area.part.kind not in AREA_KINDS:
            yield Mistake(area.file, f"{area.label}.kind", not_allowed(area.part.kind, AREA_KINDS))
    for asset in draft.of(Asset, "kind"):
        if asset.part.kind not in ASSET_KINDS:
            yield Mistake(asset.file, f"{asset.label}.kind", not_allowed(asset.part.kind, ASSET_KINDS))


def _names(draft: Draft) -> Iterator[Mistake]:
    """Call signs used twice, which the radio cannot tell apart, and wards listed twice in one area."""
    units = draft.of(UnitProfile, "id", "name")
    called = Counter(name for name, _ in {(row.part.name, row.part.id) for row in units})
    for unit in units:
        if (times := called[unit.part.name]) > 1:
            yield _at(unit, "name", f"Tên gọi này dùng {times} lần.", f"This call sign is used {times} times.")
    for area in draft.of(Area, "wards"):
        if not area.part.wards:
            yield _at(area, "wards", "Khu vực cần ít nhất một phường.", "An area has at least one ward.")
        for code, times in Counter(area.part.wards).items():
            if times > 1:
                yield _at(area, "wards", f"Phường {code} ghi {times} lần.", f"Ward {code} is listed {times} times.")


def _dispatch(draft: Draft) -> Iterator[Mistake]:
    units = draft.of(UnitProfile)
    sound = draft.of(UnitProfile, "service")
    if UnitProfile not in draft.rows or len(sound) < len(units):  # a unit of an unknown number may be the missing one
        return
    served = {row.part.service for row in sound}
    for number, mode in draft.dispatch.items():
        if mode != "mirror" and number not in served:
            vi, en = f"Chưa có đơn vị nào của {number} để {mode}.", f"There is no unit of {number} to {mode}."
            yield Mistake("dispatch.toml", f"dispatch.{number}", Text(vi, en))


def _points(draft: Draft) -> Iterator[Mistake]:
    kinds: tuple[type[UnitProfile | Asset | Detector | Camera], ...] = (UnitProfile, Asset, Detector, Camera)
    box = city_box(draft)
    for kind in kinds:
        for row in draft.of(kind):
            yield from _wrong_point(row, box)


def _wrong_point(row: Row[UnitProfile | Asset | Detector | Camera], box: Box) -> Iterator[Mistake]:
    """A point outside; where one of its two numbers cannot be read, the other is still held against the box."""
    west, south, east, north = box
    lost = row.wrong & {"lon", "lat"}
    if not lost and (wrong := outside(box, row.part.lon, row.part.lat)):
        yield Mistake(row.file, f"{row.label}.lon/lat", wrong)
    if lost == {"lat"} and not west <= row.part.lon <= east:
        yield _at(row, "lon", f"Kinh độ từ {west} đến {east}.", f"Longitude is {west} to {east}.")
    if lost == {"lon"} and not south <= row.part.lat <= north:
        yield _at(row, "lat", f"Vĩ độ từ {south} đến {north}.", f"Latitude is {south} to {north}.")


def outside(box: Box, lon: float, lat: float) -> Text | None:
    """What is wrong with a point not inside the box (degrees WGS 84); None for one inside."""
    west, south, east, north = box
    if west <= lon <= east and south <= lat <= north:
        return None
    if west <= lat <= east and south <= lon <= north:
        return Text("Đảo kinh độ và vĩ độ: kinh độ (lon) viết trước.", "Longitude and latitude are swapped: lon first.")
    return Text(f"Điểm ({lon}, {lat}) nằm ngoài thành phố.", f"The point ({lon}, {lat}) lies outside the city.")


def _roads(draft: Draft) -> Iterator[Mistake]:
    box = city_box(draft)
    rows: list[Row[Detector] | Row[Camera]] = [*draft.of(Detector, "segment"), *draft.of(Camera, "segment")]
    for row in rows:
        name = row.part.segment
        if name is not None and not draft.knows(Segment, name):
            yield _at(row, "segment", f"Không có đoạn đường “{name}” trong roads.toml.", f"No road segment “{name}”.")
    for segment in draft.of(Segment, "line"):
        if len(segment.part.line) < 2:
            yield _at(segment, "line", "Đoạn đường cần ít nhất hai điểm.", "A segment has at least two points.")
        for point in segment.part.line:
            if wrong := outside(box, *point):
                yield Mistake(segment.file, f"{segment.label}.line", wrong)


_POSITIVE: dict[type[Part], tuple[str, ...]] = {
    Asset: ("accuracy_m",),
    Segment: ("free_flow_kmh", "speed_limit_kmh", "lanes", "capacity_pcu_h"),
    Detector: ("period_s",),
    MediaFeed: ("period_s",),
}


def _numbers(draft: Draft) -> Iterator[Mistake]:
    for kind, fields in _POSITIVE.items():
        for field in fields:
            for row in draft.of(kind, field):
                if not 0 < getattr(row.part, field) < float("inf"):
                    yield _at(row, field, "Phải lớn hơn 0.", "Must be above 0.")
    for camera in draft.of(Camera, "heading_deg"):
        if not 0 <= camera.part.heading_deg < 360:
            yield _at(camera, "heading_deg", "Hướng từ 0 đến dưới 360 độ.", "A heading is 0 to under 360 degrees.")


def _holidays(draft: Draft) -> Iterator[Mistake]:
    yield from _repeated(draft.of(Holiday, "day"))
    yield from _repeated(draft.of(MakeUpDay, "day"))


def _repeated(rows: list[Row[Holiday]] | list[Row[MakeUpDay]]) -> Iterator[Mistake]:
    times = Counter(row.part.day for row in rows)
    for row in rows:
        if (count := times[row.part.day]) > 1:
            vi, en = f"Ngày này được ghi {count} lần.", f"This day is listed {count} times."
            yield _at(row, "day", vi, en)


def _make_up_days(draft: Draft) -> Iterator[Mistake]:
    off = {row.part.day for row in draft.of(Holiday, "day")}
    for row in draft.of(MakeUpDay, "day"):
        if row.part.day in off:
            yield _at(row, "day", "Ngày này vừa nghỉ lễ vừa làm bù.", "This day is both a holiday and a make-up day.")
        if row.part.day.weekday() < _SATURDAY:
            yield _at(row, "day", "Làm bù phải vào thứ Bảy hoặc Chủ nhật.", "A make-up day is a Saturday or Sunday.")
    for row in draft.of(MakeUpDay, "instead_of"):
        if row.part.instead_of not in off:
            vi = f"Ngày {row.part.instead_of} không có trong danh sách nghỉ."
            yield _at(row, "instead_of", vi, f"{row.part.instead_of} is not listed as a day off.")


def _deadlines(draft: Draft) -> Iterator[Mistake]:
    for row in draft.of(ReportService, "deadline"):
        name = DEADLINE_THRESHOLD[row.part.deadline]
        if not draft.knows(Threshold, name):
            vi = f"Hạn “{row.part.deadline}” chưa có ngưỡng {name} trong thresholds.toml."
            yield _at(row, "deadline", vi, f"The deadline “{row.part.deadline}” has no threshold {name}.")


def _thresholds(draft: Draft) -> Iterator[Mistake]:
    for row in draft.of(Threshold, "name"):
        if not _ID.fullmatch(row.part.name):
            yield Mistake(row.file, f"{row.label}.name", _BAD_ID)
    for row in draft.of(Threshold, "valid_from", "valid_to"):
        if row.part.valid_to and row.part.valid_to < row.part.valid_from:
            yield _at(row, "valid_to", "Ngày hết hiệu lực trước ngày bắt đầu.", "It ends before it begins.")
    for row in draft.of(Threshold, "value"):
        if not abs(row.part.value) < float("inf"):
            yield _at(row, "value", "Phải là một số hữu hạn.", "Must be a finite number.")
    yield from _successions(draft)


def _successions(draft: Draft) -> Iterator[Mistake]:
    by_name: dict[str, list[Row[Threshold]]] = {}
    for row in draft.of(Threshold, "name", "valid_from"):
        by_name.setdefault(row.part.name, []).append(row)
    for rows in by_name.values():
        yield from _one_at_a_time(sorted(rows, key=lambda row: row.part.valid_from))


def _one_at_a_time(rows: Iterable[Row[Threshold]]) -> Iterator[Mistake]:
    for earlier, later in pairwise(rows):
        day = later.part.valid_from
        known = "valid_to" not in earlier.wrong
        if known and (earlier.part.valid_to is None or earlier.part.valid_to >= day):
            vi = f"Hai dòng cùng tên đều có hiệu lực từ {day}; kết thúc dòng trước bằng valid_to."
            yield _at(later, "valid_from", vi, f"Two rows of this name are in force from {day}; end the earlier one.")
        if "quantity" not in earlier.wrong | later.wrong and earlier.part.quantity != later.part.quantity:
            vi = f"Cùng tên nhưng khác đơn vị ({earlier.part.quantity} và {later.part.quantity})."
            yield _at(later, "quantity", vi, f"Same name, other unit ({earlier.part.quantity}, {later.part.quantity}).")
