"""Quality of readings: the checks and defaults of the domain's section 0, and what must hold for any readings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.core.quality import MINUTE_MS, USABLE, Before, Grade, Limits, Reason, Verdict, judge

LIMITS = Limits(least=0.0, most=10.0, step=1.0, flatline=12, gap_ms=3 * MINUTE_MS, ahead_ms=300_000)
NOW = 1_800_000_000_000


def after(value: float, at_ms: int = NOW, run: int = 1) -> Before:
    return Before(at_ms, value, at_ms, run, "m")


def verdict(
    value: float, at_ms: int, before: Before | None = None, *, said: Grade = Grade.GOOD, unit: str = "m"
) -> Verdict:
    return judge(value, unit, at_ms, NOW, said, LIMITS, before)


def judged(value: float, at_ms: int, before: Before | None = None, **more: object) -> tuple[Grade, Reason | None]:
    found = verdict(value, at_ms, before, **more)  # type: ignore[arg-type]
    return found.grade, found.reason


def test_an_ordinary_reading_is_good() -> None:
    assert judged(5.0, NOW + MINUTE_MS, after(4.5)) == (Grade.GOOD, None)


def test_range_is_bad_and_its_ends_are_good() -> None:
    assert judged(10.01, NOW) == (Grade.BAD, Reason.RANGE)
    assert judged(-0.01, NOW) == (Grade.BAD, Reason.RANGE)
    assert judged(0.0, NOW) == judged(10.0, NOW) == (Grade.GOOD, None)


def test_a_clock_more_than_five_minutes_ahead_is_bad() -> None:
    assert judged(5.0, NOW + 300_000) == (Grade.GOOD, None)
    assert judged(5.0, NOW + 300_001) == (Grade.BAD, Reason.CLOCK)


def test_a_jump_is_suspect_and_the_next_reading_of_that_height_is_good() -> None:
    first = verdict(8.0, NOW + MINUTE_MS, after(5.0))
    assert (first.grade, first.reason) == (Grade.SUSPECT, Reason.RATE)
    assert judged(8.5, NOW + 2 * MINUTE_MS, first.after) == (Grade.GOOD, None)


def test_within_a_minute_the_whole_step_is_allowed_and_over_two_twice_as_much() -> None:
    assert judged(6.0, NOW + 1_000, after(5.0)) == (Grade.GOOD, None)
    assert judged(7.0, NOW + 2 * MINUTE_MS, after(5.0)) == (Grade.GOOD, None)
    assert judged(7.1, NOW + 2 * MINUTE_MS, after(5.0)) == (Grade.SUSPECT, Reason.RATE)


def test_the_twelfth_equal_reading_is_suspect_and_so_are_those_after_it() -> None:
    before: Before | None = None
    grades = []
    for number in range(1440):  # a day of minutes
        found = judge(5.0, "m", NOW + number * MINUTE_MS, NOW + number * MINUTE_MS, Grade.GOOD, LIMITS, before)
        grades.append(found.grade)
        before = found.after
    assert grades[:11] == [Grade.GOOD] * 11
    assert set(grades[11:]) == {Grade.SUSPECT}
    assert judged(5.1, NOW + 1440 * MINUTE_MS, before)[1] is not Reason.FLATLINE


def test_flatline_may_be_off() -> None:
    counts = LIMITS._replace(flatline=None)
    assert judge(0.0, "m", NOW + 1, NOW, Grade.GOOD, counts, after(0.0, run=500)).grade is Grade.GOOD


def test_the_first_reading_after_more_than_three_periods_is_suspect() -> None:
    assert judged(5.0, NOW + 3 * MINUTE_MS, after(5.1)) == (Grade.GOOD, None)
    assert judged(5.0, NOW + 3 * MINUTE_MS + 1, after(5.1)) == (Grade.SUSPECT, Reason.GAP)


def test_another_unit_is_suspect_once() -> None:
    found = verdict(5.0, NOW + MINUTE_MS, after(5.1), unit="cm")
    assert (found.grade, found.reason) == (Grade.SUSPECT, Reason.UNIT)
    assert judged(5.0, NOW + 2 * MINUTE_MS, found.after, unit="cm") == (Grade.GOOD, None)


def test_a_late_reading_is_judged_by_itself_and_changes_nothing() -> None:
    before = after(5.0, run=11)
    found = verdict(5.0, NOW - 1, before)
    assert found == Verdict(Grade.GOOD, None, True, before)
    assert verdict(99.0, NOW - 1, before) == Verdict(Grade.BAD, Reason.RANGE, True, before)


def test_a_reading_from_the_future_makes_none_late() -> None:
    before = after(5.0)
    assert verdict(5.0, NOW + 10**9, before).after == before
    assert not verdict(5.5, NOW + MINUTE_MS, before).late


def test_after_bad_ones_the_next_is_held_against_the_last_usable() -> None:
    found = verdict(99.0, NOW + MINUTE_MS, after(5.0))
    assert found.after is not None
    assert judged(7.0, NOW + 2 * MINUTE_MS, found.after) == (Grade.GOOD, None)
    assert judged(7.1, NOW + 2 * MINUTE_MS, found.after) == (Grade.SUSPECT, Reason.RATE)
    assert judged(5.0, NOW + MINUTE_MS, verdict(99.0, NOW).after) == (Grade.GOOD, None)


grades = st.sampled_from(list(Grade))
limits = st.builds(
    Limits,
    least=st.none() | st.just(-50.0),
    most=st.none() | st.just(50.0),
    step=st.none() | st.just(2.0),
    flatline=st.none() | st.integers(2, 5),
    gap_ms=st.none() | st.just(180_000.0),
    ahead_ms=st.none() | st.just(300_000.0),
)
readings = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 5.0, 60.0, -60.0]), st.integers(-10, 10), grades), min_size=1, max_size=30
)


@given(limits=limits, readings=readings)
def test_never_better_than_said_and_late_exactly_when_a_newer_one_came(limits: Limits, readings: list) -> None:
    before, newest = None, None
    for value, minute, said in readings:
        at_ms = NOW + minute * MINUTE_MS
        found = judge(value, "m", at_ms, NOW, said, limits, before)
        assert found.grade >= said
        assert (found.grade > said) <= (found.reason is not None)
        from_the_future = found.reason is Reason.CLOCK
        assert found.late == (not from_the_future and newest is not None and at_ms < newest)
        if not from_the_future:
            newest = at_ms if newest is None else max(newest, at_ms)
        assert (found.after.at_ms if found.after else None) == newest
        before = found.after


@given(limits=limits, readings=readings, seed=st.randoms(use_true_random=False))
def test_whether_a_reading_is_usable_does_not_depend_on_the_order(limits: Limits, readings: list, seed) -> None:
    def usable(some: list) -> dict:
        before, found = None, {}
        for reading in some:
            value, minute, said = reading
            made = judge(value, "m", NOW + minute * MINUTE_MS, NOW, said, limits, before)
            before = made.after
            found[reading] = made.grade in USABLE
        return found

    shuffled = list(readings)
    seed.shuffle(shuffled)
    assert usable(readings) == usable(shuffled)
