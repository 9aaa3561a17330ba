"""Bad input at every door of a city at work: refused in both languages within two seconds, nothing else disturbed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from ioc.core.ids import new_id
from tests.production.bad_bodies import BODIES, BODIES_OF, IMAGES, MIB, REPORTS, good_call, good_report
from tests.production.canary import photo
from tests.production.doors import Callers, Door, doors, faults
from tests.production.installation import PARTS, Installation
from tests.production.people import Desk, Visitor
from tests.production.seeding import act
from tests.servers import wait_until

pytestmark = pytest.mark.timeout(240)

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
GROWTH_MIB = 64


@pytest.fixture(scope="module")
def callers(city: Installation, desk: Desk, admin: Visitor) -> Callers:
    return Callers(city, desk, admin)


@pytest.fixture(scope="module")
def ids(callers: Callers) -> dict[str, str]:
    """One real thing for each kind of id."""
    taken = callers.desk.operator.post("/api/v1/calls", json=good_call()).json()
    sent = Visitor(callers.city).post("/open311/v2/requests.json", data=good_report())
    body = {"username": "nguoi.thu", "password": "một mật khẩu để thử 1", "name": "Người thử", "role": "operator"}
    person = callers.admin.post("/api/v1/people", json=body).json()
    wait_until(lambda: on_the_desk(callers, taken["id"]) is not None, "the call is on the desk", 10)
    incident = on_the_desk(callers, taken["id"])
    assert incident is not None
    held = {"scope": "incident", "object": incident["id"], "reason": "Giữ để thử"}
    hold = callers.admin.post("/api/v1/holds", json=held).json()
    return {
        "id": taken["id"],
        "report_id": sent.json()[0]["service_request_id"],
        "code": sent.headers["link"].partition(">")[0].rpartition("/")[2],
        "incident_id": incident["id"],
        "unit_id": "ca-01",
        "person_id": person["id"],
        "hold_id": hold["id"],
        "source_id": "traffic:d-tran-phu",
        "what": "snapshot",
        "format": "json",
    }


def on_the_desk(callers: Callers, correlation: str) -> dict[str, Any] | None:
    found = callers.desk.operator.get("/api/v1/incidents?status=all&limit=500").json()["incidents"]
    return next((one for one in found if one["correlation"] == correlation), None)


@pytest.fixture(scope="module")
def all_doors(callers: Callers, ids: dict[str, str]) -> list[Door]:
    found = list(doors(callers.city, ids))
    assert len(found) >= 18
    return found


@pytest.fixture(scope="module", autouse=True)
def undisturbed(city: Installation, callers: Callers) -> Iterator[None]:
    """What holds before and after everything this file does."""
    before = {part: family(city, part) for part in PARTS}
    held = sum(resident_mib(pid) for pid in before["api"])
    yield
    assert {part: family(city, part) for part in PARTS} == before, "a process had to be started again"
    assert sum(resident_mib(pid) for pid in before["api"]) - held < GROWTH_MIB * len(before["api"])
    for part in PARTS:
        said = [json.loads(line) for line in city.log_of(part).splitlines()]
        assert not [one for one in said if one["event"] in {"unexpected", "child failed", "process failed"}]
        assert not [one for one in said if one.get("status", 0) >= 500 and one["route"] != "/readyz"]


def family(city: Installation, part: str) -> list[int]:
    return sorted(child.pid for child in psutil.Process(city.processes[part].pid).children(recursive=True))


def resident_mib(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / MIB


@pytest.mark.parametrize("name", BODIES)
def test_no_door_takes_it(callers: Callers, all_doors: list[Door], name: str):
    body, headers = BODIES[name]
    wrong = []
    for door in all_doors:
        answer = callers.knock(door, content=body, headers={"Content-Type": JSON} | headers)
        wrong += [f"{door}: {fault}" for fault in faults(answer)]
    assert not wrong


@pytest.mark.parametrize("name", ["malformed", "NaN", "deep lists", "unknown fields", "10 MiB and a byte", "a word"])
def test_no_door_takes_it_as_a_form_either(callers: Callers, all_doors: list[Door], name: str):
    body, _ = BODIES[name]
    wrong = []
    for door in all_doors:
        wrong += [
            f"{door}: {fault}" for fault in faults(callers.knock(door, content=body, headers={"Content-Type": FORM}))
        ]
    assert not wrong


@pytest.mark.parametrize("name", BODIES_OF)
def test_a_mistake_is_named_by_its_field(callers: Callers, ids: dict[str, str], name: str):
    path, who, body, field = BODIES_OF[name]
    answer = callers.knock(Door("POST", path.format_map(ids), who), json=body)
    assert not list(faults(answer))
    named = [one["field"] for one in answer.json().get("errors", [])]
    assert not field or any(field in one for one in named), answer.text


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("form", ["requests.json", "requests.xml"])
def test_a_bad_report_is_refused_as_open311_says(callers: Callers, name: str, form: str):
    answer = callers.knock(Door("POST", f"/open311/v2/{form}", "anyone"), data=good_report() | REPORTS[name])
    assert not list(faults(answer))


@pytest.mark.parametrize("name", ["exchanged", "NaN", "unknown kind", "too long", "a phone that is none"])
def test_a_bad_report_of_the_page_comes_back_with_what_was_typed(callers: Callers, name: str):
    typed = {"description": "vỉa hè hỏng", "accept": "yes", "notice_version": "2026-11-01"}
    fields = good_report() | typed | {"token": "t" * 24} | REPORTS[name]
    answer = callers.knock(Door("POST", "/report", "anyone"), data=fields)
    assert not list(faults(answer))
    assert "vỉa hè hỏng" in answer.text or name == "too long"


def test_one_id_stands_for_one_report(callers: Callers):
    door = Door("POST", "/open311/v2/requests.json", "anyone")
    mine = good_report() | {"service_request_id": new_id()}
    first, again = (callers.knock(door, data=mine) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()[0]["service_request_id"] == again.json()[0]["service_request_id"]
    other = callers.knock(door, data=mine | {"description": "chuyện khác"})
    assert other.status_code == 409
    assert not list(faults(other))


def test_one_key_stands_for_one_call(callers: Callers):
    key = {"Idempotency-Key": new_id()}
    door = Door("POST", "/api/v1/calls", "operator")
    first, again = (callers.knock(door, json=good_call(), headers=key) for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)
    other = callers.knock(door, json=dict(good_call(), narrative="việc khác"), headers=key)
    assert other.status_code == 409
    assert not list(faults(other))


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize(("path", "part"), [("/open311/v2/requests.json", "media"), ("/report", "photo")])
def test_a_picture_that_lies_is_refused(callers: Callers, name: str, path: str, part: str):
    page = {"accept": "yes", "notice_version": "2026-11-01", "token": new_id()} if path == "/report" else {}
    picture = {part: ("anh.jpg", IMAGES[name](), "image/jpeg")}
    answer = callers.knock(Door("POST", path, "anyone"), data=good_report() | page, files=picture)
    assert not list(faults(answer))
    assert answer.status_code in {400, 413, 415, 422}


def test_what_stays_hidden_in_a_good_picture_is_gone(callers: Callers):
    """A file glued behind a picture is no reason to refuse it; it is only not kept."""
    glued = photo() + b"PK\x03\x04 <script>alert('ma doc')</script>"
    files = {"media": ("anh.jpg.php", glued, "application/x-php")}
    answer = callers.knock(Door("POST", "/open311/v2/requests.json", "anyone"), data=good_report(), files=files)
    assert answer.status_code == 201, answer.text
    report = callers.desk.operator.get(f"/api/v1/reports/{answer.json()[0]['service_request_id']}").json()
    kept = callers.desk.operator.get(report["media_url"])
    assert kept.headers["content-type"] == "image/jpeg"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert b"script" not in kept.content


def test_a_foreign_name_and_a_long_address_are_refused(callers: Callers):
    for answer in (
        Visitor(callers.city).get("/api/v1/me", headers={"Host": "evil.example"}),
        Visitor(callers.city).get("/open311/v2/requests.json?x=" + "a" * 9000),
        Visitor(callers.city).get("/api/v1/events?since=2026-01-01T00:00:00"),
        Visitor(callers.city).get("/api/v1/events?bbox=NaN,1,2,3"),
        Visitor(callers.city).get("/ogc/collections/events/items?datetime=hom-qua"),
        Visitor(callers.city).get("/api/v1/events/%00"),
    ):
        assert not list(faults(answer))


def test_afterwards_a_report_and_a_call_still_work(callers: Callers):
    """Runs last in this file: pytest keeps the order."""
    sent = Visitor(callers.city).post("/open311/v2/requests.json", data=good_report())
    taken = callers.desk.operator.post("/api/v1/calls", json=good_call())
    assert (sent.status_code, taken.status_code) == (201, 201)
    for correlation in (sent.json()[0]["service_request_id"], taken.json()["id"]):
        wait_until(lambda: on_the_desk(callers, correlation) is not None, "it is on the desk", 5)  # noqa: B023
    incident = on_the_desk(callers, taken.json()["id"])
    assert incident is not None
    act(callers.desk, incident, "take")
    ready = httpx.get(f"{callers.city.url}/readyz", trust_env=False)
    assert ready.status_code == 200
