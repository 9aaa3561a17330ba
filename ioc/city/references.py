"""Checks across the files of a profile: what one row says of another, of the map and of the calendar."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from ioc.city.mistakes import Mistake
from ioc.city.parts import (
    DEADLINE_THRESHOLD,
    Agency,
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
from ioc.city.reading import Draft, Row
from ioc.core.text import Text

_ID = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_PASSWORD = re.compile(r"://[^/@\s]+@")
_SATURDAY = 5


def check_references(draft: Draft) -> list[Mistake]:
    """Every mistake that shows only when the files are held against each other."""
    checks = (
        _head,
        _ids,
        _agencies,
        _dispatch,
        _points,
        _roads,
        _numbers,
        _addresses,
        _holidays,
        _make_up_days,
        _deadlines,
        _thresholds,
    )
    return list(dict.fromkeys(mistake for check in checks for mistake in check(draft)))  # two rows may share a label


def _at(row: Row[Part], field: str, vi: str, en: str) -> Mistake:
    return Mistake(row.file, f"{row.label}.{field}", Text(vi, en))


def _head(draft: Draft) -> Iterator[Mistake]:
    head = draft.head
    if head is None:
        return
    for field, text in _wrong_head(head):
        yield Mistake("city.toml", field, text)


def _wrong_head(head: CityHead) -> Iterator[tuple[str, Text]]:
    if not _ID.fullmatch(head.id):
        yield "id", _BAD_ID
    if not 1 <= head.desk_severity <= 5:
        yield "desk_severity", Text("Mức độ phải từ 1 đến 5.", "Severity is 1 to 5.")
    if not head.coast_tolerance_m >= 0:
        yield "coast_tolerance_m", Text("Không được âm.", "Must not be negative.")
    if "vi" not in head.languages:
        yield "languages", Text("Phải có tiếng Việt (vi).", "Vietnamese (vi) must be among them.")
    west, south, east, north = head.bbox
    if not (_on_earth(west, south) and _on_earth(east, north) and west < east and south < north):
        yield (
            "bbox",
            Text(
                "Phải là [tây, nam, đông, bắc] theo độ, kinh độ trước; có thể đã đảo thứ tự.",
                "Must be [west, south, east, north] in degrees, longitude first; the order may be swapped.",
            ),
        )
    elif wrong := _outside(head, *head.center):
        yield "center", wrong


def _on_earth(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


_BAD_ID = Text(
    "Mã chỉ gồm chữ thường không dấu, số, dấu - . _ (ví dụ: cong-an-hac-thanh).",
    "An id has only unaccented small letters, digits and - . _ (such as cong-an-hac-thanh).",
)


def _ids(draft: Draft) -> Iterator[Mistake]:
    for kind in draft.rows:
        named = [(row, "code" if kind is ReportService else "id") for row in draft.rows[kind]]
        keyed = [(row, field, str(getattr(row.part, field))) for row, field in named if hasattr(row.part, field)]
        seen = Counter(key for _, _, key in keyed)
        for row, field, key in keyed:
            if not _ID.fullmatch(key):
                yield Mistake(row.file, f"{row.label}.{field}", _BAD_ID)
            if seen[key] > 1:
                yield _at(row, field, f"Mã “{key}” dùng {seen[key]} lần.", f"The id “{key}” is used {seen[key]} times.")


def _agencies(draft: Draft) -> Iterator[Mistake]:
    rows: list[Row[UnitProfile] | Row[ReportService]] = [*draft.of(UnitProfile), *draft.of(ReportService)]
    for row in rows:
        name = row.part.agency
        if not draft.knows(Agency, name):
            yield _at(row, "agency", f"Không có cơ quan “{name}” trong agencies.toml.", f"No agency “{name}”.")
    serves = {row.part.id: row.part.services for row in draft.of(Agency)}
    for unit in draft.of(UnitProfile):
        number = unit.part.service
        if number not in serves.get(unit.part.agency, (number,)):
            vi = f"Cơ quan “{unit.part.agency}” không phụ trách {number}."
            yield _at(unit, "service", vi, f"The agency “{unit.part.agency}” does not serve {number}.")


def _dispatch(draft: Draft) -> Iterator[Mistake]:
    if UnitProfile not in draft.rows:
        return
    served = {row.part.service for row in draft.of(UnitProfile)}
    for number, mode in draft.dispatch.items():
        if mode != "mirror" and number not in served:
            vi, en = f"Chưa có đơn vị nào của {number} để {mode}.", f"There is no unit of {number} to {mode}."
            yield Mistake("dispatch.toml", f"dispatch.{number}", Text(vi, en))


def _points(draft: Draft) -> Iterator[Mistake]:
    kinds: tuple[type[UnitProfile | Asset | Detector | Camera], ...] = (UnitProfile, Asset, Detector, Camera)
    for kind in kinds:
        for row in draft.of(kind):
            if draft.head and (wrong := _outside(draft.head, row.part.lon, row.part.lat)):
                yield Mistake(row.file, f"{row.label}.lon/lat", wrong)


def _outside(head: CityHead, lon: float, lat: float) -> Text | None:
    west, south, east, north = head.bbox
    if west <= lon <= east and south <= lat <= north:
        return None
    if west <= lat <= east and south <= lon <= north:
        return Text("Đảo kinh độ và vĩ độ: kinh độ (lon) viết trước.", "Longitude and latitude are swapped: lon first.")
    return Text(f"Điểm ({lon}, {lat}) nằm ngoài thành phố.", f"The point ({lon}, {lat}) lies outside the city.")


def _roads(draft: Draft) -> Iterator[Mistake]:
    rows: list[Row[Detector] | Row[Camera]] = [*draft.of(Detector), *draft.of(Camera)]
    for row in rows:
        name = row.part.segment
        if name is not None and not draft.knows(Segment, name):
            yield _at(row, "segment", f"Không có đoạn đường “{name}” trong roads.toml.", f"No road segment “{name}”.")
    for segment in draft.of(Segment):
        if len(segment.part.line) < 2:
            yield _at(segment, "line", "Đoạn đường cần ít nhất hai điểm.", "A segment has at least two points.")
        for point in segment.part.line:
            if draft.head and (wrong := _outside(draft.head, *point)):
                yield Mistake(segment.file, f"{segment.label}.line", wrong)


_POSITIVE: dict[type[Part], tuple[str, ...]] = {
    Asset: ("accuracy_m",),
    Segment: ("free_flow_kmh", "speed_limit_kmh", "lanes", "capacity_pcu_h"),
    Detector: ("period_s",),
}


def _numbers(draft: Draft) -> Iterator[Mistake]:
    for kind, fields in _POSITIVE.items():
        for row in draft.of(kind):
            for field in fields:
                if not 0 < getattr(row.part, field) < float("inf"):
                    yield _at(row, field, "Phải lớn hơn 0.", "Must be above 0.")
    for camera in draft.of(Camera):
        if not 0 <= camera.part.heading_deg < 360:
            yield _at(camera, "heading_deg", "Hướng từ 0 đến dưới 360 độ.", "A heading is 0 to under 360 degrees.")


def _addresses(draft: Draft) -> Iterator[Mistake]:
    for camera in draft.of(Camera):
        if _PASSWORD.search(camera.part.source):
            vi = "Không để tên đăng nhập, mật khẩu trong hồ sơ; đặt trong cấu hình bí mật."
            yield _at(camera, "source", vi, "No user name or password in the profile; keep it among the secrets.")
    for feed in draft.of(MediaFeed):
        if not feed.part.url.startswith(("http://", "https://")):
            yield _at(feed, "url", "Địa chỉ phải bắt đầu bằng https://.", "The address must begin with https://.")


def _holidays(draft: Draft) -> Iterator[Mistake]:
    yield from _repeated(draft.of(Holiday))
    yield from _repeated(draft.of(MakeUpDay))


def _repeated(rows: list[Row[Holiday]] | list[Row[MakeUpDay]]) -> Iterator[Mistake]:
    times = Counter(row.part.day for row in rows)
    for row in rows:
        if (count := times[row.part.day]) > 1:
            vi, en = f"Ngày này được ghi {count} lần.", f"This day is listed {count} times."
            yield _at(row, "day", vi, en)


def _make_up_days(draft: Draft) -> Iterator[Mistake]:
    off = {row.part.day for row in draft.of(Holiday)}
    for row in draft.of(MakeUpDay):
        if row.part.day in off:
            yield _at(row, "day", "Ngày này vừa nghỉ lễ vừa làm bù.", "This day is both a holiday and a make-up day.")
        if row.part.day.weekday() < _SATURDAY:
            yield _at(row, "day", "Làm bù phải vào thứ Bảy hoặc Chủ nhật.", "A make-up day is a Saturday or Sunday.")
        if row.part.instead_of not in off:
            vi = f"Ngày {row.part.instead_of} không có trong danh sách nghỉ."
            yield _at(row, "instead_of", vi, f"{row.part.instead_of} is not listed as a day off.")


def _deadlines(draft: Draft) -> Iterator[Mistake]:
    if Threshold not in draft.rows:
        return
    known = {row.part.name for row in draft.of(Threshold)}
    for row in draft.of(ReportService):
        name = DEADLINE_THRESHOLD[row.part.deadline]
        if name not in known:
            vi = f"Hạn “{row.part.deadline}” chưa có ngưỡng {name} trong thresholds.toml."
            yield _at(row, "deadline", vi, f"The deadline “{row.part.deadline}” has no threshold {name}.")


def _thresholds(draft: Draft) -> Iterator[Mistake]:
    by_name: dict[str, list[Row[Threshold]]] = {}
    for row in draft.of(Threshold):
        by_name.setdefault(row.part.name, []).append(row)
        if not _ID.fullmatch(row.part.name):
            yield Mistake(row.file, f"{row.label}.name", _BAD_ID)
        if row.part.valid_to and row.part.valid_to < row.part.valid_from:
            yield _at(row, "valid_to", "Ngày hết hiệu lực trước ngày bắt đầu.", "It ends before it begins.")
        if not abs(row.part.value) < float("inf"):
            yield _at(row, "value", "Phải là một số hữu hạn.", "Must be a finite number.")
    for rows in by_name.values():
        yield from _one_at_a_time(sorted(rows, key=lambda row: row.part.valid_from))


def _one_at_a_time(rows: Iterable[Row[Threshold]]) -> Iterator[Mistake]:
    for earlier, later in pairwise(rows):
        day = later.part.valid_from
        if earlier.part.valid_to is None or earlier.part.valid_to >= day:
            vi = f"Hai dòng cùng tên đều có hiệu lực từ {day}; kết thúc dòng trước bằng valid_to."
            yield _at(later, "valid_from", vi, f"Two rows of this name are in force from {day}; end the earlier one.")
        if earlier.part.quantity != later.part.quantity:
            vi = f"Cùng tên nhưng khác đơn vị ({earlier.part.quantity} và {later.part.quantity})."
            yield _at(later, "quantity", vi, f"Same name, other unit ({earlier.part.quantity}, {later.part.quantity}).")
