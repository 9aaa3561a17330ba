"""A detector's record becomes readings, or is refused with the name of the field."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.contract import BadReading
from modules.traffic.kinds import KINDS
from modules.traffic.record import read_record, readings_of

RECORD: dict[str, Any] = {
    "detector_id": "d-1",
    "t": "2026-11-21T20:24:00+07:00",
    "interval_s": 60,
    "count": {"motorcycle": 30, "car": 5, "bus": 1, "truck": 2, "bicycle": 0},
    "occupancy_pct": 12.5,
    "speed_kmh": 41,
    "queue_m": 0,
}


def readings(record: dict[str, Any]) -> list[Any]:
    return list(readings_of(read_record(record, "d-1", 60), simulated=True))


def test_a_record_is_eight_readings_of_one_time() -> None:
    found = readings(RECORD)
    assert [one.kind for one in found] == list(KINDS)
    assert {one.key for one in found} == {"d-1"} and {one.at.isoformat() for one in found} == {
        "2026-11-21T13:24:00+00:00"
    }
    assert [one.value for one in found] == [30, 5, 1, 2, 0, 12.5, 41, 0]
    assert all(one.simulated for one in found)


def test_the_same_record_gives_the_same_ids_whatever_its_zone() -> None:
    again = readings({**RECORD, "t": "2026-11-21T13:24:00Z"})
    assert [one.id for one in again] == [one.id for one in readings(RECORD)]
    assert len({one.id for one in again}) == len(KINDS)
    assert all(len(str(one.id)) <= 120 for one in again)


def test_what_is_not_measured_is_left_out() -> None:
    found = readings({"detector_id": "d-1", "t": RECORD["t"], "interval_s": 60, "count": {"car": 1}, "speed_kmh": None})
    assert [one.kind for one in found] == ["traffic.count.car"]


def test_a_detector_nobody_listed_may_have_any_interval() -> None:
    assert read_record({**RECORD, "interval_s": 300}, "d-1", None).interval_s == 300


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"t": "yesterday"}, "t:"),
        ({"t": "2026-11-21T20:24:00"}, "t:"),
        ({"t": "0001-01-01T00:00:00+14:00"}, "t:"),
        ({"interval_s": 0}, "interval_s:"),
        ({"interval_s": 300}, "interval_s:"),
        ({"count": {"car": -1}}, "count.car:"),
        ({"count": {"tram": 1}}, "count.tram:"),
        ({"count": [1]}, "count:"),
        ({"speed_kmh": "fast"}, "speed_kmh:"),
        ({"occupancy_pct": [1]}, "occupancy_pct:"),
        ({"detector_id": "d-2"}, "detector_id:"),
        ({"detector_id": 7}, "detector_id:"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadReading, match=field):
        readings({**RECORD, **change})


@pytest.mark.parametrize("missing", ["detector_id", "t", "interval_s"])
def test_a_missing_field_is_named(missing: str) -> None:
    record = {name: value for name, value in RECORD.items() if name != missing}
    with pytest.raises(BadReading, match=f"{missing}:"):
        readings(record)


@pytest.mark.parametrize("said", [None, 7, [], "x", {}])
def test_what_is_no_record_is_refused(said: Any) -> None:
    with pytest.raises(BadReading, match="traffic record of d-1"):
        read_record(said, "d-1", 60)
