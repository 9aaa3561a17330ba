"""What the system made of a story beside what really happened: found, missed, false. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.core.clock import parse_time
from ioc.demo.geometry import apart_m

CLOCKS = timedelta(seconds=1)
JUDGED = frozenset({"traffic", "public_security", "media"})  # whose events of severity 2 or more can be false alarms

Line = dict[str, Any]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One expectation: the event that fulfils it, after how many seconds and how many metres away. `late` is the delay
    of the first one that came, but too late. `ward_right` is None where no ward is to be compared, `together` where the
    event need not be in one picture with others."""

    event: str
    within_s: float
    place: str
    found: str | None = None
    delay_s: float | None = None
    apart_m: float | None = None
    ward_right: bool | None = None
    late: float | None = None
    together: bool | None = None


class Verdict(msgspec.Struct, frozen=True):
    """All expectations of one telling, and what was said besides that no story explains."""

    rows: tuple[Row, ...]
    false: tuple[Line, ...]

    @property
    def found_all(self) -> bool:
        """Whether nothing is missed, and what tells of one thing is one picture."""
        return all(row.found and row.together is not False for row in self.rows)


def judge(story: Line, events: Sequence[Line], others: Iterable[Line] = ()) -> Verdict:
    """Compares the `story` line of the truth with events as the API gives them. `others` are the story lines of other
    tellings at the same time: what they expect or allow is not called false."""
    rows: list[Row] = []
    used: set[str | None] = set()
    for expect in story["expects"]:
        row = _row(expect, [one for one in events if one["id"] not in used], story.get("place") or "")
        used.add(row.found)
        rows.append(row)
    return Verdict(_together(story["expects"], rows, events), tuple(_false(story, events, others, used)))


def deadline(story: Line) -> datetime:
    """When the last expectation is either found or missed."""
    times = [_begin(one) + timedelta(seconds=one["within_s"]) for one in story["expects"]]
    return max(times, default=parse_time(story["at"]))


def _row(expect: Line, events: Sequence[Line], place: str) -> Row:
    begin, row = _begin(expect), Row(event=expect["event"], within_s=expect["within_s"], place=place)
    for event in sorted(events, key=lambda one: str(one["time"])):
        delay = (parse_time(event["time"]) - begin).total_seconds()
        if event["type"] != expect["event"] or delay < -CLOCKS.total_seconds() or not _near(expect, event):
            continue
        if delay > expect["within_s"]:
            return msgspec.structs.replace(row, late=round(delay, 1))
        apart, right = _apart(expect, event), _ward_right(expect, event)
        return msgspec.structs.replace(row, found=event["id"], delay_s=round(delay, 1), apart_m=apart, ward_right=right)
    return row


def _together(expects: Sequence[Line], rows: Sequence[Row], events: Iterable[Line]) -> tuple[Row, ...]:
    """The rows, those to be one picture with whether they are in that of the most of them."""
    leads = leads_of(events)
    mine = [
        leads.get(row.found or "") if expect.get("together") else None
        for expect, row in zip(expects, rows, strict=True)
    ]
    ((shared, _),) = Counter(one for one in mine if one).most_common(1) or ((None, 0),)
    return tuple(
        msgspec.structs.replace(row, together=lead == shared and lead is not None) if expect.get("together") else row
        for expect, row, lead in zip(expects, rows, mine, strict=True)
    )


def leads_of(events: Iterable[Line]) -> dict[str, str]:
    """By the id of an event, the case its own case is shown beneath (or that case itself), after all that was said."""
    ordered = sorted(events, key=lambda one: int(one.get("position", 0)))
    cases = {
        one["data"]["incident"]["id"]: one["data"]["incident"] for one in ordered if one["type"].startswith("incident.")
    }
    lead = {case["correlation"]: str(case.get("lead") or id) for id, case in cases.items()}
    return {one["id"]: lead[one["correlationid"]] for one in ordered if one.get("correlationid") in lead}


def _begin(expect: Line) -> datetime:
    return parse_time(expect["from"])


def _near(expect: Line, event: Line) -> bool:
    """Whether the event is where it should be: near the point, or in the ward where it has no point of its own."""
    if expect["lonlat"] is None:
        return True
    apart = _apart(expect, event)
    return apart <= expect["within_m"] if apart is not None else bool(_ward_right(expect, event))


def _apart(expect: Line, event: Line) -> float | None:
    geometry = event.get("data", {}).get("geometry") or {}
    if expect["lonlat"] is None or geometry.get("type") != "Point":
        return None
    lon, lat = geometry["coordinates"][:2]
    return round(apart_m(tuple(expect["lonlat"]), (lon, lat)), 1)


def _ward_right(expect: Line, event: Line) -> bool | None:
    ward = event.get("data", {}).get("ward") or {}
    return None if expect["ward"] is None else ward.get("code") == expect["ward"]


def _false(story: Line, events: Sequence[Line], others: Iterable[Line], used: set[str | None]) -> Iterable[Line]:
    excused = {kind for one in (story, *others) for kind in (*one["may"], *(e["event"] for e in one["expects"]))}
    begin = parse_time(story["at"])
    for event in events:
        judged = event["module"] in JUDGED and event.get("severity", 1) > 1
        if judged and event["type"] not in excused and event["id"] not in used and parse_time(event["time"]) >= begin:
            yield {key: event[key] for key in ("id", "type", "time")} | {"title": event["data"].get("title")}
