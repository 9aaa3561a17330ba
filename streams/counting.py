"""Who passes a line, and who stands in a zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from streams.geometry import beyond, inside, meets
from streams.messages import Line, Point, Zone
from streams.tracker import Track

CLEAR = 0.01  # of the picture: so far beyond the line a thing must be before it has passed it
SLACK = 0.05  # of the line: a thing passes a little beside its end

Crossing = tuple[str, str]  # line, `in` or `out`


class LineCounter:
    """Counts what passes one line. A thing that turns back passes it again."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._sides: dict[int, tuple[bool, Point]] = {}

    def see(self, tracks: Iterable[Track]) -> list[Crossing]:
        """The crossings since the last picture, of the tracks seen in this one."""
        line = self._line
        passed: list[Crossing] = []
        for track in tracks:
            far = beyond(line.start, line.end, track.foot)
            if abs(far) < CLEAR:
                continue
            before = self._sides.get(track.id)
            self._sides[track.id] = (far > 0, track.foot)
            if before and before[0] != (far > 0) and meets(before[1], track.foot, line.start, line.end, SLACK):
                passed.append((line.id, "in" if far > 0 else "out"))
        return passed

    def keep(self, alive: set[int]) -> None:
        """Forgets all other tracks."""
        self._sides = {id: side for id, side in self._sides.items() if id in alive}


class Counting:
    """All lines and zones of one picture."""

    def __init__(self, lines: Sequence[Line], zones: Sequence[Zone]) -> None:
        self._counters = [LineCounter(line) for line in lines]
        self._zones = zones

    def see(self, seen: Sequence[Track], alive: Sequence[Track]) -> Counter[Crossing]:
        """Crossings in this picture."""
        passed: Counter[Crossing] = Counter()
        ids = {track.id for track in alive}
        for counter in self._counters:
            passed.update(counter.see(seen))
            counter.keep(ids)
        return passed

    def standing(self, alive: Sequence[Track]) -> dict[str, int]:
        """How many things stand in each zone."""
        return {zone.id: sum(track.sure and inside(zone.points, track.foot) for track in alive) for zone in self._zones}
