"""What tracks tell beyond counts: wrong way, stopped vehicles, congestion, queues, intrusion, dwelling. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from statistics import median

import msgspec

from streams.counting import Passed
from streams.geometry import beyond, inside
from streams.messages import Line, Zone
from streams.settings import DEFAULT, Settings
from streams.tracker import Track

FORBIDDEN = frozenset({"restricted", "intrusion", "empty"})
QUEUE = "queue"
EVERYWHERE = ""  # the place of what is told of the whole picture
KNOWN = 4  # pictures after which a track tells how fast and of what shape a thing is
MOST_DAY_MIN = 24 * 60


class Event(msgspec.Struct, frozen=True):
    """Something that began at second `at`; `place` is a line or zone, empty for the whole picture."""

    kind: str
    at: float
    place: str = EVERYWHERE


class Lasting:
    """Tells something once when it has lasted, and again only after it was over for a while."""

    def __init__(self, kind: str, place: str, lasts_s: float, over_s: float) -> None:
        self._kind, self._place, self._lasts_s, self._over_s = kind, place, lasts_s, over_s
        self._since: float | None = None
        self._last = float("-inf")
        self._told = False

    @property
    def goes_on(self) -> bool:
        """Whether it was told and has not been over for long."""
        return self._told

    def see(self, there: bool, at: float) -> list[Event]:
        """The event, when it has just lasted long enough."""
        if not there:
            self._since = None
            self._told = self._told and at - self._last < self._over_s
            return []
        self._last = at
        self._since = at if self._since is None else self._since
        if self._told or at - self._since < self._lasts_s:
            return []
        self._told = True
        return [Event(self._kind, at, self._place)]


class WrongWay:
    """Those that passed a line against its allowed way and went on so; a crossing alone may be two mixed-up tracks, and
    so may a track that goes over a time in which no picture came."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._suspects: dict[int, Line] = {}
        self._at = 0.0
        self._known: set[int] = set()
        self._torn: set[int] = set()

    def see(self, passed: Sequence[Passed], alive: Sequence[Track], at: float) -> list[Event]:
        """The wrong-way events of this picture."""
        self._tear(alive, at)
        for line, track, way in passed:
            if line.allowed is not None and way != line.allowed:
                self._suspects[track.id] = line
            else:
                self._suspects.pop(track.id, None)  # it turned back
        found = [track for track in alive if track.id in self._suspects and self._sure(track)]
        events = [Event("wrong_way", at, self._suspects.pop(track.id).id) for track in found]
        ids = {track.id for track in alive}
        self._suspects = {id: line for id, line in self._suspects.items() if id in ids}
        return events

    def _tear(self, alive: Sequence[Track], at: float) -> None:
        """Marks the tracks that go over too long a time without a picture."""
        ids = {track.id for track in alive}
        torn = self._torn | self._known if at - self._at > self._settings.wrong_way_gap_s else self._torn
        self._torn, self._known, self._at = torn & ids, ids, at

    def _sure(self, track: Track) -> bool:
        settings = self._settings
        if track.id in self._torn:
            return False
        far = track.come >= settings.wrong_way_sizes and track.seen >= settings.wrong_way_seen
        line = self._suspects[track.id]
        beyond_line = abs(beyond(line.start, line.end, track.foot)) >= settings.wrong_way_beyond * track.box.size
        followed = not track.missed and track.hidden < track.seen  # what is mostly lost goes on as another thing
        return far and beyond_line and followed and track.straight >= settings.wrong_way_straight


class Flow:
    """How traffic goes in one zone, or in the whole picture where there is none."""

    def __init__(self, zone: Zone | None, aspect: float, settings: Settings = DEFAULT) -> None:
        self.zone, self._aspect, self._settings = zone, aspect, settings
        self.place = place = zone.id if zone else EVERYWHERE
        lasts, over = settings.congestion_s, settings.over_s
        self._jam = Lasting("congestion", place, lasts, over)
        self._queue = Lasting("queue", place, lasts, over) if zone is not None and zone.purpose == QUEUE else None
        self._count = self._creeping = 0.0
        self._speed = settings.slow_sizes_s

    @property
    def queue(self) -> int:
        """How many creep in it."""
        return round(self._creeping)

    @property
    def jammed(self) -> bool:
        """Whether it has been said to be jammed and that is not over."""
        return self._jam.goes_on

    def see(self, alive: Sequence[Track], at: float, step_s: float) -> list[Event]:
        """The events of this picture; `step_s` is the time since the last one."""
        settings = self._settings
        speeds = [_sizes_s(track, step_s) for track in alive if self._here(track)]
        rate = min(1.0, step_s / settings.flow_memory_s)
        self._count += rate * (len(speeds) - self._count)
        self._creeping += rate * (sum(speed < settings.slow_sizes_s for speed in speeds) - self._creeping)
        if speeds:
            self._speed += rate * (median(speeds) - self._speed)
        jammed = self._count >= settings.congestion_things and self._speed < settings.slow_sizes_s
        events = self._jam.see(jammed, at)
        if self._queue is not None:
            events += self._queue.see(self._creeping >= settings.queue_things, at)
        return events

    def _here(self, track: Track) -> bool:
        fits = track.seen >= KNOWN and is_vehicle(track, self._aspect, self._settings)
        return fits and (self.zone is None or inside(self.zone.points, track.foot))


