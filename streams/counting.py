"""Who passes a line, and who stands in a zone."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from math import hypot

import msgspec

from streams.geometry import beyond, inside, meets
from streams.messages import Line, Point, Way, Zone
from streams.settings import DEFAULT, Settings
from streams.tracker import Track

Crossing = tuple[str, str]  # line, `in` or `out`
Passed = tuple[Line, Track, Way]
USUAL_TIMES = 5  # as many crossings as the other way
AT_FIRST = 12  # pictures in which everything is seen for the first time
LEAVES = 0.25  # own sizes by which it must have gone away from the line
OVER = 1.2  # how far its way is prolonged back, for it to have passed the line
MOST_RECENT = 12  # pictures for which a crossing may be told again by another piece of the same thing


class Told(msgspec.Struct, frozen=True):
    """A crossing that has been counted: which way, where, in which picture, and how wide the thing was."""

    way: Way
    place: Point
    picture: int
    width: float


class LineCounter:
    """Counts what passes one line. A thing that turns back passes it again."""

    def __init__(self, line: Line, settings: Settings = DEFAULT) -> None:
        self._line, self._settings = line, settings
        self._sides: dict[int, tuple[bool, Point]] = {}
        self._recent: deque[Told] = deque(maxlen=32)
        self._totals: Counter[Way] = Counter()
        self._picture = 0

    def see(self, tracks: Iterable[Track]) -> list[tuple[Track, Way]]:
        """Who passed since the last picture, of the tracks seen in this one."""
        self._picture += 1
        passed = [(track, way) for track in tracks if (way := self._passes(track) or self._emerges(track)) is not None]
        self._totals.update(way for _, way in passed)
        return passed

    def keep(self, alive: set[int]) -> None:
        """Forgets all other tracks."""
        self._sides = {id: side for id, side in self._sides.items() if id in alive}

    def _passes(self, track: Track) -> Way | None:
        line, settings = self._line, self._settings
        far = beyond(line.start, line.end, track.foot)
        if abs(far) < settings.clear:
            return None
        before = self._sides.get(track.id)
        self._sides[track.id] = (far > 0, track.foot)
        if not before or before[0] == (far > 0):
            return None
        way: Way = "in" if far > 0 else "out"
        met = meets(before[1], track.foot, line.start, line.end)
        return self._tell(track, way) if met else None

    def _emerges(self, track: Track) -> Way | None:
        """Whether it came off something it had stuck to just behind the line, and so passed the line unseen."""
        line, settings = self._line, self._settings
        if track.seen != settings.emerged_seen or self._picture < settings.emerged_seen + AT_FIRST:
            return None
        born, now = beyond(line.start, line.end, track.born), beyond(line.start, line.end, track.foot)
        gone, size = abs(now) - abs(born), track.box.size
        near = born * now > 0 and abs(born) <= settings.emerged_within * size
        leaves = gone >= LEAVES * size and track.come >= settings.emerged_come
        if not near or not leaves or track.straight < settings.emerged_straight:
            return None
        back = OVER * abs(born) / gone
        before = tuple(was - back * (at - was) for was, at in zip(track.born, track.foot, strict=True))
        if not meets((before[0], before[1]), track.foot, line.start, line.end):
            return None
        return self._tell(track, "in" if now > 0 else "out")

    def _tell(self, track: Track, way: Way) -> Way | None:
        if not self._believed(track, way) or self._told(track, way):
            return None
        self._recent.append(Told(way, track.foot, self._picture, track.box.w))
        return way

    def _believed(self, track: Track, way: Way) -> bool:
        """Whether it came far enough to be no jitter; against the usual way more is asked."""
        settings, other = self._settings, self._totals["out" if way == "in" else "in"]
        if other >= settings.usual_after and other > USUAL_TIMES * self._totals[way]:
            return track.come >= settings.against_sizes and track.seen >= settings.against_seen
        return track.come >= settings.moved_sizes

    def _told(self, track: Track, way: Way) -> bool:
        """Whether another piece of the same thing has just been counted: nothing follows nearer than its own length."""
        speed = max(1e-4, hypot(*track.speed))
        pictures = min(self._settings.apart_own_length * track.box.size / speed, MOST_RECENT)
        return any(
            one.way == way
            and self._picture - one.picture < pictures
            and hypot(one.place[0] - track.foot[0], one.place[1] - track.foot[1]) < max(one.width, track.box.w) / 2
            for one in self._recent
        )


class Counting:
    """All lines and zones of one picture."""

    def __init__(self, lines: Sequence[Line], zones: Sequence[Zone], settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._counters = {line: LineCounter(line, settings) for line in lines}
        self._zones = zones

    def redraw(self, lines: Sequence[Line], zones: Sequence[Zone]) -> None:
        """Other lines and zones from now on; a line that is as it was goes on."""
        self._counters = {line: self._counters.get(line) or LineCounter(line, self._settings) for line in lines}
        self._zones = zones

    def see(self, seen: Sequence[Track], alive: Sequence[Track]) -> list[Passed]:
        """Who passed which line in this picture."""
        ids = {track.id for track in alive}
        passed: list[Passed] = []
        for line, counter in self._counters.items():
            passed += [(line, track, way) for track, way in counter.see(seen)]
            counter.keep(ids)
        return passed

    def standing(self, alive: Sequence[Track]) -> dict[str, int]:
        """How many things stand in each zone."""
        return {zone.id: sum(track.sure and inside(zone.points, track.foot) for track in alive) for zone in self._zones}
