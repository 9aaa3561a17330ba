"""OGC API – Features Part 1 as a client sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gis.ogc.documents import CLASSES, OPENAPI
from tests.api.ogc_app import application

BASE = "http://city.test/ogc"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application())
    async with httpx.AsyncClient(transport=transport, base_url="http://city.test") as made:
        yield made


async def get(client: httpx.AsyncClient, path: str, status: int = 200, **headers: str) -> Any:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def href(document: dict[str, Any], rel: str, kind: str | None = None) -> str:
    found = [link for link in document["links"] if link["rel"] == rel and kind in (None, link["type"])]
    assert found, f"no link {rel} {kind}"
    return str(found[0]["href"])


@pytest.mark.parametrize("path", ["/ogc", "/ogc/"])
async def test_the_landing_page_leads_everywhere(client: httpx.AsyncClient, path: str) -> None:
    landing = await get(client, path)
    assert landing["title"].startswith("Thành phố Thử")
    for rel in ("self", "conformance", "data", "service-desc"):
        assert (await client.get(href(landing, rel))).status_code == 200


async def test_conformance_names_the_four_viewer(client: httpx.AsyncClient) -> None:
    assert (await get(client, "/ogc/conformance"))["conformsTo"] == list(CLASSES)


async def test_the_description_is_valid_openapi_3_0_of_what_is_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/ogc/api")
    description = answer.json()
    assert answer.headers["content-type"] == OPENAPI
    assert description["openapi"] == "3.0.3"
    assert description["servers"] == [{"url": BASE}]
    names = {one["name"] for one in description["components"]["parameters"].values()}
    assert names == {"limit", "bbox", "datetime", "cursor", "f", "lang"}
    for path in ("/", "/api", "/conformance", "/collections"):
        assert path in description["paths"]


async def test_collections_say_where_they_are_and_lead_to_their_items(client: httpx.AsyncClient) -> None:
    found = (await get(client, "/ogc/collections"))["collections"]
    assert [one["id"] for one in found] == ["wards", "events"]
    wards = await get(client, "/ogc/collections/wards")
    assert wards["extent"]["spatial"]["bbox"] == [[105.0, 19.0, 105.61, 19.05]]
    assert wards["extent"]["temporal"]["interval"] == [["2025-06-30T17:00:00Z", None]]
    assert wards == found[0]
    assert (await client.get(href(wards, "items"))).status_code == 200


async def test_following_next_gives_every_feature_once(client: httpx.AsyncClient) -> None:
    url, seen = "/ogc/collections/wards/items?limit=10&lang=en", []
    while True:
        page = await get(client, url)
        assert page["numberMatched"] == 25
        assert page["numberReturned"] == len(page["features"])
        seen += [one["id"] for one in page["features"]]
        more = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not more:
            break
        url = more[0]
    assert seen == sorted(set(seen))
    assert len(seen) == 25


async def test_items_are_geojson_with_a_time_stamp(client: httpx.AsyncClient) -> None:
    answer = await client.get("/ogc/collections/wards/items?limit=1")
    page = answer.json()
    assert answer.headers["content-type"] == "application/geo+json"
    assert page["type"] == "FeatureCollection"
    assert page["timeStamp"].endswith("Z")
    one = page["features"][0]
    assert one["properties"]["name"] == "Phường Số 0 Ngọc"
    assert one["geometry"]["type"] == "Polygon"


async def test_a_box_and_a_time_choose(client: httpx.AsyncClient) -> None:
    items = "/ogc/collections/wards/items"
    assert (await get(client, f"{items}?bbox=105.605,19.015,105.606,19.016"))["numberMatched"] == 1
    assert (await get(client, f"{items}?bbox=105.605,19.015,0,105.606,19.016,9"))["numberMatched"] == 1
    assert (await get(client, f"{items}?bbox=100,10,101,11"))["features"] == []
    for time, count in [
        ("2025-06-30T16:59:59Z", 0),
        ("2025-07-01T00:00:00%2B07:00", 25),
        ("2026-01-01", 25),
        ("../2024-01-01T00:00:00Z", 0),
        ("2024-01-01T00:00:00Z/..", 25),
    ]:
        assert (await get(client, f"{items}?datetime={time}"))["numberMatched"] == count, time


async def test_one_feature_stands_alone_with_its_links(client: httpx.AsyncClient) -> None:
    one = await get(client, "/ogc/collections/wards/items/00003.2025-07-01")
    assert (one["type"], one["id"], one["properties"]["code"]) == ("Feature", "00003.2025-07-01", "00003")
    assert href(one, "collection") == f"{BASE}/collections/wards"
    assert (await client.get(href(one, "self"))).json() == one


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("severity=5", "severity"),
        ("LIMIT=5", "LIMIT"),
        ("limit=0", "limit"),
        ("limit=1&limit=2", "limit"),
        ("bbox=19.0,105.0,20.0,106.0", "bbox"),
        ("bbox=nan,1,2,3", "bbox"),
        ("bbox-crs=http://www.opengis.net/def/crs/EPSG/0/9209&bbox=1,2,3,4", "bbox-crs"),
        ("datetime=2026-11-21T00:00:00", "datetime"),
        ("cursor=%00", "cursor"),
        ("f=xml", "f"),
        ("lang=fr", "lang"),
    ],
)
async def test_a_bad_parameter_is_a_400_that_says_why_in_both_languages(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    problem = await get(client, f"/ogc/collections/wards/items?{query}", status=400)
    assert problem["errors"][0]["field"] == field
    assert problem["detail"] != problem["detail_en"]


@pytest.mark.parametrize("path", ["", "/", "/api", "/conformance", "/collections", "/collections/wards"])
async def test_unknown_parameters_are_refused_on_every_resource(client: httpx.AsyncClient, path: str) -> None:
    await get(client, f"/ogc{path}?token=1", status=400)


@pytest.mark.parametrize(
    "path", ["x", "x/items", "x/items/1", "wards/items/nothing", "wards/items/%00", "wards/items/%ff"]
)
async def test_what_does_not_exist_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    await get(client, f"/ogc/collections/{path}", status=404)


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("anyone", ["e0"]),
        ("device", ["e0"]),
        ("wall", ["e0", "e1"]),
        ("operator", ["e0", "e1"]),
        ("supervisor", ["e0", "e1"]),
        ("admin", ["e0", "e1"]),
    ],
)
async def test_personal_and_security_values_reach_nobody(client: httpx.AsyncClient, role: str, seen: list[str]) -> None:
    headers = {"x-role": role}
    page = await get(client, "/ogc/collections/events/items", **headers)
    assert [one["id"] for one in page["features"]] == seen
    for number in range(4):
        status = 200 if f"e{number}" in seen else 404
        await get(client, f"/ogc/collections/events/items/e{number}", status, **headers)


async def test_every_event_has_module_ward_and_severity(client: httpx.AsyncClient) -> None:
    page = await get(client, "/ogc/collections/events/items", **{"x-role": "wall"})
    assert all({"module", "ward", "severity"} <= one["properties"].keys() for one in page["features"])


class Links(HTMLParser):
    """Every address a page refers to, and whether anything could run."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.lang: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        for name, value in attrs:
            assert not name.startswith("on")
            if name in {"href", "src", "action"} and value:
                self.addresses.append(value)
            if tag == "html" and name == "lang":
                self.lang = value