class ZoneWatch:
    """Who stays in a zone, and for how long; in a forbidden one nobody may be while it is `active`."""

    def __init__(self, zone: Zone, settings: Settings = DEFAULT) -> None:
        self._zone, self._settings = zone, settings
        self._since: dict[int, float] = {}
        self._intrusion = Lasting("intrusion", zone.id, settings.intrusion_s, settings.over_s)

    def see(self, alive: Sequence[Track], at: float, *, active: bool = True) -> list[Event]:
        """An intrusion that has just lasted."""
        here = [track for track in alive if track.sure and inside(self._zone.points, track.foot)]
        self._since = {track.id: self._since.get(track.id, at) for track in here}
        if self._zone.purpose not in FORBIDDEN:
            return []
        return self._intrusion.see(active and any(track.come > 0.5 for track in here), at)

    @property
    def occupancy(self) -> int:
        """How many are in it."""
        return len(self._since)

    def dwelling(self, at: float) -> dict[int, float]:
        """Seconds in the zone, by track, of those that have stayed."""
        stays = {id: at - since for id, since in self._since.items()}
        return {id: stay for id, stay in stays.items() if stay >= self._settings.dwell_s}


class Incidents:
    """All of them for one picture."""

    def __init__(self, zones: Sequence[Zone], aspect: float, settings: Settings = DEFAULT) -> None:
        self._wrong_way = WrongWay(settings)
        self._flows = [Flow(zone, aspect, settings) for zone in zones or (None,)]
        self._zones = [(zone, ZoneWatch(zone, settings)) for zone in zones]
        self._settings = settings
        self._aspect = aspect
        self._at: float | None = None
        self._step_s = 0.0

    def redraw(self, zones: Sequence[Zone]) -> None:
        """Other zones from now on; what goes on in those that are as they were goes on."""
        flows, watches = {flow.zone: flow for flow in self._flows}, dict(self._zones)
        aspect, settings = self._aspect, self._settings
        self._flows = [flows.get(zone) or Flow(zone, aspect, settings) for zone in zones or (None,)]
        self._zones = [(zone, watches.get(zone) or ZoneWatch(zone, settings)) for zone in zones]

    def queue(self, zone: str) -> int:
        """How many creep in a zone."""
        return sum(flow.queue for flow in self._flows if flow.place == zone)

    def jammed(self, zone: str) -> int:
        """1 while a zone is jammed, else 0."""
        return int(any(flow.jammed for flow in self._flows if flow.place == zone))

    def dwelling(self, zone: str, at: float) -> int:
        """How many have stayed in a zone."""
        return sum(len(watch.dwelling(at)) for known, watch in self._zones if known.id == zone)

    def creeping(self, zone: Zone, tracks: Sequence[Track]) -> int:
        """How many vehicles of these creep or stand in a zone now."""
        here = [track for track in tracks if track.seen >= KNOWN and not track.missed]
        vehicles = [track for track in here if is_vehicle(track, self._aspect, self._settings)]
        slow = [track for track in vehicles if _sizes_s(track, self._step_s) < self._settings.slow_sizes_s]
        return sum(inside(zone.points, track.foot) for track in slow)

    def see(
        self,
        passed: Sequence[Passed],
        alive: Sequence[Track],
        at: float,
        minute: int | None = None,
        recognised: Sequence[Track] = (),
    ) -> list[Event]:
        """The events of this picture, of what moves (`alive`), and for wrong ways of what a detector `recognised` too;
        without a `minute` of the day every schedule holds."""
        step_s, self._at = at - self._at if self._at is not None else 0.0, at
        self._step_s = step_s
        events = self._wrong_way.see(passed, [*alive, *recognised], at)
        if step_s > 0:
            for flow in self._flows:
                events += flow.see(alive, at, step_s)
        for zone, watch in self._zones:
            events += watch.see(alive, at, active=minute is None or active_at(zone.hours, minute))
        return events


def active_at(hours: Sequence[tuple[int, int]], minute: int) -> bool:
    """Whether a schedule of (from, until) in minutes of the local day holds; one may go over midnight. None: always."""
    minute %= MOST_DAY_MIN
    return not hours or any(
        begin <= minute < end if begin <= end else minute >= begin or minute < end for begin, end in hours
    )


def is_vehicle(track: Track, aspect: float, settings: Settings) -> bool:
    """Whether it is no slimmer than vehicles are."""
    return track.box.h / (track.box.w * aspect) < settings.vehicle_slim


def _sizes_s(track: Track, step_s: float) -> float:
    """Its speed in own sizes a second."""
    return hypot(*track.speed) / track.box.size / max(step_s, 1e-3)
