"""What the system made of a story beside what really happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc.core.clock import iso
from ioc.demo.scenario.judging import deadline, judge

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
PLACE = (105.7975, 19.8345)


def at(seconds: float) -> str:
    return iso(BEGIN + timedelta(seconds=seconds))


def story(*expects: dict[str, Any], may: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"run": "r", "at": at(0), "place": "cầu", "expects": list(expects), "may": list(may)}


def expects(event: str, after: float = 0, within: float = 60, place: Any = PLACE) -> dict[str, Any]:
    ward = "15925" if place else None
    return {"event": event, "from": at(after), "within_s": within, "within_m": 500, "lonlat": place, "ward": ward}


def event(
    type: str, seconds: float, place: Any = PLACE, severity: int = 3, ward: str | None = "15925"
) -> dict[str, Any]:
    data: dict[str, Any] = {"title": {"vi": "x", "en": "x"}}
    if place:
        data["geometry"] = {"type": "Point", "coordinates": list(place)}
    if ward:
        data["ward"] = {"code": ward}
    module = type.partition(".")[0]
    return {
        "id": f"{type}@{seconds}",
        "type": type,
        "time": at(seconds),
        "module": module,
        "severity": severity,
        "data": data,
    }


CRASH = "traffic.incident.suspected"


def test_found_with_its_delay_and_distance():
    verdict = judge(story(expects(CRASH)), [event(CRASH, 31, (105.7985, 19.8345))])
    row = verdict.rows[0]
    assert verdict.found_all
    assert (row.delay_s, row.ward_right) == (31.0, True)
    assert row.apart_m == pytest.approx(105, abs=2)


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [event(CRASH, 10, (105.83, 19.83))],  # elsewhere
        [event("traffic.incident.cleared", 10)],  # something else
        [event(CRASH, -30)],  # before it happened
        [event(CRASH, 61)],  # too late
        [event(CRASH, 10, None, ward="14797")],  # without a point, in another ward
    ],
)
def test_missed(seen: list[dict[str, Any]]):
    verdict = judge(story(expects(CRASH)), seen)
    assert not verdict.found_all
    assert verdict.rows[0].late == (61.0 if seen == [event(CRASH, 61)] else None)


def test_without_a_point_the_ward_decides():
    verdict = judge(story(expects("media.story.published")), [event("media.story.published", 9, None)])
    assert verdict.found_all
    assert verdict.rows[0].apart_m is None


def test_one_event_fulfils_one_expectation_only():
    both = story(expects("emergency.call.received"), expects("emergency.call.received"))
    assert not judge(both, [event("emergency.call.received", 5)]).found_all
    assert judge(both, [event("emergency.call.received", 5), event("emergency.call.received", 9)]).found_all


def case(number: int, correlation: str, lead: str | None = None) -> dict[str, Any]:
    view = {"id": f"case-{number}", "correlation": correlation, "lead": lead}
    told = event("incident.opened", number, severity=1) | {"module": "desk", "position": number}
    return told | {"id": f"desk-{number}-{lead}", "data": {"incident": view}, "correlationid": correlation}


def test_what_tells_of_one_crash_is_one_picture():
    call = "emergency.call.received"
    told = story(
        *({**expects(kind), "together": True} for kind in (CRASH, call, call)), expects("media.story.published")
    )
    seen = [
        event(CRASH, 30) | {"correlationid": "spot"},
        event(call, 5) | {"correlationid": "k1"},
        event(call, 9) | {"correlationid": "k2"},
        event("media.story.published", 9) | {"correlationid": "m"},
        case(1, "k1"),
        case(2, "k2", "case-1"),
        case(3, "spot"),
    ]
    apart = judge(told, seen)
    assert [row.together for row in apart.rows] == [False, True, True, None]
    assert all(row.found for row in apart.rows)
    assert not apart.found_all
    later = judge(told, [*seen, case(3, "spot", "case-1") | {"position": 4}])
    assert [row.together for row in later.rows] == [True, True, True, None]
    assert later.found_all
    assert not judge(told, seen[:4]).found_all  # what no case tells of is no picture


def test_what_no_story_explains_is_false():
    told = story(expects(CRASH), may=("traffic.congestion.detected",))
    seen = [
        event(CRASH, 30),
        event("traffic.congestion.detected", 40, severity=2),
        event("media.burst.detected", 41, None, severity=2),
        event("public_security.crowd.detected", 42, severity=4),
        event("public_security.record.received", 43, severity=1),
        event("public_security.intrusion.detected", -50),
        event("citizen.report.received", 44, severity=4),
    ]
    assert [one["type"] for one in judge(told, seen).false] == [
        "media.burst.detected",
        "public_security.crowd.detected",
    ]
    other = story(expects("public_security.crowd.detected"), may=("media.burst.detected",))
    assert judge(told, seen, [other]).false == ()


def test_the_deadline_is_that_of_the_last_expectation():
    told = story(expects(CRASH, 10, 60), expects("source.silent", 100, 5))
    assert deadline(told) == BEGIN + timedelta(seconds=105)
    assert deadline(story()) == BEGIN
