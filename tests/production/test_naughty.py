"""Naughty texts, times, numbers, file names and pictures at the doors of a city at work: taken or refused, no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import psutil
import pytest

from ioc.core.ids import new_id
from tests.production.bad_bodies import MIB, good_call, good_report
from tests.production.canary import photo
from tests.production.doors import Callers, Door, faults
from tests.production.installation import PARTS, Installation
from tests.production.naughty import FILE_NAMES, NUMBERS, PICTURES, TEXTS, TIMES
from tests.production.people import Desk, Visitor

pytestmark = pytest.mark.timeout(600)

GROWTH_MIB = 64
LONGEST_LINE = 2048
REPORTS, CALLS = "/open311/v2/requests", "/api/v1/calls"
RECORDS, POSTS, READINGS = "/api/v1/security/records", "/api/v1/media/posts", "/api/v1/observations"


@pytest.fixture(scope="module")
def callers(city: Installation, desk: Desk, admin: Visitor) -> Callers:
    return Callers(city, desk, admin)


def now() -> str:
    return datetime.now(UTC).isoformat()


def a_record(**more: Any) -> dict[str, Any]:
    where = {"lat": 19.807, "lon": 105.776}
    return {"type": "snatch", "t_from": now(), "location": where} | more


def a_post(**more: Any) -> dict[str, Any]:
    return {"id": new_id(), "author": "ai", "text": "ngập", "published": now()} | more


def a_reading(**more: Any) -> dict[str, Any]:
    good = {"id": new_id(), "kind": "traffic.speed", "key": "tram", "value": 1.0, "unit": "km/h", "at": now()}
    return good | more


def page(text: str) -> dict[str, str]:
    sent = good_report() | {"accept": "yes", "notice_version": "2026-11-01", "token": new_id()}
    return sent | {"description": text}


# Each takes one text and says who sends what.
TEXT_DOORS: dict[str, Callable[[str], tuple[Door, dict[str, Any]]]] = {
    "report, JSON": lambda text: (
        Door("POST", f"{REPORTS}.json", "anyone"),
        {"data": good_report() | {"description": text, "first_name": text}},
    ),
    "report, XML": lambda text: (
        Door("POST", f"{REPORTS}.xml", "anyone"),
        {"data": good_report() | {"description": text, "address_string": text}},
    ),
    "report, page": lambda text: (Door("POST", "/report", "anyone"), {"data": page(text)}),
    "call": lambda text: (
        Door("POST", CALLS, "operator"),
        {"json": good_call() | {"narrative": text, "caller": {"name": text[:100], "phone": text[:30]}}},
    ),
    "record": lambda text: (
        Door("POST", RECORDS, "operator"),
        {"json": a_record(narrative=text, persons=[{"name": text[:200]}], plates=[text[:20]])},
    ),
    "post": lambda text: (Door("POST", POSTS, "device"), {"json": a_post(text=text, author=text[:200] or "a")}),
    "reading": lambda text: (Door("POST", READINGS, "device"), {"json": a_reading(key=text[:120], unit=text[:10])}),
    "search": lambda text: (Door("GET", "/api/v1/places", "operator"), {"params": {"q": text[:200]}}),
    "filter": lambda text: (
        Door("GET", "/api/v1/events", "operator"),
        {"params": {"type": text[:200], "correlation": text[:200]}},
    ),
}


@pytest.fixture(scope="module", autouse=True)
def undisturbed(city: Installation, callers: Callers) -> Iterator[None]:
    """No process ended, none grew beyond reason, and the log can be read by machines."""
    before = {part: family(city, part) for part in PARTS}
    held = sum(psutil.Process(pid).memory_info().rss for pid in before["api"]) / MIB
    yield
    assert {part: family(city, part) for part in PARTS} == before, "a process had to be started again"
    grown = sum(psutil.Process(pid).memory_info().rss for pid in before["api"]) / MIB - held
    assert grown < GROWTH_MIB * len(before["api"])
    for part in PARTS:
        for line in city.log_of(part).split("\n"):
            assert len(line.encode()) <= LONGEST_LINE, line[:200]
            assert not [one for one in line if ord(one) < 32 or 127 <= ord(one) < 160], line[:200]
            assert not line or json.loads(line)["event"] not in {"unexpected", "child failed", "process failed"}


def family(city: Installation, part: str) -> list[int]:
    return sorted(child.pid for child in psutil.Process(city.processes[part].pid).children(recursive=True))


def wrong(answer: httpx.Response) -> list[str]:
    """What is wrong with an answer: neither taken (the page leads on with 303) nor a refusal as promised."""
    if answer.status_code == 429:
        return ["too many: this says nothing of the door"]
    return [] if was_taken(answer) else list(faults(answer))


def was_taken(answer: httpx.Response) -> bool:
    return answer.status_code < 400


@pytest.mark.parametrize("name", TEXT_DOORS)
def test_any_text_is_taken_or_refused(callers: Callers, name: str) -> None:
    found, taken = [], 0
    for title, text in TEXTS.items():
        door, options = TEXT_DOORS[name](text)
        answer = callers.knock(door, **options)
        taken += was_taken(answer)
        found += [f"{title}: {fault}" for fault in wrong(answer)]
    assert not found
    assert taken, "a door that refuses everything proves nothing"


@pytest.mark.parametrize("time", TIMES)
def test_any_time_is_taken_or_refused(callers: Callers, time: str) -> None:
    for door, body in (
        (Door("POST", CALLS, "operator"), good_call() | {"received_at": time}),
        (Door("POST", RECORDS, "operator"), a_record(t_from=time)),
        (Door("POST", POSTS, "device"), a_post(published=time)),
        (Door("POST", READINGS, "device"), a_reading(at=time)),
    ):
        assert not wrong(callers.knock(door, json=body)), door
    for path, name in (("/api/v1/events", "since"), ("/ogc/collections/events/items", "datetime")):
        assert not wrong(callers.knock(Door("GET", path, "operator"), params={name: time})), path
    assert not wrong(callers.knock(Door("GET", f"{REPORTS}.json", "anyone"), params={"start_date": time}))


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_any_number_is_taken_or_refused(callers: Callers, number: float) -> None:
    for door, body in (
        (Door("POST", CALLS, "operator"), good_call() | {"location": {"lat": number, "lon": number}}),
        (Door("POST", RECORDS, "operator"), a_record(location={"lat": 19.8, "lon": 105.7, "uncertainty_m": number})),
        (Door("POST", POSTS, "device"), a_post(shares=number, lat=number, lon=number)),
        (Door("POST", READINGS, "device"), a_reading(value=number)),
    ):
        assert not wrong(callers.knock(door, json=body)), door


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_good_picture_is_taken_whatever_it_is_called(callers: Callers, name: str) -> None:
    files = {"media": (FILE_NAMES[name], photo(), "image/jpeg")}
    answer = callers.knock(Door("POST", f"{REPORTS}.json", "anyone"), data=good_report(), files=files)
    assert not wrong(answer)
    report = answer.json()[0].get("service_request_id") if answer.is_success else None
    if report:
        kept = callers.desk.operator.get(f"/api/v1/reports/{report}").text
        assert FILE_NAMES[name].strip(".") not in kept or not FILE_NAMES[name].strip("."), "a name is never kept"


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(("path", "part"), [(f"{REPORTS}.json", "media"), ("/report", "photo")])
def test_a_hostile_picture_is_refused(callers: Callers, name: str, path: str, part: str) -> None:
    fields = page("đèn tắt") if path == "/report" else good_report()
    files = {part: ("anh.jpg", PICTURES[name](), "image/jpeg")}
    answer = callers.knock(Door("POST", path, "anyone"), data=fields, files=files)
    assert not wrong(answer)
    assert answer.status_code in {400, 413, 415, 422} or name == "nothing"


def test_what_was_taken_can_be_read_by_everyone(callers: Callers) -> None:
    """Runs last: lists, features and pages still answer with all of it in them."""
    for path in (
        "/api/v1/incidents?limit=500",
        "/api/v1/events?limit=500",
        "/api/v1/reports",
        "/api/v1/security/records",
        "/ogc/collections/events/items?limit=500",
        "/ogc/collections/incidents/items?limit=500",
    ):
        answer = callers.desk.operator.get(path)
        assert answer.status_code == 200, path
        json.loads(answer.content.decode())
    assert Visitor(callers.city).get(f"{REPORTS}.xml").status_code == 200
