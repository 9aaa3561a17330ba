"""What becomes of a decoder's reports: states, readings, values for the screens. No process, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ioc.city.profile import Camera, CountingLine, Zone
from ioc.contract import Observation
from ioc.core.text import Text
from ioc.host.cameras_seen import VALUE, SeenCamera
from streams.messages import PictureState, Report

START = datetime(2026, 4, 24, 9, 30, tzinfo=UTC)
LOST_S = 6.0
GONE = Text("mất", "gone")
POINTS = ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))
CAMERA = Camera(
    id="cam-01",
    name="Cầu Hoàng Long",
    lon=105.79,
    lat=19.83,
    heading_deg=20,
    source="rtsp://10.1.2.3/one",
    lines=(CountingLine(id="north", start=(0.2, 0.5), end=(0.8, 0.5)),),
    zones=(Zone(id="gate", name="Cổng", purpose="restricted", points=POINTS),),
    simulated=True,
)


class Day:
    """A camera and the time that passes for it."""

    def __init__(self) -> None:
        self.now = START
        self.seen = SeenCamera(CAMERA, LOST_S, START)
        self.said: list[Observation] = []

    def pass_by(self, seconds: int, report: Report | None = None) -> list[Observation]:
        """Second by second, with or without a report in each; what was said in that time."""
        before = len(self.said)
        for _ in range(seconds):
            self.now += timedelta(seconds=1)
            if report is not None:
                self.seen.report(report, self.now)
            self.said += self.seen.look(self.now)
        return self.said[before:]


def good(analysed_fps: float = 5.0, **more: object) -> Report:
    """One second of even pictures, so many of which were looked at."""
    return Report(at_ms=0, fps=10.0, watched_s=1.0, gaps_s2=1 / analysed_fps, **more)  # type: ignore[arg-type]


def of(kind: str, said: list[Observation]) -> list[Observation]:
    return [one for one in said if one.kind == kind]


def test_it_starts_and_is_well_with_the_first_picture():
    day = Day()
    assert day.pass_by(3) == []
    assert day.seen.state == "starting"
    said = day.pass_by(1, good())
    assert day.seen.state == "ok"
    assert [(one.key, one.value, one.simulated) for one in of("camera.state", said)] == [("cam-01", 0, True)]


def test_no_first_picture_is_lost_within_ten_seconds():
    day = Day()
    said = day.pass_by(10)
    assert [one.value for one in of("camera.state", said)] == [VALUE["lost"]]
    assert day.now - day.seen.since < timedelta(seconds=2)
    assert day.seen.body()["reason"] == {"vi": "Camera không gửi hình", "en": "The camera sends no pictures"}
    day.pass_by(1, good())
    assert day.seen.body()["reason"] is None


def test_a_source_that_cannot_be_opened_is_lost_at_once_with_the_reason():
    day = Day()
    day.seen.trouble(GONE, day.now)
    assert day.seen.state == "lost"
    assert day.seen.body()["reason"] == {"vi": "mất", "en": "gone"}


def test_a_short_break_is_not_shown_a_long_one_is_and_recovery_too():
    day = Day()
    day.pass_by(20, good())
    day.seen.trouble(GONE, day.now)
    day.pass_by(4)
    assert day.seen.state == "ok"
    day.pass_by(4)
    assert day.seen.state == "lost"
    day.pass_by(1, good())
    assert (day.seen.state, day.seen.reason) == ("ok", None)


def test_the_state_is_said_at_every_change_and_every_ten_seconds():
    day = Day()
    said = of("camera.state", day.pass_by(60, good()))
    assert len(said) == 6
    said = of("camera.state", day.pass_by(30, good(state=PictureState.BLACK)))
    assert [one.value for one in said] == [3, 3, 3]


def test_crossings_of_ten_seconds_are_added_up_with_the_empty_ones():
    day = Day()
    day.pass_by(10, good())
    day.said.clear()
    day.pass_by(2, good(crossings=(("north", "in", 2),)))
    day.pass_by(8, good())
    counted = {one.key: one.value for one in of("camera.crossings", day.said)}
    assert counted == {"cam-01/north/in": 4, "cam-01/north/out": 0}
    again = of("camera.crossings", day.pass_by(10, good()))
    assert {one.value for one in again} == {0}


@pytest.mark.parametrize(
    ("analysed_fps", "quality"), [(1.0, "suspect"), (3.0, "suspect"), (4.0, "good"), (5.0, "good")]
)
def test_counts_of_too_few_pictures_are_suspect_and_the_card_says_so(analysed_fps: float, quality: str) -> None:
    day = Day()
    kinds, crossings = (("north", "in", "car", 1),), (("north", "in", 2),)
    day.pass_by(20, good(analysed_fps, crossings=crossings, kinds=kinds))
    counted = [one for one in day.said if one.kind.startswith("camera.crossings")]
    assert {one.kind for one in counted} == {"camera.crossings", "camera.crossings.car"}
    assert {one.quality for one in counted} == {quality}
    assert {one.quality for one in of("camera.state", day.said)} == {"good"}
    vi, en = f"{analysed_fps:.1f}".replace(".", ","), f"{analysed_fps:.1f}"
    note = {"vi": f"Quá ít hình để đếm: {vi} hình một giây", "en": f"Too few pictures to count: {en} a second"}
    assert day.seen.state == "ok"
    assert day.seen.body()["note"] == (note if quality == "suspect" else None)


def test_many_pictures_do_not_make_good_a_pause_and_the_next_window_is_judged_by_itself() -> None:
    day = Day()
    day.pass_by(10, good())
    paused = day.pass_by(6, good(30.0)) + day.pass_by(4)
    assert {one.quality for one in of("camera.crossings", paused)} == {"suspect"}
    assert day.seen.body()["note"] is not None
    day.pass_by(10, good())
    assert {one.quality for one in of("camera.crossings", day.pass_by(10, good()))} == {"good"}
    assert day.seen.body()["note"] is None


def test_what_is_told_when_a_camera_is_given_away_is_judged_too() -> None:
    day = Day()
    day.pass_by(13, good(2.0, crossings=(("north", "in", 1),)))
    counted = of("camera.crossings", day.seen.last_words(day.now))
    counts = {one.key: (one.value, one.quality) for one in counted}
    assert counts == {"cam-01/north/in": (3, "suspect"), "cam-01/north/out": (0, "suspect")}


def test_the_city_says_how_few_are_too_few() -> None:
    seen = SeenCamera(CAMERA, LOST_S, START, 8.0)
    seen.report(good(5.0, crossings=(("north", "in", 1),)), START)
    assert {one.quality for one in of("camera.crossings", seen.look(START + timedelta(seconds=11)))} == {"suspect"}


def test_of_a_time_without_pictures_nothing_is_counted():
    day = Day()
    day.pass_by(20, good())
    day.pass_by(12)
    assert of("camera.crossings", day.pass_by(60)) == []
    assert of("camera.motion", day.pass_by(20)) == []


def test_objects_in_a_zone_are_said_at_change_often_while_there_are_some_and_seldom_while_not():
    day = Day()
    day.pass_by(30, good())
    day.said.clear()
    there = of("camera.objects", day.pass_by(10, good(zones={"gate": 2})))
    assert [one.value for one in there] == [2] * 5
    assert there[0].key == "cam-01/gate"
    gone = of("camera.objects", day.pass_by(21, good()))
    assert [one.value for one in gone] == [0, 0, 0]


def test_lines_and_zones_a_decoder_made_up_are_passed_over():
    day = Day()
    day.pass_by(30, good(crossings=(("other", "in", 9), ("north", "up", 9)), zones={"elsewhere": 4}))
    assert not any(one.value for one in of("camera.crossings", day.said))
    assert {one.key for one in of("camera.objects", day.said)} == {"cam-01/gate"}


def test_the_screens_are_told_no_address():
    day = Day()
    day.pass_by(1, good())
    body = day.seen.body()
    assert "10.1.2.3" not in str(body)
    assert body["module"] == "camera"
    assert body["dataclass"] == "internal"


@given(st.lists(st.sampled_from(["report", "trouble", "nothing"]), max_size=60))
def test_whatever_happens_every_reading_has_an_id_of_its_own(story: list[str]):
    day = Day()
    for step in story:
        if step == "trouble":
            day.seen.trouble(GONE, day.now)
        day.pass_by(1, good(zones={"gate": 1}) if step == "report" else None)
    ids = [one.id for one in day.said]
    assert len(ids) == len(set(ids))


def test_what_goes_on_in_zones_is_told_with_its_unit_and_made_up_zones_are_not():
    day = Day()
    report = good(measures=(("occupancy", "gate", 37.5), ("queue", "gate", 4.0), ("queue", "nowhere", 9.0)))
    said = day.pass_by(1, report)
    assert [(one.key, one.value, one.unit) for one in of("camera.queue", said)] == [("cam-01/gate", 4, "veh")]
    assert [(one.key, one.value, one.unit) for one in of("camera.occupancy", said)] == [("cam-01/gate", 37.5, "%")]
    said = day.pass_by(1, good(measures=(("occupancy", "gate", 38.0), ("queue", "gate", 5.0))))
    assert [one.value for one in of("camera.queue", said)] == [5]
    assert of("camera.occupancy", said) == []


def test_one_that_goes_the_wrong_way_is_told_at_once_and_once():
    day = Day()
    said = day.pass_by(1, good(wrong_ways=(("north", 2), ("nowhere", 1))))
    assert [(one.key, one.value) for one in of("camera.wrong_way", said)] == [("cam-01/north", 2)]
    assert of("camera.wrong_way", day.pass_by(20, good())) == []


def test_crossings_are_told_by_kind_once_one_was_seen_the_motorcycle_first():
    day = Day()
    assert not [one for one in day.pass_by(11, good()) if one.kind.startswith("camera.crossings.")]
    seen = (("north", "in", "car", 1), ("north", "in", "motorcycle", 3), ("north", "in", "ufo", 1))
    day.pass_by(1, good(kinds=seen))
    said = [one for one in day.pass_by(10, good()) if one.kind.startswith("camera.crossings.")]
    told = [("camera.crossings.motorcycle", 3), ("camera.crossings.car", 1)]
    assert [(one.kind, one.value) for one in said] == told
    again = [one for one in day.pass_by(10, good()) if one.kind.startswith("camera.crossings.")]
    assert [(one.kind, one.value) for one in again] == [(kind, 0) for kind, _ in told]


def test_a_detector_that_cannot_be_used_is_said_while_the_camera_counts_on():
    day = Day()
    day.pass_by(1, good(fault=("x.onnx: không có", "x.onnx: missing")))
    assert day.seen.state == "ok"
    note = day.seen.body()["note"]
    assert "x.onnx: không có" in note["vi"] and "x.onnx: missing" in note["en"]
    day.pass_by(1, good())
    assert day.seen.body()["note"] is None


def test_what_passed_is_told_to_who_watches_before_the_ten_seconds_are_over_and_runs_on():
    day = Day()
    day.pass_by(1, good(crossings=(("north", "in", 2),)))
    assert not of("camera.crossings", day.said)
    assert day.seen.body(watched=True)["passed"]["lines"] == {"north": [2, 0]}
    assert day.seen.body()["passed"] is None
    day.pass_by(12, good())
    day.pass_by(1, good(crossings=(("north", "out", 1),)))
    assert day.seen.body(watched=True)["passed"]["lines"] == {"north": [2, 1]}


def test_another_row_tells_what_the_one_before_counted_and_forgets_only_lines_that_are_gone():
    day = Day()
    day.pass_by(1, good(crossings=(("north", "in", 2),)))
    south = CountingLine(id="south", start=(0.2, 0.8), end=(0.8, 0.8))
    told = day.seen.redrawn(replace(CAMERA, lines=(*CAMERA.lines, south)), day.now)
    assert [(one.key, one.value) for one in told if one.value] == [("cam-01/north/in", 2)]
    assert day.seen.body(watched=True)["passed"]["lines"] == {"north": [2, 0], "south": [0, 0]}
    day.seen.redrawn(replace(CAMERA, lines=(south,)), day.now)
    day.seen.redrawn(CAMERA, day.now)
    assert day.seen.body(watched=True)["passed"]["lines"] == {"north": [0, 0]}, "it is another of the same name"
