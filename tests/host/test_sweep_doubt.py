"""A clock that leaps does not have things swept that are still needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ioc.host.sweep_doubt import LEAP, PATIENCE_S, SweepDoubt

NOW = datetime(2026, 11, 30, 13, tzinfo=UTC)
YEARS = timedelta(days=3 * 365)


def test_a_city_that_sweeps_every_hour_is_never_in_doubt():
    doubt = SweepDoubt()
    assert not doubt.doubts(NOW, None, 0)
    assert not doubt.doubts(NOW, NOW - timedelta(hours=1), 3600)
    assert not doubt.doubts(NOW, NOW - LEAP, 7200)
    assert not doubt.doubts(NOW, NOW + YEARS, 7200), "set back: nothing is past its time that was not"


def test_a_leap_is_doubted_for_a_day_of_running_and_then_believed():
    doubt = SweepDoubt()
    assert doubt.doubts(NOW + YEARS, NOW, 100)
    assert doubt.doubts(NOW + YEARS + timedelta(hours=23), NOW, 100 + PATIENCE_S - 1)
    assert not doubt.doubts(NOW + YEARS + timedelta(hours=24), NOW, 100 + PATIENCE_S)


def test_a_clock_that_was_set_right_again_begins_anew():
    doubt = SweepDoubt()
    assert doubt.doubts(NOW + YEARS, NOW, 100)
    assert not doubt.doubts(NOW + timedelta(hours=1), NOW, 3700)
    assert doubt.doubts(NOW + YEARS, NOW, PATIENCE_S), "the day begins with this leap"
