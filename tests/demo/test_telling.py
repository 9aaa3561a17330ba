"""A story told: everyone speaks at their time, the world changes, and the truth is written down, all of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from structlog.testing import capture_logs

from ioc.city.profile import City
from ioc.demo.director import Director, Order, lay_order, stories_of
from ioc.demo.scenario.checks import Known
from ioc.demo.scenario.playing import DO, Stage, Telling
from ioc.demo.scenario.reading import read_scenario
from ioc.demo.truth import read_truth
from ioc.demo.world import Block, People, Silence, Stuck
from tests.demo.conftest import THANH_HOA, Doors

QUICK = 400.0
EVERYTHING = """
id = "tat-ca"
city = "thanh-hoa"
name = { vi = "Tất cả", en = "Everything" }
[[place]]
id = "duong"
detector = "d-cau-1"
metres_after = 25
[[place]]
id = "duong"
detector = "d-quang-trung"
metres_after = 25
[[place]]
id = "ga"
camera = "cam-03"
[[place]]
id = "phuong"
ward = "14758"
[[place]]
id = "benh-vien"
asset = "bv-nhi"
[[place]]
id = "diem"
lonlat = [105.78, 19.8]
[[place]]
id = "giua-duong"
segment = "tran-phu"
share = 0.5
"""
STEPS = {
    "block": 'place = "duong"\nfor_s = 100',
    "call": 'place = "duong"\nservice = "115"\ntext = "Tai nạn trên {road}, {ward}"\nanswers = { injured = 2 }',
    "report": 'place = "phuong"\nservice = "lighting"\ntext = "Mất điện ở {ward}"',
    "posts": 'place = "ga"\ntexts = ["đông ở {place}", "chen ở {place}"]\ncount = 5\nover_s = 20',
    "press": 'place = "giua-duong"\ntitle = "Tai nạn trên {road}"\ntext = "Ở {ward}."',
    "record": 'place = "benh-vien"\ntype = "theft"',
    "analytics": 'place = "ga"\ntopic = "fight"\nfor_s = 30',
    "gathering": 'place = "ga"\npeople = 30\nfor_s = 100',
    "intruder": 'place = "ga"\nfor_s = 100',
    "camera_fault": 'place = "ga"\nhow = "black"\nfor_s = 20',
    "silence": 'place = "duong"\nfor_s = 100',
    "stuck": 'place = "duong"\nfor_s = 100',
}


def everything(city: City) -> Any:
    steps = "".join(f'[[step]]\nat_s = {n * 5}\ndo = "{do}"\n{rest}\n' for n, (do, rest) in enumerate(STEPS.items()))
    expect = '[[expect]]\nevent = "traffic.incident.suspected"\nplace = "duong"\nwithin_s = 60\nafter_s = 8\n'
    return read_scenario(EVERYTHING + steps + expect, "tat-ca.toml", city, Known())


async def test_every_kind_of_step_is_done_and_written_down(stage: Stage, doors: Doors, city: City, tmp_path: Path):
    story = everything(city)
    await Telling(stage, story, "run-1", speed=QUICK).tell()
    assert {DO[type(step)] for step in story.steps} == set(DO.values())

    call = doors.of("call")[0]
    assert call["narrative"] == "Tai nạn trên Quốc lộ 1A, cầu Hoàng Long, Phường Nguyệt Viên"
    assert call["answers"] == {"injured": 2}
    assert doors.of("report")[0]["description"] == "Mất điện ở Phường Hàm Rồng"
    assert doors.of("post") == [f"{word} ở Ga Thanh Hóa" for word in ("đông", "chen", "đông", "chen", "đông")]
    assert doors.of("record")[0][0] == "theft"
    assert doors.of("analytics") == [("cam-03", "fight", True), ("cam-03", "fight", False)]
    feed = stage.press.feeds[0]
    answer = stage.press.answer(feed, "http://sim")
    assert answer is not None
    assert "Tai nạn trên Đường Trần Phú" in answer.body.decode()
    block = stage.world.of(Block)[0]
    assert (block.segment, block.share_left) == ("ql1a-hoang-long", 0.0)
    assert {one.where for one in stage.world.of(People)} == {"crowd", "restricted"}
    assert [one.detector for one in (*stage.world.of(Silence), *stage.world.of(Stuck))] == ["d-cau-1", "d-cau-1"]

    truth = read_truth(tmp_path, "run-1")
    assert [line["kind"] for line in truth] == ["story", *STEPS, "end"]
    for line in truth[:-1]:
        west, south, east, north = city.bbox
        assert west <= line["lonlat"][0] <= east
        assert south <= line["lonlat"][1] <= north
        assert line["ward"]
        assert line["story"] == "tat-ca"
    assert [line["at"] for line in truth] == sorted(line["at"] for line in truth)
    expect = truth[0]["expects"][0]
    assert (expect["event"], expect["ward"], expect["within_s"]) == ("traffic.incident.suspected", "15925", 60)
    assert expect["from"] > truth[0]["at"]
    assert all(line["until"] > line["at"] for line in truth if line["kind"] in ("block", "gathering", "silence"))


async def test_the_next_telling_is_somewhere_else(stage: Stage, city: City, tmp_path: Path):
    story = everything(city)
    for turn in range(3):
        await Telling(stage, story, f"run-{turn}", turn, speed=QUICK).tell()
    places = [read_truth(tmp_path, f"run-{turn}")[0]["lonlat"] for turn in range(3)]
    assert places[0] != places[1]
    assert places[0] == places[2]


async def test_an_order_laid_down_is_told_and_a_broken_one_is_passed_over(
    stage: Stage, city: City, tmp_path: Path, doors: Doors
):
    text = EVERYTHING + '[[step]]\nat_s = 0\ndo = "record"\nplace = "diem"\ntype = "theft"\n'
    lay_order(tmp_path, "run-bad", Order("id = 3", 1))
    lay_order(tmp_path, "run-good", Order(text, QUICK))
    director = asyncio.create_task(Director(stage, city, tmp_path).obey())
    try:
        async with asyncio.timeout(20):
            while not any(line["kind"] == "end" for line in read_truth(tmp_path, "run-good")):
                await asyncio.sleep(0.02)
    finally:
        director.cancel()
    assert len(doors.of("record")) == 1
    assert read_truth(tmp_path, "run-bad") == []
    assert list((tmp_path / "orders").iterdir()) == []


async def test_stories_repeat_for_ever_at_changing_places(stage: Stage, city: City, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("ioc.demo.director.PAUSE_S", 0.01)
    text = EVERYTHING.replace("tat-ca", "nho") + '[[step]]\nat_s = 0\ndo = "record"\nplace = "duong"\ntype = "theft"\n'
    story = read_scenario(text, "nho.toml", city, Known())
    director = asyncio.create_task(Director(stage, city, tmp_path).repeat([story, story], 0, 0.01, 0))
    try:
        async with asyncio.timeout(20):
            while len([line for line in read_truth(tmp_path) if line["kind"] == "end"]) < 6:
                await asyncio.sleep(0.02)
    finally:
        director.cancel()
    wards = {line["ward"] for line in read_truth(tmp_path) if line["kind"] == "story"}
    assert len(wards) == 2


def test_stories_before_cameras_that_show_clips_are_left_out(city: City):
    clips = tuple(msgspec.structs.replace(camera, source="file:/a.mp4") for camera in city.cameras)
    told = {story.head.id for story in stories_of(THANH_HOA, msgspec.structs.replace(city, cameras=clips))}
    assert "va-cham" in told
    assert not told & {"dot-nhap", "tu-tap"}


def test_a_story_of_the_city_that_cannot_be_told_is_left_out(city: City, tmp_path: Path):
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "1.toml").write_text("id = 3", encoding="utf-8")
    for file in (THANH_HOA / "scenarios").glob("*.toml"):
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    assert [story.head.id for story in stories_of(tmp_path, city)] == [
        story.head.id for story in stories_of(THANH_HOA, city)
    ]


def test_a_story_of_another_city_is_named_with_its_mistake(city: City):
    renamed = msgspec.structs.replace(city, id="sam-son")
    with capture_logs() as said:
        assert stories_of(THANH_HOA, renamed) == []
    assert said
    assert all(any(mistake.startswith("city: ") for mistake in line["mistakes"]) for line in said)
