"""Puts thirty people's secrets through every door of a city, and does with them what a control room does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.production.canary import HOME_LAT, HOME_LON, PEOPLE, Person, photo
from tests.production.installation import Installation
from tests.production.people import Desk, Visitor
from tests.servers import wait_until

NOTICE = "2026-11-01"


@dataclass
class Seeded:
    """What the doors answered: ids of reports by person, ids of calls, the citizens' secret codes."""

    reports: dict[int, str] = field(default_factory=dict)
    calls: dict[int, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)

    def incident_of(self, number: int) -> dict[str, Any]:
        return self.incidents[self.reports.get(number) or self.calls[number]]


def seed(city: Installation, desk: Desk) -> Seeded:
    """Ten reports over Open311, five over the page, fifteen calls; notes, decisions, mistakes."""
    seeded = Seeded()
    for person in PEOPLE[:10]:
        _take_report(seeded, person, report(city, person))
    for person in PEOPLE[10:15]:
        seeded.codes.append(post_page(city, person))
    for person in PEOPLE[15:30]:
        by = desk.operator if person.number < 25 else desk.device
        seeded.calls[person.number] = call(by, person)
    wait_until(lambda: _all_on_the_desk(desk, seeded), "everything is on the desk", 30)
    for person in PEOPLE[:20]:
        if person.number in seeded.reports or person.number in seeded.calls:
            _handle(desk, seeded.incident_of(person.number), person)
    _moderate(desk, seeded)
    mistakes(city, desk)
    return seeded


def report(city: Installation, person: Person) -> httpx.Response:
    """One report, in one of the three ways clients send it."""
    fields = {
        "service_code": ("lighting", "waste", "traffic")[person.number % 3],
        "description": f"{person.secret}. Gọi {person.name}, số {person.phone}, xe {person.plate}",
        "address_string": person.address,
        "first_name": person.name.rpartition(" ")[2],
        "last_name": person.name,
        "phone": person.phone.strip("()").replace(")", ""),
        "email": person.email,
        "account_id": person.account,
        "device_id": person.account,
        "lat": str(HOME_LAT + person.number / 1000),
        "long": str(HOME_LON + person.number / 1000),
    }
    visitor, headers = Visitor(city), {"Idempotency-Key": f"{person.phone} {person.account}"}
    match person.number % 3:
        case 0:
            picture = {"media": (f"{person.account}.jpg", photo(), "image/jpeg")}
            return visitor.post("/open311/v2/requests.json", data=fields, files=picture, headers=headers)
        case 1:
            return visitor.post("/open311/v2/requests.xml", data=fields, headers=headers)
        case _:
            return visitor.post("/open311/v2/requests.json", json=fields, headers=headers)


def _take_report(seeded: Seeded, person: Person, answer: httpx.Response) -> None:
    assert answer.status_code == 201, answer.text
    seeded.reports[person.number] = answer.headers["location"].rpartition("/")[2].partition(".")[0]
    seeded.codes.append(answer.headers["link"].partition(">")[0].rpartition("/")[2])


def post_page(city: Installation, person: Person) -> str:
    """One report from the phone page, with a photo; returns the citizen's code."""
    fields = {
        "service_code": "unsure",
        "description": f"{person.secret}, nước đọng, {person.name} {person.phone}",
        "address_string": person.address,
        "last_name": person.name,
        "phone": person.phone.strip("()").replace(")", ""),
        "email": person.email,
        "accept": "yes",
        "notice_version": NOTICE,
        "token": f"token-{person.account}",
        "lat": str(HOME_LAT),
        "long": str(HOME_LON),
    }
    answer = Visitor(city).post("/report", data=fields, files={"photo": ("anh.jpg", photo(), "image/jpeg")})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2].partition("?")[0]


