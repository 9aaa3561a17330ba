"""Thirty people's secrets go through every door; nothing of theirs may be found anywhere but sealed."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis
from psycopg import sql

from tests.feed.client import FeedClient
from tests.production.bus_content import contents
from tests.production.canary import HOME_LAT, LATE, PEOPLE, Search, metadata_of, raw_needles
from tests.production.installation import PARTS, Installation
from tests.production.people import ADMIN, OPERATOR, Desk, Visitor
from tests.production.seeding import Seeded, act, call, mistakes, report, seed

pytestmark = pytest.mark.timeout(240)

TOPICS = ["incident", "event", "unit", "kpi", "module"]
SAMPLES = 12  # of each kind of id
REQUESTS_AN_ADDRESS = 100  # an address without a credential may not ask for ever
UNDESCRIBED = ("/", "/wall", "/console", "/login", "/openapi.json", "/.well-known/security.txt", "/metrics", "/nowhere")
ROLES = ("anyone", "wall", "device", "operator")
REASON = "kiểm tra định kỳ"


@pytest.fixture(scope="module")
def seeded(city: Installation, desk: Desk) -> Seeded:
    return seed(city, desk)


@pytest.fixture(scope="module")
def search(city: Installation) -> Search:
    """Looks for people's values, and for every secret of the installation."""
    return Search(*secrets_of(city))


