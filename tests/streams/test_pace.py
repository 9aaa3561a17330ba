"""How far a live stream lags: by what lies unread, and not by a clock that runs at another pace."""

from __future__ import annotations

import pytest

from streams.source import Pace


@pytest.mark.parametrize("stamped_fps", [7.5, 8.0, 7.0, 30.0])
def test_a_camera_whose_stamps_run_at_another_pace_does_not_lag(stamped_fps: float) -> None:
    pace, real_fps = Pace(), 7.5
    lags = [pace.lag_s(1 + n / stamped_fps, n / real_fps, 1 / real_fps - 0.02) for n in range(2_000)]
    assert max(lags) < 0.7


def test_what_lies_unread_is_told_until_it_is_read() -> None:
    pace, fps, stall_s = Pace(), 10.0, 3.0
    in_time = [pace.lag_s(1 + n / fps, n / fps, 0.09) for n in range(50)]
    began = 5.0 + stall_s
    backlog = [pace.lag_s(1 + n / fps, began + (n - 50) * 0.01, 0.005) for n in range(50, 80)]
    again = [pace.lag_s(1 + n / fps, n / fps, 0.09) for n in range(82, 120)]
    assert max(in_time) < 0.01
    assert backlog[0] == pytest.approx(stall_s, abs=0.05)
    assert backlog == sorted(backlog, reverse=True)
    assert max(again) < 0.1


def test_a_stream_without_times_has_no_lag() -> None:
    pace = Pace()
    assert [pace.lag_s(0.0, n / 5, 0.19) for n in range(20)] == [0.0] * 20
