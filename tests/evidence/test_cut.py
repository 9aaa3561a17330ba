"""Which pictures are an event's: by hand, by all rings one can think of, and through clocks that are set meanwhile."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from ioc.evidence.clip import Note, Picture, clip_bytes, pictures_of
from ioc.evidence.cut import Cut, cut, nearest, taken_of, under_masks, window_of
from ioc.evidence.limits import EvidenceLimits
from ioc.evidence.ring import Segment
from ioc.evidence.segment import Head, Stamp

LIMITS = EvidenceLimits()
WALL = 1_700_000_000_000
NOW = 1_000_000


def segment(stamps: list[tuple[int, int]], writer: str = "w", boot: str = "b") -> Segment:
    """Pictures by wall and monotonic time."""
    head = Head(camera="cam-01", boot=boot, writer=writer, calibration="c", setup={}, ref="r", key=b"")
    return Segment(Path(writer), head, tuple(Stamp(at, mono, at) for at, mono in stamps), 0)


def steady(begin_s: float, end_s: float, shift_ms: int = 0, writer: str = "w") -> Segment:
    """Two pictures a second between two monotonic times; the wall clock is `shift_ms` ahead of WALL."""
    monos = range(round(begin_s * 1000), round(end_s * 1000) + 1, 500)
    return segment([(WALL + shift_ms + mono, mono) for mono in monos], writer)


def masked(*masks: str) -> Segment:
    """A segment of a camera with masks of these outlines."""
    one, setup = steady(0, 1), {"masks": [{"id": f"m{n}", "points": [mask]} for n, mask in enumerate(masks)]}
    return msgspec.structs.replace(one, head=msgspec.structs.replace(one.head, setup=setup))


def test_pictures_of_before_a_mask_are_left_out_and_those_that_hide_more_are_not() -> None:
    bare, house, both = masked(), masked("nhà"), masked("vườn", "nhà")
    every = [bare, both, house]
    assert under_masks([], None) == under_masks([], [["nhà"]]) == []
    assert under_masks(every, None) == [both, house], "of the newest, where nobody knows the camera's own"
    assert under_masks(every, [["vườn"]]) == [both]
    assert under_masks(every, [["sân"]]) == [], "drawn a moment ago: nothing was taken under it yet"
    assert under_masks(every, []) == every


def writers(found: Cut) -> int:
    return len({one.segment.head.writer for one in found.taken})


def test_ten_seconds_before_and_after() -> None:
    taken = taken_of([steady(0, 120)], "b", NOW, WALL + NOW)
    window = window_of(taken, WALL + 60_000, None, LIMITS)
    assert window is not None
    found = cut(taken, window, LIMITS)
    assert [one.when for one in found.taken] == [50_000 + 500 * number for number in range(41)]
    assert (found.missing_s, found.jump_s, writers(found)) == (0.0, 0.0, 1)
    snapshot = nearest(taken, window)
    assert snapshot is not None and snapshot.at_ms == WALL + 60_000


def test_what_began_earlier_is_seen_from_its_beginning_within_bounds() -> None:
    taken = taken_of([steady(0, 300)], "b", NOW, WALL + NOW)
    for since_s, begin_s in ((180, 170), (100, 140), (210, 190)):
        window = window_of(taken, WALL + 200_000, WALL + since_s * 1000, LIMITS)
        assert window is not None and window.begin == begin_s * 1000


def test_a_process_that_died_in_between_leaves_a_gap_that_is_told() -> None:
    taken = taken_of([steady(0, 62), steady(67, 120, writer="w2")], "b", NOW, WALL + NOW)
    window = window_of(taken, WALL + 60_000, None, LIMITS)
    assert window is not None
    found = cut(taken, window, LIMITS)
    assert (found.missing_s, writers(found)) == (4.5, 2)


def test_a_clock_set_back_an_hour_in_the_midst_changes_nothing_but_is_told() -> None:
    back = [steady(0, 63), steady(63.5, 120, -3_600_000)]
    taken = taken_of(back, "b", NOW, WALL + NOW - 3_600_000)
    window = window_of(taken, WALL + 60_000, None, LIMITS)
    assert window is not None
    found = cut(taken, window, LIMITS)
    assert [one.when for one in found.taken] == [50_000 + 500 * number for number in range(41)]
    assert (found.missing_s, found.jump_s) == (0.0, 3600.0)


def test_pictures_of_before_the_machine_was_started_anew_are_found_by_their_wall_time() -> None:
    before = segment([(WALL + at, 9_000_000 + at) for at in range(50_000, 58_000, 500)], boot="earlier")
    after = segment([(WALL + at, at - 64_000) for at in range(65_000, 90_000, 500)], "w2")
    taken = taken_of([before, after], "b", 26_000, WALL + 90_000)
    window = window_of(taken, WALL + 60_000, None, LIMITS)
    assert window is not None
    found = cut(taken, window, LIMITS)
    assert [one.at_ms - WALL for one in found.taken] == [*range(50_000, 58_000, 500), *range(65_000, 70_001, 500)]
    assert found.missing_s == 7.0


def test_where_there_are_no_pictures_near_there_is_nothing() -> None:
    assert window_of([], WALL, None, LIMITS) is None
    taken = taken_of([steady(0, 20)], "b", NOW, WALL + NOW)
    window = window_of(taken, WALL + 500_000, None, LIMITS)
    assert window is not None and nearest(taken, window) is None
    assert cut(taken, window, LIMITS).missing_s == 19.5


@given(
    monos=st.lists(st.integers(0, 200_000), min_size=1, max_size=80, unique=True),
    at=st.integers(0, 200_000),
    parts=st.integers(1, 4),
)
def test_every_picture_of_the_window_is_there_once_and_in_order(monos: list[int], at: int, parts: int) -> None:
    rings = [segment([(WALL + one, one) for one in sorted(monos[part::parts])], f"w{part}") for part in range(parts)]
    taken = taken_of(rings, "b", NOW, WALL + NOW)
    window = window_of(taken, WALL + at, None, LIMITS)
    assert window is not None and (window.begin, window.end) == (at - 10_000, at + 10_000)
    found = cut(taken, window, LIMITS)
    expected = sorted(one for one in monos if at - 10_000 <= one <= at + 10_000)
    assert [one.when for one in found.taken] == expected
    assume(expected)
    assert 0 <= found.missing_s <= 20.0


@given(st.lists(st.tuples(st.integers(0, 2**42), st.binary(min_size=1, max_size=200)), max_size=20))
def test_a_clip_holds_its_pictures_byte_for_byte_and_is_always_the_same_file(frames: list[tuple[int, bytes]]) -> None:
    pictures = [Picture(at_ms, jpeg) for at_ms, jpeg in frames]
    note = Note(
        event="e",
        type="t",
        camera="cam-01",
        told_at="2026-04-24T09:30:00.000Z",
        masked=True,
        setups={"c": {"name": "Cầu Hoàng Long"}},
        frames=tuple((one.at_ms, "c") for one in pictures),
        missing_s=0.0,
        jump_s=0.0,
    )
    made = clip_bytes(pictures, note)
    assert pictures_of(made) == pictures
    assert clip_bytes(pictures, note) == made
