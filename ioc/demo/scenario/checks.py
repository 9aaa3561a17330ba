"""Checks of a scenario's rows against each other and against the city they are told of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from ioc.city.mistakes import Mistake
from ioc.city.profile import City
from ioc.core.text import Text
from ioc.demo.scenario.model import (
    AnalyticsStep,
    BlockStep,
    CameraFaultStep,
    Expect,
    GatheringStep,
    IntruderStep,
    Lasting,
    PlaceRow,
    PostsStep,
    PressStep,
    ReportStep,
    SilenceStep,
    Step,
    StuckStep,
)

if TYPE_CHECKING:
    from ioc.demo.scenario.reading import Labelled, Rows

WORDS = ("road", "ward", "place", "camera")  # what texts may leave open
MOST_POSTS = 500
LONGEST_S = 3_600.0
ANCHORS = ("lonlat", "segment", "detector", "camera", "asset", "ward")

_OPEN = re.compile(r"\{(\w*)\}")
_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,2}")
_Found = Iterator[tuple[str, Text]]
Places = dict[str, list["Labelled"]]


class Known(msgspec.Struct, frozen=True):
    """What a scenario may speak of beside the profile; an empty set is not looked at."""

    events: frozenset[str] = frozenset()
    wards: frozenset[str] = frozenset()


def check_rows(rows: Rows, file: str, city: City, known: Known) -> list[Mistake]:
    """Every mistake that shows only when the rows are held against each other, the city, and what is known."""
    places: Places = {}
    for row in rows.place:
        places.setdefault(str(row.row.id), []).append(row)
    checks: list[tuple[list[Labelled], Callable[[Labelled], _Found]]] = [
        ([rows.head] if rows.head else [], lambda row: _head(row, city)),
        (rows.place, lambda row: _place(row, city, known.wards)),
        (rows.step, lambda row: _step(row, city, places)),
        (rows.expect, lambda row: _expect(row, places, known.events)),
        (rows.may, lambda row: _event(row, known.events)),
    ]
    found = [
        Mistake(file, f"{row.label}.{field}".strip("."), text)
        for group, check in checks
        for row in group
        for field, text in check(row)
    ]
    if not rows.step:
        found.append(Mistake(file, "step", Text("Kịch bản chưa có việc nào ([[step]]).", "There is no [[step]].")))
    return found


def _head(row: Labelled, city: City) -> _Found:
    if "city" not in row.wrong and row.row.city != city.id:
        said = f"Kịch bản của “{row.row.city}”, hồ sơ đang dùng là “{city.id}”."
        yield "city", Text(said, f"This is a story of “{row.row.city}”, the profile in use is “{city.id}”.")


def _place(row: Labelled, city: City, wards: frozenset[str]) -> _Found:
    place: PlaceRow = row.row
    given = [name for name in ANCHORS if name in row.wrong or getattr(place, name) is not None]
    if len(given) != 1:
        words = ", ".join(ANCHORS)
        yield "", Text(f"Cần đúng một trong: {words}.", f"Exactly one of these is needed: {words}.")
        return
    yield from _unknown(given[0], row, city, wards)
    if "share" not in row.wrong and not 0 <= place.share <= 1:
        yield "share", Text("Phải từ 0 đến 1.", "Must be 0 to 1.")
    if given == ["lonlat"] and "lonlat" not in row.wrong and place.lonlat:
        west, south, east, north = city.bbox
        lon, lat = place.lonlat
        if not (west <= lon <= east and south <= lat <= north):
            said = "Điểm nằm ngoài thành phố; kinh độ viết trước."
            yield "lonlat", Text(said, "The point lies outside the city; longitude comes first.")


def _unknown(anchor: str, row: Labelled, city: City, wards: frozenset[str]) -> _Found:
    ids = {
        "segment": [one.id for one in city.segments],
        "detector": [one.id for one in city.detectors],
        "camera": [one.id for one in city.cameras],
        "asset": [one.id for one in city.assets],
        "ward": list(wards) or [row.row.ward],
    }.get(anchor)
    if ids is not None and anchor not in row.wrong and getattr(row.row, anchor) not in ids:
        said = getattr(row.row, anchor)
        yield anchor, Text(f"Thành phố không có “{said}”.", f"The city has no “{said}”.")


def _step(row: Labelled, city: City, places: Places) -> _Found:
    step: Step = row.row
    if "at_s" not in row.wrong and not 0 <= step.at_s <= LONGEST_S:
        yield "at_s", _seconds(0)
    if isinstance(step, Lasting) and "for_s" not in row.wrong and not 0 < step.for_s <= LONGEST_S:
        yield "for_s", _seconds(1)
    if "place" not in row.wrong:
        yield from _step_place(step, places)
    yield from _step_words(row, city)
    yield from _texts(row)


def _step_place(step: Step, places: Places) -> _Found:
    if step.place not in places:
        yield "place", _no_place(step.place)
    needed = next((names for kinds, names in _NEEDED if isinstance(step, kinds)), ANCHORS)
    for place in places.get(step.place, ()):
        if not any(name in place.wrong or getattr(place.row, name) is not None for name in needed):
            words = ", ".join(needed)
            yield "place", Text(f"Việc này cần nơi ghi bằng: {words}.", f"This needs a place given by: {words}.")


_NEEDED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (SilenceStep | StuckStep, ("detector",)),
    (GatheringStep | IntruderStep | CameraFaultStep | AnalyticsStep, ("camera",)),
    (BlockStep, ("segment", "detector")),
)


def _step_words(row: Labelled, city: City) -> _Found:
    step = row.row
    if isinstance(step, BlockStep) and "share_left" not in row.wrong and not 0 <= step.share_left < 1:
        yield "share_left", Text("Phải từ 0 đến dưới 1.", "Must be 0 to under 1.")
    if isinstance(step, ReportStep) and "service" not in row.wrong:
        codes = [service.code for service in city.services]
        if step.service not in codes:
            words = ", ".join(codes)
            yield "service", Text(f"Không có loại phản ánh này; chọn: {words}.", f"No such service; one of: {words}.")
    feeds = [None, *(feed.id for feed in city.media_feeds)]
    if isinstance(step, PressStep) and "feed" not in row.wrong and step.feed not in feeds:
        yield "feed", Text("Thành phố không có nguồn tin này.", "The city has no such feed.")
    if isinstance(step, PostsStep):
        yield from _posts(row)


def _posts(row: Labelled) -> _Found:
    step: PostsStep = row.row
    if "texts" not in row.wrong and not step.texts:
        yield "texts", Text("Cần ít nhất một câu.", "At least one text is needed.")
    if "count" not in row.wrong and not 1 <= step.count <= MOST_POSTS:
        yield "count", Text(f"Phải từ 1 đến {MOST_POSTS}.", f"Must be 1 to {MOST_POSTS}.")
    if "over_s" not in row.wrong and not 0 <= step.over_s <= LONGEST_S:
        yield "over_s", _seconds(0)


def _texts(row: Labelled) -> _Found:
    for field in ("text", "title", "texts"):
        if field in row.wrong:
            continue
        for text in _as_list(getattr(row.row, field, ())):
            for word in _OPEN.findall(text):
                if word not in WORDS:
                    words = ", ".join(f"{{{one}}}" for one in WORDS)
                    yield field, Text(f"Chỗ trống lạ {{{word}}}; chọn: {words}.", f"Unknown {{{word}}}; use: {words}.")


def _expect(row: Labelled, places: Places, events: frozenset[str]) -> _Found:
    expect: Expect = row.row
    yield from _event(row, events)
    if "within_s" not in row.wrong and not 0 < expect.within_s <= LONGEST_S:
        yield "within_s", _seconds(1)
    if "after_s" not in row.wrong and not 0 <= expect.after_s <= LONGEST_S:
        yield "after_s", _seconds(0)
    if "within_m" not in row.wrong and not expect.within_m > 0:
        yield "within_m", Text("Phải lớn hơn 0.", "Must be above 0.")
    if "place" not in row.wrong and expect.place is not None and expect.place not in places:
        yield "place", _no_place(expect.place)


def _event(row: Labelled, events: frozenset[str]) -> _Found:
    if "event" in row.wrong:
        return
    said = row.row.event
    if not _EVENT.fullmatch(said) or (events and said not in events):
        yield "event", Text(f"Không có loại sự kiện “{said}”.", f"There is no type of event “{said}”.")


def _seconds(least: float) -> Text:
    return Text(
        f"Số giây phải từ {least:g} đến {LONGEST_S:g}.", f"A number of seconds from {least:g} to {LONGEST_S:g}."
    )


def _no_place(id: str) -> Text:
    return Text(f"Không có nơi nào tên “{id}” ([[place]]).", f"There is no [[place]] named “{id}”.")


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
