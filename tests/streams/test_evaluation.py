"""Clips held against their truth: what is counted, and that of a bad file nothing comes but words."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from pathlib import Path

import cv2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ioc.cli.commands import app
from ioc.core.errors import Problem
from streams.evaluation import runner
from streams.evaluation.runner import evaluate, total
from streams.evaluation.scoring import SeenCrossing, SeenEvent, paired, score
from streams.evaluation.truth import Truth, TruthEvent, TruthLine, kind_of, read_truth, way_of
from streams.evaluation.words import Unusable
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import HEIGHT, WIDTH, Scene, drive

FPS = 10.0
LINE = {"name": "A", "p1": [160, 20], "p2": [160, 160], "counts": {"right": 1}, "frames": {"right": [40]}}


def write(folder: Path, name: str = "drive", **more: object) -> Path:
    """A clip of a car that comes after two seconds and drives to the right, with its truth."""
    scene = Scene(2)
    writer = cv2.VideoWriter(str(folder / f"{name}.avi"), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (WIDTH, HEIGHT))
    for picture in [scene.picture() for _ in range(20)] + [scene.picture(at) for at in drive((0, 0.5), (1, 0.5), 40)]:
        writer.write(picture)
    writer.release()
    truth = {"file": f"{name}.avi", "width": WIDTH, "height": HEIGHT, "fps": FPS, "lines": [LINE], "events": []} | more
    (folder / f"{name}.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    return folder


def test_a_drawn_car_is_counted_where_and_when_it_passed(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["streams", "evaluate", str(write(tmp_path)), "--json"])
    assert result.exit_code == 0, result.output
    body = json.loads(result.output)
    assert (body["total"]["count_error"], body["total"]["f1"], body["total"]["direction"]) == (0, 1, 1)
    assert body["total"]["event_false"] == 0
    assert body["clips"][0]["lines"][0] == {"line": "A", "way": "in", "truth": 1, "counted": 1}
    assert body["clips"][0]["cpu_ms"] > 0


def test_clips_of_a_kind_are_summed_by_themselves_too(tmp_path: Path) -> None:
    write(tmp_path, "one", kind="traffic night, wet road")
    write(tmp_path, "two", kind="traffic night", lines=[LINE | {"counts": {"right": 2}, "frames": {}}])
    write(tmp_path, "three", kind="traffic day")
    result = CliRunner().invoke(app, ["streams", "evaluate", str(tmp_path), "--json"])
    kinds = json.loads(result.output)["kinds"]
    assert {kind: (one["clips"], one["truth"], one["counted"]) for kind, one in kinds.items()} == {
        "traffic day": (1, 1, 1),
        "traffic night": (2, 3, 2),
    }


def test_bad_files_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "short", frames_total=600)
    write(tmp_path, "lying", width=640, height=360)
    write(tmp_path, "empty")
    (tmp_path / "empty.avi").write_bytes(b"")
    write(tmp_path, "noise")
    (tmp_path / "noise.avi").write_bytes(bytes(range(256)) * 40)
    write(tmp_path, "cut")
    whole = (tmp_path / "cut.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 3])
    truth = json.loads((tmp_path / "cut.truth.json").read_text(encoding="utf-8")) | {"frames_total": 60}
    (tmp_path / "cut.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    write(tmp_path, "gone")
    (tmp_path / "gone.avi").unlink()
    results = list(evaluate(tmp_path, USUAL_LIMITS, FPS))
    said = {one.file: one.reason.en for one in results if one.reason}
    assert set(said) == {f"{name}.avi" for name in ("short", "lying", "empty", "noise", "cut", "gone")}
    assert "60 of 600" in said["short.avi"]
    assert "320x180" in said["lying.avi"] and "640x360" in said["lying.avi"]
    assert "missing" in said["gone.avi"]
    assert total(results)[0].truth == 1
    outcome = CliRunner().invoke(app, ["streams", "evaluate", str(tmp_path)])
    assert outcome.exit_code == 1
    assert "Traceback" not in outcome.output


@pytest.mark.parametrize(
    ("where", "name", "value", "says"),
    [(runner, "SILENT_S", 0.0, "hangs"), (sys, "executable", shutil.which("false"), "died")],
)
def test_a_clip_that_ends_or_stops_its_process_is_named(tmp_path: Path, monkeypatch, where, name, value, says) -> None:
    write(tmp_path)
    monkeypatch.setattr(where, name, value)
    (result,) = evaluate(tmp_path, USUAL_LIMITS, FPS)
    assert result.reason is not None
    assert says in result.reason.en


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"lines": [LINE | {"p1": [20, 300]}]}, "swapped"),
        ({"lines": [LINE | {"p1": [2000, 3000]}]}, "outside"),
        ({"lines": [LINE | {"p1": LINE["p2"]}]}, "no length"),
        ({"lines": [LINE | {"counts": {"right": 2}}]}, "do not agree"),
        ({"lines": [LINE | {"counts": {"sideways": 1}, "frames": {}}]}, "no direction"),
        ({"lines": [LINE, LINE]}, "same name"),
        ({"zones": [{"name": "z", "points": [[0, 0], [9, 9], [9, 0], [0, 9]]}]}, "crosses itself"),
        ({"zones": [{"name": "z", "points": [[0, 0], [9, 9]]}]}, "at least 3"),
        ({"events": [{"type": "flood", "frame": 1}]}, "no kind of event"),
        ({"events": [{"frame": 3}]}, "another form"),
        ({"events": "many"}, "another form"),
        ({"events": 7}, "another form"),
        ({"events": [7]}, "another form"),
        ({"frames_total": 60, "lines": [LINE | {"frames": {"right": [61]}}]}, "behind the last picture"),
        ({"lines": [LINE | {"frames": {"right": [-1]}}]}, "frames below zero"),
        ({"lines": [LINE | {"tolerance": -1}]}, "tolerance below zero"),
        ({"events": [{"type": "jam", "frame": -2}]}, "frame below zero"),
        ({"events": [{"type": "jam", "until_frame": -2}]}, "until_frame below zero"),
        ({"events": [{"type": "jam", "at_s": -0.1}]}, "at_s below zero"),
        ({"events": [{"type": "jam", "within_s": -1}]}, "within_s below zero"),
        ({"events": [{"type": "jam", "frame": 40, "until_frame": 39}]}, "ends before it begins"),
        ({"events": [{"type": "jam", "frame": 40, "until_s": 3.9}]}, "ends before it begins"),
        ({"frames_total": 60, "events": [{"type": "jam", "frame": 61}]}, "frame lies behind"),
        ({"frames_total": 60, "events": [{"type": "jam", "frame": 1, "until_frame": 61}]}, "until_frame lies behind"),
        ({"frames_total": 60, "events": [{"type": "jam", "at_s": 8}]}, "at_s lies behind"),
        ({"frames_total": 0}, "1 or more"),
        ({"fps": 0}, "not sensible"),
        ({"file": "../drive.avi"}, "beside it"),
        ({"width": "wide"}, "another form"),
    ],
)
def test_a_wrong_truth_is_refused_in_words(tmp_path: Path, more: dict[str, object], says: str) -> None:
    write(tmp_path, **more)
    with pytest.raises(Unusable) as refused:
        read_truth(tmp_path / "drive.truth.json")
    assert says in refused.value.words.en
    assert refused.value.words.vi != refused.value.words.en


def test_the_last_picture_and_whole_seconds_are_no_mistake(tmp_path: Path) -> None:
    line = LINE | {"frames": {"right": [0]}}
    ends = [{"type": "jam", "frame": 60, "until_frame": 60}, {"type": "jam", "at_s": 0, "until_s": 7, "within_s": 0}]
    write(tmp_path, frames_total=60, lines=[line], events=ends)
    assert len(read_truth(tmp_path / "drive.truth.json").events or ()) == 2


def test_a_zone_for_something_nobody_looks_for_is_named_and_the_clip_evaluated(tmp_path: Path) -> None:
    points = [[0, 0], [20, 0], [20, 20]]
    odd = {"name": "z", "points": points, "purpose": "[bold]park"}
    write(tmp_path, zones=[odd, odd | {"name": "y", "purpose": ""}, odd | {"name": "x", "purpose": "no_parking"}])
    result = CliRunner().invoke(app, ["streams", "evaluate", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    (clip,) = json.loads(result.output)["clips"]
    assert clip["counted"] == 1
    (note,) = clip["notes"]
    assert "“z”" in note["vi"] and "[bold]park" in note["vi"] and "no_parking" in note["en"]
    table = CliRunner().invoke(app, ["streams", "evaluate", str(tmp_path)])
    assert table.exit_code == 0 and "drive.avi" in table.output
    assert f"! drive.avi: {note['vi']} / {note['en']}" in table.output


def test_a_pace_too_low_to_count_is_said_with_the_clip(tmp_path: Path) -> None:
    write(tmp_path)
    result = CliRunner().invoke(app, ["streams", "evaluate", str(tmp_path), "--json", "--fps", "1"])
    (note,) = json.loads(result.output)["clips"][0]["notes"]
    assert "quá ít để đếm" in note["vi"] and "too few to count" in note["en"]


def test_a_name_in_the_other_form_of_vietnamese_letters_is_the_same_name(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "ngã tư") for form in ("NFC", "NFD"))
    write(tmp_path, composed, file=f"{apart}.avi")
    result = CliRunner().invoke(app, ["streams", "evaluate", str(tmp_path), "--json"])
    assert json.loads(result.output)["clips"][0]["counted"] == 1


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        result = CliRunner().invoke(app, ["streams", "evaluate", str(folder)])
        assert isinstance(result.exception, Problem)


def test_a_truth_that_is_no_json_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"{", b"[" * 100_000, b"\xff\xfe"):
        (tmp_path / "x.truth.json").write_bytes(content)
        with pytest.raises(Unusable):
            read_truth(tmp_path / "x.truth.json")


def truth(lines: list[TruthLine], events: list[TruthEvent] | None = None) -> Truth:
    return Truth("x.mp4", 100, 100, FPS, lines, events=events)


@pytest.mark.parametrize(
    ("p1", "p2", "word", "way"),
    [
        ((0, 50), (99, 50), "up", "in"),
        ((99, 50), (0, 50), "up", "out"),
        ((0, 50), (99, 50), "toward", "out"),
        ((50, 0), (50, 99), "right", "in"),
        ((50, 99), (50, 0), "right", "out"),
        ((50, 0), (50, 99), "left", "out"),
        ((50, 0), (50, 99), "away", "in"),
        ((0, 50), (99, 50), "out", "out"),
    ],
)
def test_words_of_direction(p1, p2, word: str, way: str) -> None:
    assert way_of(TruthLine("A", p1, p2, {}), word) == way


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("wrong-way", "wrong_way"),
        ("Stopped vehicles", "stopped"),
        ("abandoned_bag", "abandoned"),
        ("tamper_covered", "covered"),
        ("camera_tamper", "tamper"),
        ("traffic_jam", "congestion"),
        ("freeze", "frozen"),
        ("defocused", "defocused"),
        ("blacked_out", "black"),
    ],
)
def test_words_for_events(word: str, kind: str) -> None:
    assert kind_of(word) == kind


def test_names_of_other_peoples_files_are_understood(tmp_path: Path) -> None:
    write(tmp_path, events=[{"kind": "jam", "start_s": 2, "end_frame": 50}, {"type": "bag"}])
    events = read_truth(tmp_path / "drive.truth.json").events
    assert events == [TruthEvent("jam", at_s=2, until_frame=50), TruthEvent("bag")]


def test_counts_that_cancel_still_miss_their_times() -> None:
    line = TruthLine("A", (0, 50), (99, 50), {"up": 2}, {"up": [10, 50]})
    seen = [SeenCrossing("A", "in", at) for at in (1.4, 9.0)]
    figures = score(truth([line]), seen, [], 10).tally.figures()
    assert (figures["count_error"], figures["f1"]) == (0, 0.5)


def test_a_crossing_the_wrong_way_is_an_error_of_both_ways_and_of_direction() -> None:
    line = TruthLine("A", (0, 50), (99, 50), {"up": 2}, {"up": [10, 50]})
    seen = [SeenCrossing("A", "in", 1.0), SeenCrossing("A", "out", 5.2)]
    figures = score(truth([line]), seen, [], 10).tally.figures()
    assert (figures["count_error"], figures["direction"]) == (1, 0.5)


def test_events_are_hit_within_their_time_and_false_outside() -> None:
    expected = [TruthEvent("covered", frame=100, until_frame=200, within_s=1.0), TruthEvent("bag", at_s=20)]
    seen = [SeenEvent("black", 10.6), SeenEvent("abandoned", 45), SeenEvent("stopped", 3)]
    tally = score(truth([], expected), [], seen, 60).tally
    assert (tally.events, tally.event_hits, tally.event_false) == (2, 2, 1)
    late = [SeenEvent("covered", 11.5), SeenEvent("abandoned", 55)]
    tally = score(truth([], expected), [], late, 60).tally
    assert (tally.event_hits, tally.event_false) == (0, 0)
    assert score(truth([]), [], seen, 60).tally.event_false == 0


@given(st.lists(st.floats(0, 60)), st.lists(st.floats(0, 60)), st.floats(0, 2))
def test_pairs_are_near_and_as_many_as_can_be(true: list[float], seen: list[float], within: float) -> None:
    left_true, left_seen = paired(sorted(true), sorted(seen), within)
    assert len(true) - len(left_true) == len(seen) - len(left_seen)
    assert not any(abs(one - other) <= within for one in left_true for other in left_seen)


def test_every_truth_of_the_real_clips_is_understood(clips: Path | None) -> None:
    for path in clips.glob("*.truth.json") if clips else ():
        assert msgspec.json.encode(read_truth(path))
