"""What the end-to-end tests do to a city: report, call, act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.running import City
from tests.servers import wait_until

HAC_THANH = (105.7785, 19.8060)
SECRET_TEXT = "Bà Nguyễn Thị Lan nhà số 7 nói nắp cống vỡ"
PHONE = "0900000123"
HEARD_S = 60.0  # how long a busy machine may take until one process has heard of another's deed


def open_report(city: City, **fields: object) -> dict[str, object]:
    form = {
        "service_code": city.get("/open311/v2/services.json").json()[0]["service_code"],
        "lat": HAC_THANH[1],
        "long": HAC_THANH[0],
        "description": SECRET_TEXT,
        "phone": PHONE,
        **fields,
    }
    answer = city.post("/open311/v2/requests.json", data=form)
    assert answer.status_code == 201, answer.text
    report: dict[str, object] = answer.json()[0]
    return report


def incident_of(city: City, correlation: object) -> dict[str, object]:
    """The incident that belongs to a report or call; the desk opens it within a moment."""
    return _incident(city, lambda one: one["correlation"] == correlation, f"an incident for {correlation}")


def incident_of_report(city: City, number: str) -> dict[str, object]:
    """The incident of the report that its citizen knows by this number, such as PA-38."""
    return _incident(city, lambda one: one["facts"].get("report_number") == number, f"an incident for {number}")


def _incident(city: City, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, object]:
    found: list[dict[str, object]] = []

    def there() -> bool:
        everything = city.get("/api/v1/incidents?status=all").json()["incidents"]
        found[:] = [one for one in everything if holds(one)]
        return bool(found)

    wait_until(there, what, HEARD_S)
    return found[0]


def act(city: City, incident: dict[str, object], action: str, **more: object) -> dict[str, object]:
    body = {"action": action, "version": incident["version"], **more}
    answer = city.post(f"/api/v1/incidents/{incident['id']}/actions", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, object] = answer.json()
    return changed


def post_call(city: City) -> dict[str, object]:
    body = {
        "service": "114",
        "number_dialled": "112",
        "caller": {"name": "Trần Văn Bình", "phone": PHONE},
        "location": {"lat": HAC_THANH[1], "lon": HAC_THANH[0], "uncertainty_m": 30},
        "narrative": "Cháy nhà dân, có người mắc kẹt trên tầng hai",
        "answers": {"trapped": True},
    }
    answer = city.post("/api/v1/calls", json=body)
    assert answer.status_code == 201, answer.text
    call: dict[str, object] = answer.json()
    return call