def secrets_of(city: Installation) -> list[str]:
    names = ("IOC_SECRET_KEY", "IOC_PERSONAL_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
    return [ADMIN[1], OPERATOR[1], *(city.variables[name] for name in names)]


def test_the_secrets_are_really_there(desk: Desk, seeded: Seeded):
    """Without this the searches below would prove nothing."""
    for number in (0, 1, 2, 16, 27):
        incident, search = seeded.incident_of(number), Search()
        shown = desk.operator.get(f"/api/v1/incidents/{incident['id']}", params={"reveal": 1, "reason": REASON})
        assert shown.status_code == 200, shown.text
        person = PEOPLE[number]
        found = search.hits(json.dumps(shown.json()["revealed"], ensure_ascii=False))
        assert person.name in found
        assert any(person.digits[-6:] in re.sub(r"\D", "", one) for one in found)


def test_the_search_finds_what_is_written_another_way():
    person, search = PEOPLE[1], Search()
    for written in (
        person.name.upper(),
        json.dumps(person.name),
        person.secret.replace("đ", "&#273;"),
        f"+84{person.digits}",
        f"0{person.digits[:2]} {person.digits[2:5]} {person.digits[5:]}",
        "chuyen kin cua gia dinh toi so 01 la dua ut o hem cut",
    ):
        assert search.hits(f"… {written} …"), written
    assert not search.hits("Phường Hạc Thành, 0237.3852.216, 36A-123.45")


def visitor_as(role: str, city: Installation, desk: Desk) -> Visitor:
    return Visitor(city) if role == "anyone" else {"wall": desk.wall, "device": desk.device}.get(role, desk.operator)


@pytest.fixture(scope="module")
def paths(city: Installation, desk: Desk, seeded: Seeded) -> list[str]:
    """Every GET of the API with real ids in it, and pages that are not described."""
    ids = real_ids(city, desk, seeded)
    described = Visitor(city).get("/openapi.json").json()["paths"]
    templates = [path for path, operations in described.items() if "get" in operations]
    assert len(templates) > 30
    filled = [path for template in templates for path in fill(template, ids)]
    return [*filled, *UNDESCRIBED, *lists(), *features(city)]


def real_ids(city: Installation, desk: Desk, seeded: Seeded) -> dict[str, list[str]]:
    events = desk.operator.get("/api/v1/events?limit=500").json()["events"]
    reports = desk.operator.get("/api/v1/reports?limit=500").json()["reports"]
    return {
        "incident_id": [one["id"] for one in seeded.incidents.values()],
        "event_id": [one["id"] for one in events],
        "id": list(seeded.calls.values()),
        "report_id": [one["id"] for one in reports],
        "service_request_id": [f"{one['id']}{end}" for one in reports for end in (".json", ".xml")],
        "token": [one["id"] for one in reports],
        "media_id": [one["photo"] for one in reports if one["photo"]],
        "code": seeded.codes,
        "format": ["json", "xml"],
        "service_code": ["lighting.json", "lighting.xml"],
        "collection_id": ["wards", "assets", "events", "incidents"],
        "feature_id": [one["id"] for one in seeded.incidents.values()],
        "name": ["report.css"],
        "sha256": ["0" * 64],
        "layer": ["wards", "segments"],
        "z": ["8"],
        "x": ["203"],
        "y": ["113"],
        "path": ["index.js"],
    }


def fill(template: str, ids: dict[str, list[str]]) -> Iterator[str]:
    names = re.findall(r"\{(\w+)\}", template)
    if not names:
        yield template
        return
    longest = max(len(ids[name]) for name in names)
    for turn in range(min(longest, SAMPLES)):
        yield template.format_map({name: ids[name][turn % len(ids[name])] for name in names})


def lists() -> Iterator[str]:
    """The lists at their longest, and in the other languages and forms."""
    yield from ("/api/v1/incidents?status=all&limit=500", "/api/v1/events?limit=500", "/api/v1/calls?limit=200")
    yield from ("/api/v1/reports?limit=500", "/open311/v2/requests.json?status=open,closed", "/ogc?f=html&lang=en")
    for collection in ("wards", "assets", "events", "incidents"):
        for form in ("json", "html"):
            yield f"/ogc/collections/{collection}?f={form}"
            yield f"/ogc/collections/{collection}/items?f={form}&limit=1000"


def features(city: Installation) -> Iterator[str]:
    """Single features of each collection, as JSON and as a page."""
    visitor = Visitor(city)
    for collection in ("wards", "assets", "events", "incidents"):
        items = visitor.get(f"/ogc/collections/{collection}/items?limit={SAMPLES}").json()["features"]
        for one in items:
            for form in ("json", "html"):
                yield f"/ogc/collections/{collection}/items/{one['id']}?f={form}"


@pytest.mark.parametrize("role", ROLES)
def test_no_answer_of_any_route_tells_anything(
    city: Installation, desk: Desk, seeded: Seeded, paths: list[str], search: Search, role: str
):
    leaks, seen = [], set()
    for number, path in enumerate(paths):
        if number % REQUESTS_AN_ADDRESS == 0:
            visitor = visitor_as(role, city, desk)
        answer = visitor.get(path)
        seen.add(answer.status_code)
        if answer.status_code >= 500 or answer.status_code == 429:
            leaks.append(f"{path}: {answer.status_code}")
        text = "\n".join((answer.text, *answer.headers.values()))
        leaks += [f"{path}: {hit}" for hit in search.hits(text)]
    assert not leaks
    assert 200 in seen
    assert len(paths) > 200


@pytest.mark.parametrize("role", ["anyone", "wall", "device"])
def test_a_home_is_shown_rounded_only(city: Installation, desk: Desk, seeded: Seeded, paths: list[str], role: str):
    """The exact point of an ordinary report may be somebody's door."""
    visitor, near = visitor_as(role, city, desk), []
    for path in [path for path in paths if "incidents" in path or "events" in path or "requests" in path]:
        near += [f"{path}: {HOME_LAT}" for found in re.findall(r"19\.8\d+", visitor.get(path).text)
                 if "1234" in found[6:]]  # fmt: skip
        if role == "anyone":
            visitor = Visitor(city)
    assert not near


@pytest.mark.parametrize("role", ["anyone", "wall", "device"])
def test_a_photo_is_seen_by_nobody_before_a_person_has_checked_it(
    city: Installation, desk: Desk, seeded: Seeded, role: str
):
    reports = desk.operator.get("/api/v1/reports?limit=500").json()["reports"]
    photos = {one["photo"]: one["photo_published"] for one in reports if one["photo"]}
    assert sorted(photos.values()) == [False] * (len(photos) - 1) + [True]
    for photo, published in photos.items():
        answer = visitor_as(role, city, desk).get(f"/api/v1/media/{photo}")
        assert answer.status_code == (200 if published else 404)


def test_a_photo_says_nothing_but_its_pixels(desk: Desk, seeded: Seeded, search: Search):
    reports = desk.operator.get("/api/v1/reports?limit=500").json()["reports"]
    for photo in [one["photo"] for one in reports if one["photo"]]:
        jpeg = desk.operator.get(f"/api/v1/media/{photo}").content
        assert jpeg[:2] == b"\xff\xd8"
        assert metadata_of(jpeg) == {}
        assert search.in_bytes(jpeg) == []


@pytest.mark.parametrize("role", ["wall", "operator"])
async def test_the_feed_tells_nothing_in_its_snapshot_or_live(
    city: Installation, desk: Desk, seeded: Seeded, search: Search, role: str
):
    who: dict[str, Any] = {"token": desk.wall_key} if role == "wall" else {"headers": desk.operator.feed_headers}
    person = LATE[role]
    async with FeedClient(city.feed_url, topics=TOPICS, **who) as screen:
        await screen.until(lambda: screen.upto is not None)
        assert len(screen.state["incident"]) >= 30
        answer = await asyncio.to_thread(report, city, person)
        again = await asyncio.to_thread(call, desk.operator, person)
        assert answer.status_code == 201
        await screen.until(lambda: any(one["correlation"] == again for one in screen.state["incident"].values()))
        incident = next(one for one in screen.state["incident"].values() if one["correlation"] == again)
        await asyncio.to_thread(act, desk, incident, "note", text=f"{person.name} {person.phone} {person.secret}")
        await asyncio.to_thread(mistakes, city, desk)
        await screen.until(lambda: screen.state["incident"][incident["id"]]["version"] >= incident["version"])
        assert not [hit for frame in screen.frames for hit in search.hits(frame)]
        assert all("personal" not in one for one in screen.state["incident"].values())


def test_the_numbers_for_prometheus_tell_nothing(city: Installation, seeded: Seeded, search: Search):
    """Asked from the machine itself, as a scraper beside the API does."""
    answer = httpx.get(f"{city.url}/metrics", trust_env=False, timeout=10)
    assert answer.status_code == 200
    assert "ioc_" in answer.text
    assert search.hits(answer.text) == []
    assert Visitor(city).get("/metrics").status_code == 401


@pytest.mark.parametrize("part", PARTS)
def test_the_logs_tell_nothing_and_can_be_read_by_machines(
    city: Installation, seeded: Seeded, search: Search, part: str
):
    lines = city.log_of(part).splitlines()
    for line in lines:
        said = json.loads(line)
        assert said["at"].endswith("Z")
        assert len(line.encode()) <= 2048
    assert search.hits("\n".join(lines)) == []
    assert not [code for code in seeded.codes if code in "\n".join(lines)]
    if part == "api":
        assert any(json.loads(line).get("trace") for line in lines)


def test_no_column_of_the_database_tells_anything(city: Installation, desk: Desk, seeded: Seeded, search: Search):
    leaks, cells = [], 0
    with psycopg.connect(city.database.url("ioc"), connect_timeout=3) as connection:
        for table, columns in tables_of(connection).items():
            for row in connection.execute(sql.SQL("select * from {}").format(sql.Identifier(table))):
                for column, value in zip(columns, row, strict=True):
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    cells += 1
                    leaks += [f"{table}.{column}: {hit}" for hit in search.in_bytes(raw)]
                    leaks += [f"{table}.{column}: a citizen's code" for code in seeded.codes if code.encode() in raw]
                    leaks += [f"{table}.{column}: a key" for key in keys_of(desk) if key in raw]
    assert not sorted(set(leaks))
    assert cells > 5_000


def tables_of(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    query = """
        select table_name, column_name from information_schema.columns
        where table_schema = 'public' and table_name in (select tablename from pg_tables where schemaname = 'public')
            and table_name <> 'spatial_ref_sys'
        order by table_name, ordinal_position"""
    for table, column in connection.execute(query):
        found.setdefault(table, []).append(column)
    assert {"event", "personal_value", "audit", "accepted", "latest", "citizen_report", "emergency_call"} <= set(found)
    return found


def keys_of(desk: Desk) -> list[bytes]:
    """Keys and sessions in use: the database knows their digests at most."""
    return [key.encode() for key in (desk.wall_key, desk.device_key, desk.operator.cookie.partition("=")[2])]


def test_the_bus_holds_nothing(city: Installation, seeded: Seeded, search: Search):
    password = city.variables["REDIS_PASSWORD"]
    with redis.Redis(port=city.bus_port, password=password, socket_timeout=5) as client:
        held = contents(client)
    assert max(map(len, held.values())) > 100
    for key, bodies in held.items():
        assert search.hits(key) == []
        assert not [hit for body in bodies for hit in search.in_bytes(body)]


def test_no_file_of_the_installation_holds_anything(city: Installation, desk: Desk, seeded: Seeded, tmp_path: Path):
    """Tables, write-ahead log, append-only file, logs, state: every byte on the disk, as a thief would have it."""
    with psycopg.connect(city.database.url("ioc"), autocommit=True) as connection:
        connection.execute("checkpoint")
    with redis.Redis(port=city.bus_port, password=city.variables["REDIS_PASSWORD"], socket_timeout=5) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert list((city.folder / "bus").rglob("*.aof"))
    needles = tmp_path / "needles"
    needles.write_bytes(b"\n".join([*raw_needles(*secrets_of(city)), *map(str.encode, seeded.codes), *keys_of(desk)]))
    assert looked_for(needles, tmp_path) == [str(needles)], "the search itself does not work"
    given = sorted(str(path) for path in (city.folder / "secrets").iterdir())
    assert sorted(looked_for(needles, city.folder)) == given, "what is given as a file lies there and nowhere else"


def looked_for(needles: Path, folder: Path) -> list[str]:
    command = ["grep", "-r", "-l", "-a", "-F", "-f", str(needles), str(folder)]
    done = subprocess.run(command, capture_output=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.decode().splitlines()


def test_erased_is_erased_and_the_history_stays(city: Installation, desk: Desk, seeded: Seeded):
    incident = seeded.incident_of(2)
    path = f"/api/v1/incidents/{incident['id']}"
    before = desk.operator.get(path).json()
    done = city.run("people", "erase", before["personal"], "--reason", "theo yêu cầu của công dân")
    assert done.returncode == 0, done.stderr
    refused = desk.operator.get(path, params={"reveal": 1, "reason": REASON})
    assert refused.status_code == 404
    after = desk.operator.get(path).json()
    assert [one["type"] for one in after["timeline"]] == [one["type"] for one in before["timeline"]]
    assert any(one["type"] == "incident.opened" for one in after["timeline"])
    assert city.run("people", "erase", before["personal"], "--reason", "lần nữa").returncode == 2