async def test_pages_are_for_people_in_their_language_and_refer_to_nothing_outside(client: httpx.AsyncClient) -> None:
    waiting, seen = ["http://city.test/ogc"], set[str]()
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        answer = await client.get(url, headers={"accept": "text/html", "accept-language": "vi", "x-role": "wall"})
        assert answer.status_code == 200
        seen.add(url)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page = Links()
        page.feed(answer.text)
        assert page.lang == ("en" if "lang=en" in url else "vi")
        assert all(urlsplit(address).netloc == "city.test" for address in page.addresses)
        waiting += [one for one in page.addresses if one not in seen and "cursor" not in one and "0000" not in one]
    assert len(seen) > 12


async def test_a_browser_gets_html_and_a_program_json(client: httpx.AsyncClient) -> None:
    for accept, kind in [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("*/*", "application/json"),
        ("application/geo+json, application/json", "application/json"),
        ("", "application/json"),
    ]:
        answer = await client.get("/ogc", headers={"accept": accept})
        assert answer.headers["content-type"].startswith(kind), accept
    assert (await client.get("/ogc?f=json", headers={"accept": "text/html"})).json()["links"]


async def test_words_of_events_are_shown_not_run(client: httpx.AsyncClient) -> None:
    answer = await client.get("/ogc/collections/events/items?f=html")
    assert "&lt;script&gt;alert(0)" in answer.text
    assert "Mức độ" in answer.text
    english = await client.get("/ogc/collections/events/items?f=html&lang=en")
    assert "Severity" in english.text
    assert english.headers["content-language"] == "en"
