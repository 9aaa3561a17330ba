"""Two cities on one host share nothing: not an event, not a file, not a socket, not a key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from ioc.cli.city import profile_dir
from ioc.demo.settings import demo_settings
from ioc.host.ports import free_port
from ioc.settings import Settings
from tests.feed.client import FeedClient
from tests.production.bus_content import contents
from tests.running import City, start_city
from tests.servers import wait_until

pytestmark = pytest.mark.timeout(600)

TOPICS = ["incident", "event", "unit", "kpi", "module"]
PLACES = {"thanh-hoa": (105.7785, 19.8060), "ky-anh": (106.3005, 18.0725)}
SAYS = {"thanh-hoa": "Chỉ của Thanh Hoá: nắp cống Hạc Thành", "ky-anh": "Chỉ của Kỳ Anh: đèn đường Sông Trí"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cities")


@pytest.fixture(scope="module")
def cities(home: Path) -> Iterator[dict[str, City]]:
    """Both started at once, as two people on one machine would."""
    started = {name: start_city(home / name, "--quiet", city=name, port=free_port()) for name in PLACES}
    try:
        for city in started.values():
            city.wait_ready()
        yield started
    finally:
        for city in started.values():
            city.stop()


@pytest.fixture(scope="module")
def told(cities: dict[str, City]) -> dict[str, set[str]]:
    """A report and a call to each city; the ids each has given out."""
    ids = {name: tell(cities[name], name) for name in PLACES}
    for name, city in cities.items():
        wait_until(lambda: ids[name] <= correlations(city), "both are on the desk")  # noqa: B023 - called at once
    return {name: ids[name] | everything(city) for name, city in cities.items()}


def tell(city: City, name: str) -> set[str]:
    lon, lat = PLACES[name]
    form = {"service_code": "lighting", "description": SAYS[name], "lat": lat, "long": lon}
    report = city.post("/open311/v2/requests.json", data=form)
    call = city.post("/api/v1/calls", json={"number_dialled": "114", "location": {"lat": lat, "lon": lon}})
    assert (report.status_code, call.status_code) == (201, 201), report.text + call.text
    return {report.json()[0]["service_request_id"], call.json()["id"]}


def incidents(city: City) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = city.get("/api/v1/incidents?status=all&limit=500").json()["incidents"]
    return found


def correlations(city: City) -> set[str]:
    return {one["correlation"] for one in incidents(city)}


def everything(city: City) -> set[str]:
    """Ids of all events and incidents."""
    events = city.get("/api/v1/events?limit=500").json()["events"]
    return {one["id"] for one in [*events, *incidents(city)]}


def other(name: str) -> str:
    return next(one for one in PLACES if one != name)


@pytest.mark.parametrize("name", PLACES)
def test_what_is_told_to_one_city_is_in_its_own_ward_and_not_in_the_other(
    cities: dict[str, City], told: dict[str, set[str]], name: str
):
    facts = cities[name].get("/api/v1/city").json()
    assert facts["id"] == name
    wards = {one["ward"]["code"] for one in incidents(cities[name]) if one["ward"]}
    assert wards
    theirs = {one["ward"]["code"] for one in incidents(cities[other(name)]) if one["ward"]}
    assert not wards & theirs
    assert not told[name] & told[other(name)]


@pytest.mark.parametrize("name", PLACES)
def test_no_page_or_list_of_one_city_knows_anything_of_the_other(
    cities: dict[str, City], told: dict[str, set[str]], name: str
):
    foreign = told[other(name)]
    for path in (
        "/api/v1/events?limit=500",
        "/api/v1/incidents?status=all&limit=500",
        "/api/v1/calls?limit=200",
        "/api/v1/reports?limit=500",
        "/open311/v2/requests.json",
        "/ogc/collections/events/items?limit=1000",
        "/ogc/collections/incidents/items?limit=1000",
        "/ogc/collections/wards/items?limit=1000",
        "/metrics",
    ):
        text = cities[name].get(path).text
        assert not [one for one in foreign if one in text], path
    for one in foreign:
        assert cities[name].get(f"/api/v1/events/{one}").status_code == 404
        assert cities[name].get(f"/open311/v2/requests/{one}.json").status_code == 404
        assert cities[name].get(f"/ogc/collections/incidents/items/{one}").status_code == 404


async def test_neither_feed_carries_the_others_news(cities: dict[str, City], told: dict[str, set[str]]):
    urls = {name: f"{city.url.replace('http', 'ws')}/feed" for name, city in cities.items()}
    async with (
        FeedClient(urls["thanh-hoa"], topics=TOPICS) as here,
        FeedClient(urls["ky-anh"], topics=TOPICS) as there,
    ):
        await here.until(lambda: here.upto is not None)
        await there.until(lambda: there.upto is not None)
        assert (here.hello["city"], there.hello["city"]) == ("thanh-hoa", "ky-anh")
        assert here.epoch != there.epoch
        news = await asyncio.to_thread(tell, cities["thanh-hoa"], "thanh-hoa")
        await here.until(lambda: news <= {one["correlation"] for one in here.state["incident"].values()})
        # a beat sent after it happened says that the other has been given all there is
        beats = len([m for m in there.messages if m["t"] == "sys.hb"])
        await there.until(lambda: len([m for m in there.messages if m["t"] == "sys.hb"]) >= beats + 2)
        for one in news | told["thanh-hoa"]:
            assert not [frame for frame in there.frames if one in frame]
        for one in told["ky-anh"]:
            assert not [frame for frame in here.frames if one in frame]


def settings_of(name: str, city: City) -> Settings:
    return demo_settings(profile_dir(name), city.state, port=city.port)


def processes(city: City) -> list[psutil.Process]:
    return [psutil.Process(city.process.pid), *psutil.Process(city.process.pid).children(recursive=True)]


@pytest.mark.parametrize("name", PLACES)
def test_no_process_has_a_file_or_socket_of_the_other_city_open(cities: dict[str, City], name: str):
    mine, theirs = (settings_of(one, cities[one]) for one in (name, other(name)))
    opened = [path for one in processes(cities[name]) for path in held_by(one)]
    assert [path for path in opened if path.startswith((str(mine.state_dir), str(mine.run_dir)))]
    assert not [path for path in opened if path.startswith((str(theirs.state_dir), str(theirs.run_dir)))]
    ports = listening(processes(cities[name]))
    brokers = listening([one for one in processes(cities[name]) if one.name() in BROKERS])
    assert len(brokers) == 1
    assert ports == {cities[name].port} | brokers, "a city listens on its own port and its broker's"
    assert not ports & listening(processes(cities[other(name)]))


BROKERS = ("mosquitto", "node")


def listening(them: list[psutil.Process]) -> set[int]:
    found = [one for process in them for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    assert all(one.laddr.ip == "127.0.0.1" for one in found)
    return {one.laddr.port for one in found}


def held_by(process: psutil.Process) -> list[str]:
    sockets = [str(one.laddr) for one in process.net_connections("unix") if one.laddr]
    return [one.path for one in process.open_files()] + sockets


@pytest.mark.parametrize("name", PLACES)
def test_each_bus_holds_its_own_city_only(cities: dict[str, City], told: dict[str, set[str]], name: str):
    socket = settings_of(name, cities[name]).run_dir / "bus.sock"
    assert socket.stat().st_mode & 0o077 == 0, "nobody else on this machine may reach it"
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=5) as client:
        found = contents(client)
    assert found
    assert all(f"{{{name}}}" in key for key in found)
    for bodies in found.values():
        held = b"".join(bodies)
        assert not [one for one in told[other(name)] if one.encode() in held]


@pytest.mark.parametrize("name", PLACES)
def test_no_file_of_one_city_names_anything_of_the_other(cities: dict[str, City], told: dict[str, set[str]], name: str):
    assert cities[name].state.stat().st_mode & 0o077 == 0, "nobody else on this machine may read it"
    files = [path for path in cities[name].state.rglob("*") if path.is_file()]
    assert files
    for path in files:
        held = path.read_bytes()
        assert not [one for one in told[other(name)] if one.encode() in held], path
    log = cities[name].log.read_text(encoding="utf-8")
    assert not [one for one in told[other(name)] if one in log]


def test_the_keys_of_one_city_open_nothing_in_the_other(cities: dict[str, City]):
    for name in PLACES:
        as_admin = {"ioc-role": "admin"}
        made = cities[name].post("/api/v1/devices", json={"kind": "wall", "name": "màn hình"}, headers=as_admin)
        assert made.status_code == 201, made.text
        key = {"Authorization": f"Bearer {made.json()['token']}"}
        assert cities[name].get("/api/v1/incidents", headers=key).status_code == 200
        assert cities[other(name)].get("/api/v1/incidents", headers=key).status_code == 401
    secrets = {(city.state / file).read_bytes() for city in cities.values() for file in ("secret.key", "personal.key")}
    assert len(secrets) == 4


def test_one_city_ends_and_the_other_works_on(cities: dict[str, City]):
    """Runs last in this file: pytest keeps the order."""
    before = sorted(process.pid for process in processes(cities["ky-anh"]))
    cities["thanh-hoa"].stop()
    news = tell(cities["ky-anh"], "ky-anh")
    wait_until(lambda: news <= correlations(cities["ky-anh"]), "both are on the desk")
    assert sorted(process.pid for process in processes(cities["ky-anh"])) == before
    assert cities["ky-anh"].ready()