def call(by: Visitor, person: Person) -> str:
    """One call with everything a caller says."""
    body = {
        "number_dialled": ("113", "114", "115", "112")[person.number % 4],
        "caller": {"name": person.name, "phone": person.phone},
        "ani": person.phone,
        "address": person.address,
        "narrative": f"{person.secret}; xe {person.plate}; thư {person.email}; {person.account}",
        "answers": [{"question": "where", "answer": person.address}, {"question": "trapped", "answer": True}],
        "location": {"lat": 19.806, "lon": 105.7785, "uncertainty_m": 30},
    }
    answer = by.post("/api/v1/calls", json=body, headers={"Idempotency-Key": f"{person.digits}-{person.account}"})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def _all_on_the_desk(desk: Desk, seeded: Seeded) -> bool:
    found = desk.operator.get("/api/v1/incidents?status=all&limit=500").json()["incidents"]
    seeded.incidents = {one["correlation"]: one for one in found}
    pages = [one for one in found if one["kind"] == "report" and one["correlation"] not in seeded.reports.values()]
    ours = {*seeded.reports.values(), *seeded.calls.values()}
    return ours <= set(seeded.incidents) and len(pages) >= 5


def act(desk: Desk, incident: dict[str, Any], action: str, **more: Any) -> None:
    """One action at the incident's present version: modules may have added facts meanwhile."""
    path = f"/api/v1/incidents/{incident['id']}"
    for _ in range(5):
        version = desk.operator.get(path).json()["version"]
        answer = desk.operator.post(f"{path}/actions", json={"action": action, "version": version, **more})
        if answer.status_code != 409:
            break
    assert answer.status_code == 200, answer.text


def _handle(desk: Desk, incident: dict[str, Any], person: Person) -> None:
    act(desk, incident, "take")
    act(desk, incident, "note", text=f"Đã gọi lại {person.name} theo số {person.phone}: {person.secret}")
    if person.number % 2:
        act(desk, incident, "assign", unit="ca-01")
    if person.number % 4 == 0:
        act(desk, incident, "close", outcome="resolved")


def _moderate(desk: Desk, seeded: Seeded) -> None:
    """One report is made public with its photo and in other words, one is turned away."""
    path, blur = f"/api/v1/reports/{seeded.reports[3]}", {"whole": True}
    looked = desk.operator.post(f"{path}/photo/blurred", json=blur)
    seen = {**blur, "sha256": looked.headers["etag"].strip('"')}
    shown = desk.operator.post(f"{path}/publish", json={"text": "Đèn đường không sáng", "photo": True, "blur": seen})
    assert shown.status_code == 200, shown.text
    away = desk.operator.post(f"/api/v1/reports/{seeded.reports[1]}/reject", json={"reason": "không đủ thông tin"})
    assert away.status_code == 200, away.text


def mistakes(city: Installation, desk: Desk) -> None:
    """Secrets in requests that are refused, and in addresses."""
    person = PEOPLE[0]
    visitor = Visitor(city)
    for answer in (
        visitor.post("/open311/v2/requests.json", data={"service_code": "x", "phone": person.phone, "lat": "a"}),
        visitor.post("/open311/v2/requests.xml", data={"description": person.secret, "last_name": person.name}),
        desk.operator.post("/api/v1/calls", json={"number_dialled": "999", "narrative": person.secret}),
        desk.operator.post("/api/v1/calls", content=f'{{"narrative": "{person.secret}'.encode()),
        desk.device.post("/api/v1/observations", json={"id": person.phone, "kind": person.name}),
        visitor.post("/api/v1/session", json={"username": person.phone, "password": person.secret}),
        visitor.get(f"/open311/v2/requests/{person.account}.json"),
        visitor.get("/open311/v2/requests.json", params={"status": person.email}),
        visitor.get(f"/report/status/{person.account}"),
        visitor.get("/ogc/collections/incidents/items", params={"limit": person.account}),
        visitor.get(f"/{person.account}"),
        visitor.get("/api/v1/events", params={"correlation": person.account, "bbox": person.phone}),
    ):
        assert 400 <= answer.status_code < 500, f"{answer.request.url}: {answer.status_code}"
