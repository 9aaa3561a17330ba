"""The spine, end to end over real HTTP, feed and processes: report and call in, operator acts, everyone sees it."""

from __future__ import annotations

import json
import re
import time

import httpx
import pytest

from tests.e2e.spine import HAC_THANH, HEARD_S, PHONE, act, incident_of, open_report, post_call
from tests.running import City
from tests.servers import wait_until


def test_a_report_reaches_the_desk_in_its_ward_and_the_citizen_hears_of_the_end(city: City):
    report = open_report(city)
    incident = incident_of(city, report["service_request_id"])
    assert incident["kind"] == "report"
    assert incident["ward"]["code"] == "14797"  # type: ignore[index]
    taken = act(city, incident, "take")
    act(city, taken, "close", outcome="resolved")

    def closed() -> bool:
        one = city.get(f"/open311/v2/requests/{report['service_request_id']}.json").json()[0]
        return bool(one["status"] == "closed")

    wait_until(closed, "the citizen's answer says closed", HEARD_S)


def test_a_call_gets_a_priority_and_its_reason(city: City):
    call = post_call(city)
    incident = incident_of(city, call["id"])
    assert (incident["kind"], incident["priority"]) == ("call", 1)
    assert call["reason"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/events",
        "/api/v1/incidents",
        "/ogc/collections/events/items",
        "/ogc/collections/incidents/items",
        "/open311/v2/requests.json",
    ],
)
def test_no_list_holds_names_phones_or_raw_text(city: City, path: str):
    open_report(city)
    text = city.get(path).text
    assert PHONE not in text
    assert "Nguyễn Thị Lan" not in text


def test_a_report_without_a_place_is_kept_and_located_by_a_person(city: City):
    report = open_report(city, lat="", long="", address_string="gần chợ Vườn Hoa")
    incident = incident_of(city, report["service_request_id"])
    assert incident["lonlat"] is None
    located = act(city, incident, "locate", lonlat=list(HAC_THANH))
    assert located["ward"]["name"] == "Phường Hạc Thành"  # type: ignore[index]


def test_two_operators_cannot_both_take_the_same_step(city: City):
    incident = incident_of(city, open_report(city)["service_request_id"])
    act(city, incident, "take")
    body = {"action": "take", "version": incident["version"]}
    late = city.post(f"/api/v1/incidents/{incident['id']}/actions", json=body)
    assert late.status_code == 409
    assert "cập nhật" in late.json()["title"]


def test_the_same_report_sent_three_times_is_one_report(city: City):
    form = {"service_code": "pothole", "description": "gửi lại do mất mạng"}
    form["service_code"] = city.get("/open311/v2/services.json").json()[0]["service_code"]
    key = {"Idempotency-Key": f"phone-{time.monotonic_ns()}"}
    answers = [city.post("/open311/v2/requests.json", data=form, headers=key) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {201}


def test_the_demo_does_not_serve_other_hosts_or_pages(city: City):
    assert city.get("/api/v1/me", headers={"Host": "evil.example"}).status_code in (400, 403, 421)
    foreign = {"Origin": "https://evil.example"}
    assert city.post("/api/v1/calls", json={}, headers=foreign).status_code == 403


def test_every_page_says_that_the_data_are_simulated(city: City):
    me = city.get("/api/v1/me").json()
    assert me["demo"] is True
    page = city.get("/report").text
    assert re.search("DỮ LIỆU MÔ PHỎNG", page)
    assert json.loads(httpx.get(city.url + "/readyz", trust_env=False).text)["ready"]
