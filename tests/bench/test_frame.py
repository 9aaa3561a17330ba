"""What the benchmarks tell must be right: medians, ratios, goals, and the frames their screens read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.frame import Goal, Report, Row, in_turn, percentile
from bench.screens import Audience, Counter, Screen, client_frame
from ioc.feed.wire import frame


def test_a_row_compares_medians():
    row = Row("insert", "rows/s", [10, 90, 30], [60, 60, 1_000], goal=Goal(ratio=0.5))
    assert row.value == 30
    assert row.ratio == 0.5
    assert row.reached is True


@pytest.mark.parametrize(
    ("goal", "reached"),
    [(None, None), (Goal(ratio=0.51), False), (Goal(at_most=30), True), (Goal(at_most=29.9), False)],
)
def test_a_goal_is_reached_or_not(goal: Goal | None, reached: bool | None):
    assert Row("insert", "ms", [30], [60], goal=goal).reached is reached


def test_a_ratio_goal_without_a_limit_is_not_reached():
    assert Row("insert", "rows/s", [30], goal=Goal(ratio=0.1)).reached is False


def test_both_sides_run_in_turn_and_the_first_round_does_not_count():
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return len(order)

    ours, limit = in_turn(2, lambda: side("ours"), lambda: side("limit"))
    assert order == ["ours", "limit", "limit", "ours", "ours", "limit"]
    assert (ours, limit) == ([4, 5], [3, 6])


def test_percentiles():
    values = [float(number) for number in range(100, 0, -1)]
    assert percentile(values, 50) == 51
    assert percentile(values, 99) == 100


def test_a_report_ends_with_one_line_for_machines(capsys: pytest.CaptureFixture[str]):
    Report("ingest", [Row("calls", "requests/s", [5.0], [10.0], "bare", Goal(ratio=0.4))], ["a note"]).print()
    lines = capsys.readouterr().out.strip().splitlines()
    assert "0.50x" in lines[2]
    said = json.loads(lines[-1])
    assert said["rows"][0]["reached"] is True
    assert said["notes"] == ["a note"]


class Transport:
    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_screen_counts_changes_however_they_are_cut(step: int, tmp_path: Path):
    counter = Counter(tmp_path / "counter")
    audience = Audience(1, counter, stamps=True)
    screen = Screen(audience, "wall")
    transport = Transport()
    screen.connection_made(transport)  # type: ignore[arg-type]
    snapshot = frame({"t": "event", "op": "snap", "d": []})
    change = frame({"t": "event", "k": "1", "op": "put", "rt": "2026-11-21T07:30:00Z", "d": {"title": "ngập " * 30}})
    beat = frame({"t": "sys.hb", "d": {}})
    stream = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + snapshot + b"\x89\x02hi" + beat + change + change
    for start in range(0, len(stream), step):
        screen.data_received(stream[start : start + step])
    assert counter.value == 2
    assert audience.live.is_set()
    assert transport.written.endswith(client_frame(0x8A, b"hi"))
    (entry,) = audience.report()
    assert len(entry["arrivals"]) == 2
    assert audience.report() == []
