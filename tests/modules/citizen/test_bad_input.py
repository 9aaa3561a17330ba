"""Whatever is sent to the doors: a clear refusal, never an error of ours, and nothing kept of it."""

from __future__ import annotations

from typing import Any

import pytest

from modules.citizen.tables import report
from tests.modules.citizen.conftest import Town, photo

URL = "/open311/v2/requests.json"
FORM = "application/x-www-form-urlencoded"
GOOD = {"service_code": "traffic", "description": "ổ gà"}

FIELDS: dict[str, dict[str, str]] = {
    "no kind": {"description": "ổ gà"},
    "unknown kind": {"service_code": "nope"},
    "latitude alone": GOOD | {"lat": "19.8"},
    "swapped": GOOD | {"lat": "105.776", "long": "19.807"},
    "NaN": GOOD | {"lat": "NaN", "long": "105.776"},
    "infinite": GOOD | {"lat": "1e400", "long": "105.776"},
    "metres in degrees": GOOD | {"lat": "2189000", "long": "580000"},
    "full-width digits": GOOD | {"lat": "１９.８", "long": "105.776"},
    "not a number": GOOD | {"lat": "mười chín", "long": "105.776"},
    "unknown field": GOOD | {"is_admin": "1"},
    "too long": GOOD | {"description": "a" * 4001},
    "bad mail": GOOD | {"email": "a b"},
    "bad phone": GOOD | {"phone": "alo"},
    "script as link": GOOD | {"media_url": "javascript:alert(1)"},
    "another city": GOOD | {"jurisdiction_id": "hà-nội"},
    "id that is none": GOOD | {"service_request_id": "1; drop table"},
}

BODIES: dict[str, tuple[bytes, str]] = {
    "malformed JSON": (b'{"service_code": ', "application/json"),
    "JSON list": (b"[]", "application/json"),
    "NaN in JSON": (b'{"service_code":"traffic","lat":NaN,"long":105}', "application/json"),
    "lone surrogate": (b'{"service_code":"traffic","description":"\\ud800"}', "application/json"),
    "nested deep": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json"),
    "object for text": (b'{"service_code":{"a":1}}', "application/json"),
    "bool for number": (b'{"service_code":"traffic","lat":true,"long":false}', "application/json"),
    "name twice in JSON": (b'{"service_code":"traffic","service_code":"water"}', "application/json"),
    "huge number": (b'{"service_code":"traffic","lat":1' + b"0" * 400 + b',"long":1}', "application/json"),
    "not UTF-8": (b"service_code=traffic&description=\xff\xfe", FORM),
    "half a percent code": (b"service_code=traffic&description=%ed%a0%80", FORM),
    "field twice": (b"service_code=traffic&service_code=water", FORM),
    "too many fields": (b"&".join(b"a%d=1" % i for i in range(500)), FORM),
    "no boundary": (b"--x\r\n", "multipart/form-data"),
    "broken multipart": (b"--x\r\nContent-Disposition: nonsense\r\n\r\n1\r\n--x--", "multipart/form-data; boundary=x"),
    "XML": (b"<request/>", "application/xml"),
    "no type": (b"service_code=traffic", "text/plain"),
    "10 MiB": (b"a=" + b"b" * (10 * 1024 * 1024), FORM),
}


@pytest.mark.parametrize("name", FIELDS)
async def test_bad_fields_are_refused_and_nothing_is_kept(town: Town, name: str) -> None:
    async with town.client() as client:
        response = await client.post(URL, data=FIELDS[name])
    assert 400 <= response.status_code < 500, response.text
    assert response.json()[0]["description"]
    assert await town.rows(report) == []
    assert await town.events() == []


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("url", [URL, "/report"])
async def test_bad_bodies_are_refused_and_nothing_is_kept(town: Town, name: str, url: str) -> None:
    body, kind = BODIES[name]
    async with town.client() as client:
        response = await client.post(url, content=body, headers={"Content-Type": kind})
    assert 400 <= response.status_code < 500, response.text
    assert await town.rows(report) == []


async def test_control_characters_are_left_out_and_the_report_is_kept(town: Town) -> None:
    async with town.client() as client:
        sent = await client.post(URL, data=GOOD | {"description": "ổ gà\x1b[31m\x07"})
        report_id = sent.json()[0]["service_request_id"]
    async with town.client(operator=True) as operator:
        await operator.post(f"/api/v1/reports/{report_id}/publish", json={"text": "ổ gà\x1b[31m\x07"})
    async with town.client() as client:
        tree = await client.get(f"/open311/v2/requests/{report_id}.xml")
    assert "ổ gà[31m" in tree.text


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([("media", ("a.jpg", b"not a photo", "image/jpeg"))], 415),
        ([("media", ("a.jpg", photo()[:2000], "image/jpeg"))], 400),
        ([("media", ("a.jpg", photo(), "image/jpeg")), ("photo", ("b.jpg", photo(), "image/jpeg"))], 400),
        ([("other", ("a.jpg", photo(), "image/jpeg"))], 400),
    ],
)
async def test_bad_files_are_refused(town: Town, files: Any, status: int) -> None:
    async with town.client() as client:
        response = await client.post(URL, data=GOOD, files=files)
    assert response.status_code == status
    assert await town.rows(report) == []


@pytest.mark.parametrize("key", ["", "a" * 201, "tab\there"])
async def test_a_key_that_cannot_be_kept_is_refused(town: Town, key: str) -> None:
    async with town.client() as client:
        response = await client.post(URL, data=GOOD, headers={"Idempotency-Key": key})
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["x", "%00", "..%2f..%2fetc", "a" * 60, "%ed%a0%80", "1.xml", ".json"])
async def test_ids_that_are_none_are_not_found(town: Town, path: str) -> None:
    async with town.client() as client:
        for url in (f"/open311/v2/requests/{path}", f"/open311/v2/tokens/{path}", f"/api/v1/media/{path}"):
            response = await client.get(url)
            assert response.status_code in (400, 404), (url, response.text)


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"text": 5}', b'{"publish": true}', b'{"text": "\\ud800"}', b'{"photo": "maybe"}', b"[1]"],
)
async def test_bad_publications_are_refused(town: Town, body: bytes) -> None:
    async with town.client(operator=True) as operator:
        sent = await operator.post(URL, data=GOOD)
        url = f"/api/v1/reports/{sent.json()[0]['service_request_id']}/publish"
        response = await operator.post(url, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= response.status_code < 500
    assert response.json()["title"] and response.json()["title_en"]
