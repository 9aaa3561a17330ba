"""Which pictures of a ring are those of an event, and what is missing among them. Pure.

A wall clock may be set while pictures are taken. They are put in order by the machine's monotonic clock; the moment of
the event, which is told in wall time, is found among them by the picture whose wall time is nearest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from ioc.evidence.limits import EvidenceLimits
from ioc.evidence.ring import Segment

JUMP_MS = 500  # by which wall and monotonic clock may differ between two pictures before it is called a jump
GAP_MS = 2_000.0  # between two pictures, before it is called a gap


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the ring: its wall time in Unix milliseconds, `when` on the monotonic axis in milliseconds."""

    when: float
    at_ms: int
    segment: Segment
    offset: int

    @property
    def path(self) -> Path:
        """The file it lies in."""
        return self.segment.path


class Window(msgspec.Struct, frozen=True):
    """The span of an event on the monotonic axis, in milliseconds; `moment` is when it was told."""

    begin: float
    moment: float
    end: float


class Cut(msgspec.Struct, frozen=True):
    """The pictures of an event in order, seconds without any, and how far the wall clock jumped meanwhile."""

    taken: tuple[Taken, ...]
    missing_s: float
    jump_s: float


def under_masks(segments: Sequence[Segment], masks: Sequence[Any] | None) -> list[Segment]:
    """Those that show nothing of what the camera's present masks hide (their outlines; None: those of the newest
    segment, where the camera is no more). Somebody may have drawn a mask since: what stands behind it is nobody's to
    see, also in pictures of before."""
    present = _masks(segments[-1]) if masks is None and segments else masks or ()
    return [one for one in segments if all(mask in _masks(one) for mask in present)]


def outlines(setup: Mapping[str, Any]) -> list[Any]:
    """Of the masks of a set-up (see `ioc.evidence.setup`); what they are called changes nothing."""
    return [msgspec.json.decode(msgspec.json.encode(mask["points"])) for mask in setup.get("masks", ())]


def _masks(segment: Segment) -> list[Any]:
    return outlines(segment.head.setup)


def taken_of(segments: Iterable[Segment], boot: str, mono_ms: float, now_ms: float) -> list[Taken]:
    """Every picture, in the order of time. Those of an earlier run of the machine are put on the axis by wall time."""
    found = [
        Taken(
            when=stamp.mono_ms if segment.head.boot == boot else mono_ms - (now_ms - stamp.at_ms),
            at_ms=stamp.at_ms,
            segment=segment,
            offset=stamp.offset,
        )
        for segment in segments
        for stamp in segment.stamps
    ]
    return sorted(found, key=lambda one: one.when)


def window_of(taken: Sequence[Taken], at_ms: int, since_ms: int | None, limits: EvidenceLimits) -> Window | None:
    """Where an event told at `at_ms`, which began at `since_ms`, lies among the pictures; None where there are none."""
    if not taken:
        return None
    nearest = min(taken, key=lambda one: (abs(one.at_ms - at_ms), -one.when))
    moment = nearest.when + (at_ms - nearest.at_ms)
    earlier_ms = 0.0 if since_ms is None else max(0.0, at_ms - since_ms)
    begin = moment - min(earlier_ms + limits.before_s * 1000, max(limits.most_s, limits.before_s) * 1000)
    return Window(begin, moment, moment + limits.after_s * 1000)


def cut(taken: Sequence[Taken], window: Window, limits: EvidenceLimits) -> Cut:
    """The pictures within the window."""
    inside = tuple(one for one in taken if window.begin <= one.when <= window.end)
    step_ms = 1000 / max(limits.fps, 0.1)
    times = [window.begin, *(one.when for one in inside), window.end]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    missing_ms = sum(gap - step_ms for gap in gaps if gap > max(GAP_MS, 3 * step_ms))
    apart = [one.at_ms - one.when for one in inside]
    jump_ms = max(apart) - min(apart) if apart else 0.0
    return Cut(inside, round(missing_ms / 1000, 1), round(jump_ms / 1000, 1) if jump_ms > JUMP_MS else 0.0)


def nearest(taken: Sequence[Taken], window: Window) -> Taken | None:
    """The picture of the moment itself: the nearest within the window."""
    inside = [one for one in taken if window.begin <= one.when <= window.end]
    return min(inside, key=lambda one: abs(one.when - window.moment), default=None)
