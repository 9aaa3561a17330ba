"""What the simulated devices send: records, a week of history, files of real detectors."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.api.observations import MAX_BATCH
from ioc.city.profile import City, load_city
from ioc.core.clock import SystemClock, parse_time
from ioc.core.errors import Problem
from ioc.demo.addresses import Pace, saved_feeds, write_overlay, write_quiet_overlay
from ioc.demo.detectors import Detectors
from ioc.demo.history import DAYS, History
from ioc.demo.recordings import Recordings, read_recordings
from ioc.demo.rhythm import CLASSES
from ioc.demo.traffic import Traffic
from ioc.demo.world import Silence, Stuck, World
from tests.demo.conftest import MORNING, ROOT, THANH_HOA

SENT = list[tuple[str, Any]]


@pytest.fixture
def sent() -> SENT:
    return []


def detectors(city: City, traffic: Traffic, world: World, sent: SENT) -> Detectors:
    return Detectors(city, traffic, world, SystemClock(), lambda topic, body: sent.append((topic, body)))


def test_a_record_has_all_a_detector_measures(city: City, traffic: Traffic, world: World, sent: SENT):
    detectors(city, traffic, world, sent).send("d-tran-phu", MORNING, 60)
    topic, record = sent[0]
    assert topic == "traffic/d-tran-phu/record"
    assert record.keys() == {"detector_id", "t", "interval_s", "count", "occupancy_pct", "speed_kmh", "queue_m"}
    assert set(record["count"]) == set(CLASSES)
    assert parse_time(record["t"]) == MORNING


def test_stories_make_a_detector_silent_or_stuck(city: City, traffic: Traffic, world: World, sent: SENT):
    mine = detectors(city, traffic, world, sent)
    world.put(Silence(begin=MORNING, end=MORNING + timedelta(seconds=10), detector="d-tran-phu"))
    world.put(Stuck(begin=MORNING, end=MORNING + timedelta(seconds=20), detector="d-le-loi"))
    for step in range(6):
        for id in ("d-tran-phu", "d-le-loi"):
            mine.send(id, MORNING + timedelta(seconds=5 * step), 5)
    spoke = [body["t"] for topic, body in sent if "tran-phu" in topic]
    assert len(spoke) == 4
    assert min(map(parse_time, spoke)) == MORNING + timedelta(seconds=10)
    same = [body["speed_kmh"] for topic, body in sent if "le-loi" in topic]
    assert len(set(same[:4])) == 1
    assert len(set(same[3:])) > 1


async def test_all_detectors_end_their_intervals_together(city: City, traffic: Traffic, world: World, sent: SENT):
    every_second = tuple(msgspec.structs.replace(detector, period_s=1) for detector in city.detectors)
    quick = msgspec.structs.replace(city, detectors=every_second)
    running = asyncio.create_task(detectors(quick, traffic, world, sent).run(but=["d-tran-phu"]))
    try:
        async with asyncio.timeout(10):
            while len(sent) < 2 * (len(city.detectors) - 1):
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
    times = [parse_time(body["t"]) for _, body in sent]
    assert all(at.microsecond == 0 for at in times)
    assert not any("d-tran-phu" in topic for topic, _ in sent)


class Door:
    """Takes batches, perhaps only some."""

    def __init__(self, takes: int = 10_000) -> None:
        self.readings: list[dict[str, Any]] = []
        self._takes = takes

    async def observations(self, readings: list[dict[str, Any]]) -> bool:
        assert 0 < len(readings) <= MAX_BATCH
        if self._takes <= 0:
            return False
        self._takes -= 1
        self.readings += readings
        return True


async def test_the_first_start_tells_of_a_week_and_a_restart_repeats_nothing(traffic: Traffic, tmp_path: Path):
    first, again = Door(), Door()
    await History(traffic, tmp_path, pause_s=0).send(first, MORNING)
    assert len(first.readings) == DAYS * 96 * len(traffic.roads.detectors) * 2
    times = [parse_time(one["at"]) for one in first.readings]
    assert times == sorted(times)
    assert MORNING - timedelta(days=DAYS, minutes=15) < times[0]
    assert times[-1] <= MORNING
    assert len({one["id"] for one in first.readings}) == len(first.readings)
    await History(traffic, tmp_path, pause_s=0).send(again, MORNING)
    assert again.readings == []
    await History(traffic, tmp_path, pause_s=0).send(again, MORNING + timedelta(hours=1))
    assert len(again.readings) == 4 * len(traffic.roads.detectors) * 2, "only the time it stood still"


async def test_what_was_not_taken_is_sent_the_next_time_with_the_same_ids(traffic: Traffic, tmp_path: Path):
    half, rest, whole = Door(takes=3), Door(), Door()
    await History(traffic, tmp_path, pause_s=0).send(half, MORNING)
    await History(traffic, tmp_path, pause_s=0).send(rest, MORNING)
    await History(traffic, tmp_path / "..", pause_s=0).send(whole, MORNING)
    assert half.readings + rest.readings == whole.readings


CSV = """detector_id,t,interval_s,motorcycle,car,bus,truck,bicycle,occupancy_pct,speed_kmh,queue_m
{0},2025-03-01T07:00:00+07:00,60,31,7,1,0,2,12.5,34.0,0
{0},2025-03-01T07:00:01+07:00,60,28,9,0,1,,,31.5,
"""


def recorded(folder: Path, name: str, text: str) -> Path:
    (folder / "detectors").mkdir(exist_ok=True)
    (folder / "detectors" / name).write_text(text, encoding="utf-8")
    return folder


async def played(city: City, folder: Path, sent: SENT, enough: Callable[[], bool]) -> Recordings:
    recordings = Recordings(city, folder, SystemClock(), lambda topic, body: sent.append((topic, body)))
    running = asyncio.create_task(recordings.run())
    try:
        async with asyncio.timeout(10):
            while not enough():
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
    return recordings


async def test_a_file_of_a_known_detector_is_played_as_of_now(city: City, tmp_path: Path, sent: SENT):
    folder = recorded(tmp_path, "a.csv", CSV.format("d-tran-phu"))
    before = SystemClock().now() - timedelta(milliseconds=1)
    recordings = await played(city, folder, sent, lambda: len(sent) >= 2)
    assert recordings.detectors == ["d-tran-phu"]
    assert [topic for topic, _ in sent] == ["traffic/d-tran-phu/record"] * 2
    assert all(before <= parse_time(body["t"]) for _, body in sent)
    assert sent[0][1]["count"] == {"motorcycle": 31, "car": 7, "bus": 1, "truck": 0, "bicycle": 2}
    assert sent[1][1].keys() == {"detector_id", "t", "interval_s", "count", "speed_kmh"}


async def test_strangers_take_the_place_of_detectors_left_over(city: City, tmp_path: Path, sent: SENT):
    line = {"detector_id": "A100", "t": "2025-03-01T00:00:00Z", "interval_s": 60, "count": {"car": 3}}
    folder = recorded(tmp_path, "a.jsonl", json.dumps(line) + "\n\n" + json.dumps(line | {"detector_id": "B"}))
    recordings = await played(city, folder, sent, lambda: len(sent) >= 2)
    assert len(set(recordings.detectors)) == 2
    assert {body["detector_id"] for _, body in sent} <= {one.id for one in city.detectors}


@pytest.mark.parametrize(
    ("name", "text", "line", "why"),
    [
        ("a.csv", CSV.format("d").replace("60,28", "oft,28"), "3", ("“oft” ở “interval_s” không phải số", "no number")),
        ("a.csv", "detector,t\nx,2025-03-01T07:00:00Z\n", "2", ("thiếu “detector_id”", "`detector_id` is missing")),
        ("a.csv", CSV.format("d").replace("+07:00,60,31", ",60,31"), "2", ("múi giờ", "no time with a zone")),
        ("a.csv", "detector_id,t,interval_s\n\n\nd,hôm qua,60\n", "4", ("“hôm qua” ở “t”", "no time with a zone")),
        ("a.csv", "detector_id,t,interval_s,car\nd,2025-03-01T07:00:00Z,60,inf\n", "2", ("“inf”", "no number")),
        ("a.jsonl", '{"detector_id": "x"', "1", ("không phải JSON", "no valid JSON")),
        ("a.jsonl", "[1, 2]", "1", ("bản ghi JSON", "no record of JSON")),
        ("a.jsonl", '{"detector_id": "x", "t": 7, "interval_s": 60}', "1", ("“7” ở “t”", "no time with a zone")),
    ],
)
def test_a_line_that_cannot_be_read_is_named(name: str, text: str, line: str, why: tuple[str, str], tmp_path: Path):
    with pytest.raises(Problem) as refused:
        list(read_recordings(recorded(tmp_path, name, text)))
    assert refused.value.errors[0].field == name
    told = refused.value.errors[0].text
    assert f"line {line}:" in told.en and f"dòng {line}:" in told.vi
    assert why[0] in told.vi and why[1] in told.en and "Error" not in told.vi + told.en


def test_a_detector_that_speaks_from_a_file_has_the_interval_of_its_records(tmp_path: Path):
    data = tmp_path / "data"
    (data / "detectors").mkdir(parents=True)
    lines = ["d-tran-phu,2026-11-22T00:00:20Z,20,3", "lạ-2,2026-11-22T00:02:00Z,30,1", "lạ-1,2026-11-22T00:01:00Z,60,3"]
    text = "\n".join(["detector_id,t,interval_s,motorcycle", *lines])
    (data / "detectors" / "đếm.csv").write_text(text, encoding="utf-8")
    city = load_city(THANH_HOA)
    write_overlay(tmp_path, city, "http://127.0.0.1:9", own=THANH_HOA / "demo", data=data, pace=Pace())
    rows = tomllib.loads((tmp_path / "roads.toml").read_text(encoding="utf-8"))["detector"]
    periods = {row["id"]: row["period_s"] for row in rows}
    left = [one.id for one in city.detectors if one.id != "d-tran-phu"]
    assert [periods[id] for id in ("d-tran-phu", *left[:3])] == [20, 60, 30, 5]


@pytest.mark.parametrize("name", ["thanh-hoa", "ky-anh"])
def test_the_overlay_points_everything_at_the_simulator_and_says_so(name: str, tmp_path: Path):
    folder = ROOT / "cities" / name
    city = load_city(folder)
    write_overlay(tmp_path, city, "http://127.0.0.1:9", own=folder / "demo", data=None, pace=Pace())
    over = load_city(folder, tmp_path)
    assert over.private_hosts == ("127.0.0.1:9",)
    assert all(one.simulated and one.source.startswith("http://127.0.0.1:9/") for one in over.cameras)
    assert all(one.simulated and one.url.startswith("http://127.0.0.1:9/") for one in over.media_feeds)
    assert all("mô phỏng" in one.name for one in over.media_feeds)
    assert {one.period_s for one in over.detectors} == {5}
    assert {one.id for one in city.detectors} < {one.id for one in over.detectors}
    purposes = {one.id: {zone.purpose for zone in one.zones} for one in over.cameras}
    roads = [one for one in over.cameras if one.lines]
    assert roads and len(roads) < len(over.cameras)
    for camera in over.cameras:
        on_road = {"queue", "no_parking"} if camera in roads else {"crowd", "restricted", "watch"}
        assert purposes[camera.id] == on_road
    assert {line.allowed for one in roads for line in one.lines} == {"in"}


def test_clips_are_the_cameras_where_there_are_clips(tmp_path: Path):
    data, over = tmp_path / "data", tmp_path / "over"
    for name in ("motorway640.mp4", "a.avi", "b.mp4", "notes.txt"):
        (data / "clips").mkdir(parents=True, exist_ok=True)
        (data / "clips" / name).write_bytes(b"")
    write_overlay(over, load_city(THANH_HOA), "http://127.0.0.1:9", own=tmp_path / "none", data=data, pace=Pace())
    sources = {one.id: one.source for one in load_city(THANH_HOA, over).cameras}
    assert sources["cam-02"] == f"file:{data}/clips/motorway640.mp4", "named in the profile"
    assert [sources[id].rpartition("/")[2] for id in ("cam-01", "cam-03", "cam-04")] == ["a.avi", "b.mp4", "a.avi"]


def test_a_quiet_city_asks_nobody(tmp_path: Path):
    write_quiet_overlay(tmp_path, load_city(THANH_HOA), own=tmp_path / "none")
    city = load_city(THANH_HOA, tmp_path)
    assert not any(feed.enabled for feed in city.media_feeds)
    assert {camera.life for camera in city.cameras} == {"commissioning"}
    assert city.private_hosts == ()


OWN_FEED = (
    '[[feed]]\nid = "cua-toi"\nname = "Tin của tôi"\nurl = "http://127.0.0.1:9000/a.xml"\ntier = 3\nlanguage = "vi"\n'
)
OWN_CAMERA = '[[camera]]\nid = "cam-01"\nsource = "rtsp://127.0.0.1:9001/x"\nlife = "live"\n'


@pytest.mark.parametrize("quiet", [True, False])
def test_feeds_and_cameras_of_ones_own_are_tried_in_a_demonstration(quiet: bool, tmp_path: Path):
    own, over, city = tmp_path / "demo", tmp_path / "over", load_city(THANH_HOA)
    own.mkdir()
    for name, text in (("media", OWN_FEED), ("cameras", OWN_CAMERA), ("city", 'private_hosts = ["127.0.0.1:9000"]\n')):
        (own / f"{name}.toml").write_text(text, encoding="utf-8")
    if quiet:
        write_quiet_overlay(over, city, own=own)
    else:
        write_overlay(over, city, "http://127.0.0.1:9", own=own, data=None, pace=Pace())
    tried = load_city(THANH_HOA, over)
    assert [feed.id for feed in tried.media_feeds if feed.enabled and not feed.simulated] == ["cua-toi"]
    camera = next(one for one in tried.cameras if one.id == "cam-01")
    assert (camera.source, camera.life) == ("rtsp://127.0.0.1:9001/x", "live")
    assert tried.private_hosts == ("127.0.0.1:9000", *(() if quiet else ("127.0.0.1:9",)))


def test_saved_feeds_are_found_by_their_endings(tmp_path: Path):
    (tmp_path / "feeds").mkdir()
    for name in ("b.json", "a.xml", "readme.md"):
        (tmp_path / "feeds" / name).write_text("x", encoding="utf-8")
    assert [path.name for path in saved_feeds(tmp_path)] == ["a.xml", "b.json"]
    assert saved_feeds(None) == []
