"""Flow from camera counts: every kind with its own PCU, in whatever order the readings of one time come."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ioc.contract import Point
from ioc.core.clock import VIETNAM
from modules.traffic.camera_flow import rates_of

START = datetime(2026, 11, 20, 8, 0, tzinfo=VIETNAM)
PCU = {"motorcycle": 0.25, "car": 1.0, "bus": 2.5, "truck": 2.0, "bicycle": 0.2, "person": 0.0, "unclassified": 0.5}


def told(*values: float, first: int = 0) -> list[Point]:
    """Readings every ten seconds."""
    times = [START + timedelta(seconds=10 * (first + number)) for number in range(len(values))]
    return [Point(at, value, 1, value, value) for at, value in zip(times, values, strict=True)]


def test_example_a_of_the_field_over_an_hour_is_907_pcu() -> None:
    """1800 motorcycles, 320 cars, 18 buses, 40 trucks and 60 bicycles an hour."""
    hour = {"motorcycle": 1800, "car": 320, "bus": 18, "truck": 40, "bicycle": 60}
    kinds = {kind: told(*[number / 360] * 360) for kind, number in hour.items()}
    rates = rates_of(told(*[sum(hour.values()) / 360] * 360), kinds, PCU)
    assert rates is not None
    assert (rates.veh_h, rates.pcu_h) == (pytest.approx(2238), pytest.approx(907))


def test_what_was_not_recognised_counts_as_unclassified() -> None:
    rates = rates_of(told(4, 2), {"car": told(3, 0), "motorcycle": told(0, 1)}, PCU)
    assert rates is not None
    assert rates.pcu_h == pytest.approx((3 * 1.0 + 1 * 0.25 + 2 * 0.5) * 3600 / 20)


def test_a_detector_that_was_used_in_a_part_of_the_window_counts_in_that_part() -> None:
    kinds = {"motorcycle": told(8, 8, first=2)}
    rates = rates_of(told(8, 8, 8, 8), kinds, PCU)
    assert rates is not None
    assert rates.pcu_h == pytest.approx((16 * 0.5 + 16 * 0.25) * 3600 / 40)
    stopped = rates_of(told(8, 8, 8, 8), {"motorcycle": told(8, 8, 0, 0)}, PCU)  # told as zero since
    assert stopped is not None and stopped.pcu_h == rates.pcu_h


def test_kinds_that_come_before_their_total_wait_for_it() -> None:
    rates = rates_of(told(4, 4), {"car": told(4, 4, 4)}, PCU)
    assert rates is not None
    assert (rates.pcu_h, rates.at) == (pytest.approx(4 * 360), START + timedelta(seconds=10))


@pytest.mark.parametrize("late", ["car", "motorcycle"])
def test_a_total_that_comes_before_its_kinds_waits_for_them(late: str) -> None:
    kinds = {kind: told(2, 2, 2) for kind in ("car", "motorcycle")} | {late: told(2, 2)}
    rates = rates_of(told(4, 4, 4), kinds, PCU)
    assert rates is not None
    assert (rates.pcu_h, rates.at) == (pytest.approx((2 * 1.0 + 2 * 0.25) * 360), START + timedelta(seconds=10))


def test_nothing_told_is_no_flow_and_nobody_on_the_road_is_none() -> None:
    assert rates_of([], {"car": told(1)}, PCU) is None
    empty = rates_of(told(0, 0), {}, PCU)
    assert empty is not None and (empty.veh_h, empty.pcu_h) == (0, 0)


def test_more_of_a_kind_than_in_all_takes_nothing_away() -> None:
    rates = rates_of(told(1), {"car": told(2)}, PCU)
    assert rates is not None and rates.pcu_h == pytest.approx(2 * 360)
