"""`ioc scenario` as a person types it, on real cities with real processes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.demo.truth import read_truth
from tests.running import IOC, ROOT, City, running_city
from tests.several import Answer, run_several

STORIES = sorted((ROOT / "cities").glob("*/scenarios/*.toml"))
HEAD = 'id = "thu"\ncity = "thanh-hoa"\nname = { vi = "Thử", en = "A try" }\n'
PLACES = """
[[place]]
id = "cau"
detector = "d-cau-1"
metres_after = 25

[[place]]
id = "ga"
camera = "cam-03"
"""
CRASH = """
[[step]]
at_s = 0
do = "block"
place = "cau"
for_s = 120

[[step]]
at_s = 2
do = "call"
place = "cau"
service = "115"
text = "Xe máy va chạm xe tải trên {road}, một người bất tỉnh"

[[step]]
at_s = 4
do = "report"
place = "cau"
service = "traffic"
text = "Tai nạn trên {road}, xe tải chắn hai làn"

[[step]]
at_s = 6
do = "press"
place = "cau"
title = "Va chạm giữa xe tải và xe máy trên {road}, {ward}"
text = "Vụ tai nạn giao thông trên {road}, {ward} làm một người bị thương."

[[expect]]
event = "traffic.incident.suspected"
place = "cau"
within_s = 80

[[expect]]
event = "emergency.call.received"
place = "cau"
within_m = 200
within_s = 30

[[expect]]
event = "citizen.report.received"
place = "cau"
within_m = 200
within_s = 30

[[expect]]
event = "media.story.published"
place = "cau"
within_m = 3000
within_s = 80

[[may]]
event = "media.hint.raised"

[[may]]
event = "traffic.vehicle.stopped"
"""
INTRUDER = """
[[step]]
at_s = 0
do = "intruder"
place = "ga"
for_s = 40

[[expect]]
event = "public_security.intrusion.detected"
place = "ga"
within_m = 100
within_s = 60
"""
NEVER = """
[[step]]
at_s = 0
do = "record"
place = "ga"
type = "theft"

[[expect]]
event = "public_security.crowd.detected"
place = "ga"
within_s = 2
"""


def ioc(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [IOC, "scenario", *words], capture_output=True, text=True, timeout=170, stdin=subprocess.DEVNULL, cwd=ROOT
    )


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    """Traffic, cameras and the press live; nobody speaks unless a story lets them."""
    with running_city("--calm") as running:
        yield running


def story(folder: Path, text: str) -> str:
    path = folder / "thu.toml"
    path.write_text(HEAD + PLACES + text, encoding="utf-8")
    return str(path)


@pytest.mark.timeout(600)
def test_a_crash_told_to_a_running_city_is_found_in_its_ward(city: City, tmp_path: Path):
    told = ioc("run", story(tmp_path, CRASH), "--port", str(city.port), "--state", str(city.state), "--json")
    assert told.returncode == 0, told.stdout + told.stderr + city.log.read_text()[-2000:]
    said = json.loads(told.stdout)
    assert said["found_all"]
    assert all(row["ward_right"] for row in said["rows"])
    assert said["false"] == []
    truth = read_truth(city.state, said["run"])
    assert [line["kind"] for line in truth][:5] == ["story", "block", "call", "report", "press"]
    events = city.get("/api/v1/events", params={"limit": 500}).json()["events"]
    of_people = [one for one in events if one["module"] in ("emergency", "citizen") and one.get("simulated")]
    assert of_people, "what the story's people said is marked as simulated"
    assert all(one.get("simulated") for one in events if one["module"] in ("traffic", "media", "citizen", "emergency"))


@pytest.mark.timeout(600)
def test_what_never_happens_is_missed(city: City, tmp_path: Path):
    told = ioc("run", story(tmp_path, NEVER), "--port", str(city.port), "--state", str(city.state))
    assert told.returncode == 1
    assert "public_security.crowd.detected" in told.stdout
    assert "✗" in told.stdout


@pytest.mark.timeout(600)
def test_a_stranger_needs_no_city_of_their_own(tmp_path: Path):
    told = ioc("run", story(tmp_path, INTRUDER))
    assert told.returncode == 0, told.stdout + told.stderr
    assert "✓ public_security.intrusion.detected" in told.stdout


def test_a_city_without_a_simulator_is_named(tmp_path: Path):
    told = ioc("run", story(tmp_path, NEVER), "--port", "9", "--state", str(tmp_path))
    assert told.returncode == 2
    assert "Traceback" not in told.stderr


def test_check_names_every_mistake(tmp_path: Path):
    text = CRASH.replace('"cau"', '"cầu"', 1).replace("within_s = 80", "within_s = 0", 1).replace('"115"', '"911"')
    told = ioc("check", story(tmp_path, text))
    assert told.returncode == 1
    for field in ("step[1].place", "step[2].service", "expect[1].within_s"):
        assert f"thu.toml {field}:" in told.stdout


def test_run_refuses_what_cannot_be_told(tmp_path: Path):
    told = ioc("run", story(tmp_path, CRASH.replace("media.story.published", "media.story.invented")))
    assert told.returncode == 2
    assert "expect[4].event" in told.stderr


@pytest.fixture(scope="module")
def checked() -> dict[Path, Answer]:
    """What `ioc scenario check` says of every story that comes along."""
    (answers,) = run_several([{"environment": {}, "commands": [("scenario", "check", str(path)) for path in STORIES]}])
    return dict(zip(STORIES, answers, strict=True))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.name)
def test_the_stories_that_come_along_have_no_mistake(checked: dict[Path, Answer], path: Path):
    code, said = checked[path]
    assert code == 0, said
    assert "✓" in said
