"""Open311 GeoReport v2 as a foreign client uses it, in JSON and in XML."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml import ElementTree

from gis.nearest import haversine_m
from ioc.core.ids import is_id
from modules.citizen.tables import report
from tests.modules.citizen.conftest import HAC_THANH, POTHOLE, Town, looked_at, photo, post

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "open311"
STANDARD_FIELDS = {
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
}


def xml(response: httpx.Response) -> Element:
    assert response.headers["content-type"].startswith("application/xml")
    parsed: Element = ElementTree.fromstring(response.content)
    return parsed


async def publish(town: Town, report_id: str, **body: Any) -> None:
    async with town.client(operator=True) as operator:
        done = await operator.post(f"/api/v1/reports/{report_id}/publish", json=body)
        assert done.status_code == 200, done.text


async def listed(client: httpx.AsyncClient, **query: str | int) -> list[dict[str, Any]]:
    response = await client.get("/open311/v2/requests.json", params=query)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


async def test_discovery_names_the_endpoint_and_its_formats(town: Town) -> None:
    async with town.client() as client:
        plain = (await client.get("/open311/v2/discovery.json")).json()
        tree = xml(await client.get("/open311/v2/discovery.xml"))
    assert plain["endpoints"][0]["url"].endswith("/open311/v2")
    assert plain["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    assert tree.findtext("endpoints/endpoint/specification") == "http://wiki.open311.org/GeoReport_v2"
    assert [one.text for one in tree.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]


async def test_services_are_the_citys(town: Town) -> None:
    async with town.client() as client:
        plain = (await client.get("/open311/v2/services.json")).json()
        tree = xml(await client.get("/open311/v2/services.xml", params={"jurisdiction_id": "thanh-hoa"}))
        english = (await client.get("/open311/v2/services.json", headers={"Accept-Language": "en"})).json()
    assert [one["service_code"] for one in plain] == [service.code for service in town.city.services]
    assert {one["type"] for one in plain} == {"realtime"}
    assert plain[0]["metadata"] is False
    assert [one.findtext("service_name") for one in tree.findall("service")] == [one["service_name"] for one in plain]
    assert tree.findtext("service/metadata") == "false"
    assert english[0]["service_name"] == town.city.services[0].name.en


async def test_a_service_has_no_extra_fields(town: Town) -> None:
    async with town.client() as client:
        plain = await client.get("/open311/v2/services/traffic.json")
        tree = xml(await client.get("/open311/v2/services/traffic.xml"))
        missing = await client.get("/open311/v2/services/nothing.json")
    assert plain.json() == {"service_code": "traffic", "attributes": []}
    assert tree.tag == "service_definition"
    assert missing.status_code == 404
    assert missing.json()[0]["code"] == 404


async def test_a_report_is_answered_at_once_without_text_or_exact_place(town: Town) -> None:
    async with town.client() as client:
        report_id = await post(client)
        found = (await client.get(f"/open311/v2/requests/{report_id}.json")).json()
        tree = xml(await client.get(f"/open311/v2/requests/{report_id}.xml"))
    assert set(found[0]) == STANDARD_FIELDS
    assert (found[0]["status"], found[0]["service_code"]) == ("open", "traffic")
    assert found[0]["requested_datetime"] == "2026-04-24T09:30:00Z"
    assert found[0]["expected_datetime"] == "2026-05-06T10:00:00Z"
    assert found[0]["agency_responsible"] == "Sở Xây dựng"
    assert found[0]["description"] is None
    assert found[0]["media_url"] is None
    assert 0 < haversine_m(*HAC_THANH, found[0]["long"], found[0]["lat"]) <= 36
    assert found[0]["address"] == "Phường Hạc Thành"
    assert {child.tag for child in tree.find("request") or ()} == STANDARD_FIELDS
    assert "canary" not in json.dumps(found)


async def test_the_desk_is_told_with_a_title_that_names_nobody(town: Town) -> None:
    async with town.client() as client:
        report_id = await post(client)
    (event,) = await town.events()
    assert event.type == "citizen.report.received"
    assert event.correlationid == report_id
    assert event.data["desk"]["kind"] == "report"
    assert event.data["desk"]["priority"] == 3
    assert event.data["title"] == {
        "vi": "Giao thông, đường sá · Phường Hạc Thành",
        "en": "Traffic and roads · Phường Hạc Thành",
    }
    assert event.data["ward"]["code"] == "14797"
    assert 0 < haversine_m(*HAC_THANH, *event.data["geometry"]["coordinates"]) <= 36


async def test_what_a_citizen_wrote_lies_sealed_and_nowhere_else(town: Town) -> None:
    async with town.client() as client:
        report_id = await post(client)
    (event,) = await town.events()
    (row,) = await town.rows(report)
    for spread in (str(event), str(dict(row))):
        for secret in ("canary", "Ổ gà", "0912345678"):
            assert secret not in spread
    async with town.client(operator=True) as operator:
        shown = await operator.get(
            f"/api/v1/reports/{report_id}", params={"reveal": "true", "reason": "xử lý phản ánh"}
        )
    assert shown.json()["revealed"]["phone"] == "0912345678"
    assert shown.json()["revealed"]["description"] == POTHOLE["description"]
    assert shown.json()["revealed"]["lat"] == str(HAC_THANH[1])


async def test_text_arrives_composed_however_it_was_sent(town: Town) -> None:
    async with town.client() as client:
        words = unicodedata.normalize("NFD", "Ngập đến đầu gối")
        report_id = await post(client, description=words)
        raw = "service_code=water&description=Mất nước sạch".encode()  # not percent-encoded, as curl -d sends it
        sent = await client.post(
            "/open311/v2/requests.json", content=raw, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    await publish(town, report_id, text=words)
    async with town.client() as client:
        assert [one["description"] for one in await listed(client)] == ["Ngập đến đầu gối"]
    texts = []
    async with town.client(operator=True) as operator:
        for one in (report_id, sent.json()[0]["service_request_id"]):
            shown = await operator.get(f"/api/v1/reports/{one}", params={"reveal": "true", "reason": "xử lý"})
            texts.append(shown.json()["revealed"]["description"])
    assert texts == ["Ngập đến đầu gối", "Mất nước sạch"]


async def test_lists_hold_published_reports_only(town: Town) -> None:
    async with town.client() as client:
        hidden, shown = await post(client), await post(client, description="Vỉa hè hỏng")
        assert await listed(client) == []
        await publish(town, shown, text="Vỉa hè hỏng")
        assert [one["service_request_id"] for one in await listed(client)] == [shown]
        assert (await listed(client))[0]["description"] == "Vỉa hè hỏng"
        assert await listed(client, service_request_id=hidden) == []
        assert [one["service_request_id"] for one in await listed(client, service_request_id=f"{hidden},{shown}")] == [
            shown
        ]


async def test_lists_are_filtered_by_kind_state_and_time(town: Town) -> None:
    async with town.client() as client:
        old = await post(client, service_code="waste")
        town.clock.move(timedelta(days=100))
        new = await post(client, service_code="lighting")
        for one in (old, new):
            await publish(town, one)
        ids = lambda found: [one["service_request_id"] for one in found]  # noqa: E731
        assert ids(await listed(client)) == [new]
        assert ids(await listed(client, start_date="2026-04-01T00:00:00+07:00")) == [old]
        assert ids(await listed(client, end_date="2026-06-01T00:00:00Z")) == [old]
        assert ids(await listed(client, service_code="waste,lighting")) == [new]
        assert ids(await listed(client, service_code="waste")) == []
        assert ids(await listed(client, status="open,closed")) == [new]
        assert ids(await listed(client, status="closed")) == []


async def test_lists_come_in_pages(town: Town) -> None:
    async with town.client() as client:
        sent = []
        for number in range(5):
            town.clock.move(timedelta(seconds=1))
            sent.append(await post(client, description=f"Việc thứ {number}"))
            await publish(town, sent[-1])
        pages = [await listed(client, page=page, page_size=2) for page in (1, 2, 3)]
    assert [one["service_request_id"] for page in pages for one in page] == list(reversed(sent))
    assert [len(page) for page in pages] == [2, 2, 1]


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "2026-04-01T00:00:00"},
        {"start_date": "2026-04-01"},
        {"start_date": "hôm qua"},
        {"start_date": "0001-01-01T00:00:00+07:00"},
        {"start_date": "0001-01-01T00:00:00+14:00"},
        {"end_date": "9999-12-31T23:59:59-14:00"},
        {"end_date": "9999-12-31T23:59:59-12:00"},
        {"start_date": "2026-04-02T00:00:00Z", "end_date": "2026-04-01T00:00:00Z"},
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-12-01T00:00:00Z"},
        {"status": "lost"},
        {"page": "0"},
        {"page": "x"},
        {"page_size": "5000"},
        {"service_request_id": ",".join(["a"] * 200)},
    ],
)
@pytest.mark.parametrize("ending", ["json", "xml"])
async def test_a_question_that_makes_no_sense_is_refused_the_standards_way(
    town: Town, query: dict[str, str], ending: str
) -> None:
    async with town.client() as client:
        response = await client.get(f"/open311/v2/requests.{ending}", params=query)
    assert response.status_code == 400
    if ending == "json":
        assert response.json()[0]["code"] == 400
        assert " / " in response.json()[0]["description"]
    else:
        assert xml(response).findtext("error/code") == "400"


async def test_a_token_is_the_id_itself(town: Town) -> None:
    async with town.client() as client:
        report_id = await post(client)
        plain = (await client.get(f"/open311/v2/tokens/{report_id}.json")).json()
        tree = xml(await client.get(f"/open311/v2/tokens/{report_id}.xml"))
        missing = await client.get(f"/open311/v2/tokens/{uuid4()}.json")
    assert plain == [{"service_request_id": report_id, "token": report_id}]
    assert tree.findtext("request/token") == report_id
    assert missing.status_code == 404


async def test_the_answer_in_xml_is_the_standards(town: Town) -> None:
    async with town.client() as client:
        response = await client.post("/open311/v2/requests.xml", data=POTHOLE)
    assert response.status_code == 201
    assert is_id(xml(response).findtext("request/service_request_id") or "")


async def test_without_an_ending_the_accept_header_decides(town: Town) -> None:
    async with town.client() as client:
        assert xml(await client.get("/open311/v2/services", headers={"Accept": "text/xml"})).tag == "services"
        assert (await client.get("/open311/v2/services")).json()
        assert (await client.get("/open311/v2/services.yaml")).status_code == 404


async def test_a_photo_is_cleaned_and_shown_only_when_published_with_it(town: Town) -> None:
    async with town.client() as client:
        sent = await client.post(
            "/open311/v2/requests.json", data=POTHOLE, files={"media": ("IMG_1.JPG", photo(gps=True), "image/jpeg")}
        )
        report_id = sent.json()[0]["service_request_id"]
        await publish(town, report_id)
        assert (await listed(client))[0]["media_url"] is None
        await publish(town, report_id, **await looked_at(town, report_id))
        url = (await listed(client))[0]["media_url"]
        picture = await client.get(url)
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert b"Exif" not in picture.content


async def test_a_repeat_with_the_same_key_gives_the_same_answer_and_one_report(town: Town) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    async with town.client() as client:
        first = await client.post("/open311/v2/requests.json", data=POTHOLE, headers=headers)
        again = await client.post("/open311/v2/requests.json", data=POTHOLE, headers=headers)
        other = await client.post("/open311/v2/requests.json", data=POTHOLE | {"description": "khác"}, headers=headers)
    assert (again.status_code, again.content, again.headers["link"]) == (201, first.content, first.headers["link"])
    assert len(await town.rows(report)) == 1
    assert other.status_code == 409
    assert other.json()[0]["code"] == 409


async def test_the_key_decides_whatever_id_the_client_brings(town: Town) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    async with town.client() as client:
        first = POTHOLE | {"service_request_id": str(uuid4())}
        assert (await client.post("/open311/v2/requests.json", data=first, headers=headers)).status_code == 201
        again = await client.post("/open311/v2/requests.json", data=first, headers=headers)
        for other in (POTHOLE, POTHOLE | {"service_request_id": str(uuid4())}):
            refused = await client.post("/open311/v2/requests.json", data=other, headers=headers)
            assert refused.status_code == 409
    assert again.json()[0]["service_request_id"] == first["service_request_id"]
    assert len(await town.rows(report)) == 1


async def test_strangers_who_choose_the_same_short_key_do_not_meet(town: Town) -> None:
    headers = {"Idempotency-Key": "1"}
    ids = []
    for address, words in (("10.1.2.3", "ổ gà"), ("10.9.9.9", "vỉa hè hỏng"), ("10.1.2.3", "ổ gà")):
        async with town.client(address=address) as client:
            sent = await client.post(
                "/open311/v2/requests.json", data=POTHOLE | {"description": words}, headers=headers
            )
        assert sent.status_code == 201
        assert "link" not in sent.headers
        ids.append(sent.json()[0]["service_request_id"])
    assert ids[0] == ids[2] != ids[1]
    assert len(await town.rows(report)) == 2


async def test_a_short_key_of_somebody_known_is_kept_strictly(town: Town) -> None:
    headers = {"Idempotency-Key": "1"}
    async with town.client(operator=True) as operator:
        first = await operator.post("/open311/v2/requests.json", data=POTHOLE, headers=headers)
        again = await operator.post("/open311/v2/requests.json", data=POTHOLE, headers=headers)
        other = await operator.post(
            "/open311/v2/requests.json", data=POTHOLE | {"description": "khác"}, headers=headers
        )
    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 409)


async def test_a_repeat_without_a_key_is_given_no_link_that_leads_nowhere(town: Town) -> None:
    body = POTHOLE | {"service_request_id": str(uuid4())}
    async with town.client() as client:
        first = await client.post("/open311/v2/requests.json", data=body)
        again = await client.post("/open311/v2/requests.json", data=body)
        link = re.search(r"<(/report/status/[^>]+)>", first.headers["link"])
        assert link
        assert (await client.get(link[1])).status_code == 200
    assert again.status_code == 201
    assert "link" not in again.headers
    assert "/report/status/" not in again.text
    assert len(await town.rows(report)) == 1


async def test_a_clients_own_id_is_kept_and_taken_once(town: Town) -> None:
    own = str(uuid4())
    async with town.client() as client:
        assert await post(client, service_request_id=own) == own
        assert await post(client, service_request_id=own) == own
        other = await client.post(
            "/open311/v2/requests.json", data=POTHOLE | {"service_request_id": own, "description": "khác"}
        )
        town.clock.move(timedelta(days=3))
    async with town.client(operator=True) as someone_else:
        taken = await someone_else.post("/open311/v2/requests.json", data=POTHOLE | {"service_request_id": own})
    assert (other.status_code, taken.status_code) == (409, 409)
    assert len(await town.rows(report)) == 1


async def test_the_secret_link_leads_to_the_citizens_page(town: Town) -> None:
    async with town.client() as client:
        sent = await client.post("/open311/v2/requests.json", data=POTHOLE)
        link = re.search(r"</report/status/([^>]+)>", sent.headers["link"])
        assert link
        assert link[1] in sent.json()[0]["service_notice"]
        assert (await client.get(f"/report/status/{link[1]}")).status_code == 200
    (row,) = await town.rows(report)
    assert link[1] not in str(dict(row))


async def test_json_is_taken_too(town: Town) -> None:
    body = {"service_code": "flooding", "description": "Ngập", "lat": HAC_THANH[1], "long": HAC_THANH[0], "phone": None}
    async with town.client() as client:
        response = await client.post("/open311/v2/requests.json", json=body)
    assert response.status_code == 201


def recorded() -> list[dict[str, str]]:
    """Real requests of other cities, as fields of the standard."""
    plain = json.loads((SHARED / "service_requests.json").read_text())
    tree = ElementTree.parse(SHARED / "requests_many.xml").getroot()
    return [*plain, *({child.tag: child.text or "" for child in one} for one in tree.findall("request"))]


@pytest.mark.parametrize("ending", ["json", "xml"])
async def test_real_requests_of_other_cities_are_taken_when_moved_here(town: Town, ending: str) -> None:
    async with town.client() as client:
        for number, one in enumerate(recorded() if SHARED.is_dir() else []):
            form = {
                "service_code": "traffic",
                "description": f"{one['service_name']} {one.get('status_notes', '')}",
                "address_string": one["address"],
                "lat": f"{19.80 + number / 1000}",
                "long": "105.776",
            }
            assert (await client.post(f"/open311/v2/requests.{ending}", data=form)).status_code == 201
