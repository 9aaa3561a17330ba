"""Things that were not there, came, and are still: bags left behind, vehicles that have stopped."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike as Image
from numpy.typing import NDArray

from streams.geometry import inside
from streams.incidents import EVERYWHERE, KNOWN, Event, is_vehicle
from streams.light import LIGHTEST, light_on
from streams.messages import Zone
from streams.motion import Box
from streams.settings import DEFAULT, Settings
from streams.tracker import Track

WIDTH = 160
EVERY_S = 0.5
EVEN = 2  # one pixel of so many in a row is enough to tell how bright all is
FORGETS = 0.02  # how much of a picture goes into the ground at each look where nothing lies
FADES = 2.0  # how much quicker a place that shows the ground again is forgotten than it was noticed
HIDDEN_FADES = 1.0  # the same while something else is before it
STEPS_S = EVERY_S * np.array([-FADES, -HIDDEN_FADES, 1.0], np.float32)  # ground, something else, the thing
FOLLOWS = 0.3  # how much of a picture goes into what a thing looks like
ALIKE = 0.3  # intersection by union, from which two boxes hold the same
CAME = 2.0  # own sizes; what has moved less may be a thing and the feet of who put it down
SHRUNK = 0.35  # of what came: a smaller thing was put down by it, and did not come by itself
MOVES = 0.05  # own sizes a picture; what is slower stands
LATELY = 0.2  # how much of a picture goes into how large a thing was on its way
MOST_TOLD = 32
NEARLY_ALL = 0.8  # of the pictures of a track, in which it looks like a vehicle
PART_IN, PART_OF = 0.6, 0.4  # of it that lies in a thing that moves, and of that thing: so much is a part of it
LOOKED_FOR = {"stopped": "no_parking", "abandoned": "watch"}  # the purpose of the zones in which it matters
MOSTLY = 80.0  # percent: a thing has been still for as long as most of its pixels, its rim flickers
NEAR = 3  # pixels around a thing, in which its rim is and what is needed for its gradient
SHARPER = 1.15  # an edge is the thing's own when it is so much stronger than the ground's


class Lying(msgspec.Struct, frozen=True):
    """Something that was not there, came, and has been still for so many seconds."""

    box: Box
    still_s: float


class Left:
    """Looks at small grey pictures twice a second; `at` are seconds that only go forward."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self.forget()

    def forget(self) -> None:
        """The camera looks elsewhere or saw nothing: the ground is learned anew."""
        self._first: list[Image] = []
        self._ground: Image | None = None
        self._last: Image | None = None
        self._as_seen: Image | None = None
        self._still_s: Image | None = None
        self._looked_at = float("-inf")

    def look(self, grey: Image, at: float) -> list[Lying] | None:
        """What came and now lies or stands still; None where it is not yet time to look again."""
        if at - self._looked_at < EVERY_S - 1e-6:
            return None
        self._looked_at = at
        height = max(8, grey.shape[0] * WIDTH // grey.shape[1])
        now = cv2.GaussianBlur(cv2.resize(grey, (WIDTH, height), interpolation=cv2.INTER_AREA), (3, 3), 0)
        if self._ground is None or self._ground.shape != now.shape:
            self._begin(now)
            return []
        seen = now.astype(np.float32)
        light = light_on(seen, self._ground, EVEN)
        now = light.taken_off(seen) if light is not None else seen
        still_s = self._notice(now, seen)
        self._heal(still_s, now)
        return self._lying(still_s, now)

    def _begin(self, now: Image) -> None:
        if self._first and self._first[0].shape != now.shape:
            self._first.clear()
        self._first.append(now)
        if len(self._first) * EVERY_S >= self._settings.left_learn_s:
            self._ground = np.median(np.stack(self._first), axis=0).astype(np.float32)
            self._last, self._as_seen = self._ground.copy(), self._ground.copy()
            self._still_s = np.zeros_like(self._ground)
            self._first.clear()

    def _notice(self, now: Image, seen: Image) -> Image:
        settings, ground, last, still_s = self._settings, self._ground, self._last, self._still_s
        as_seen = self._as_seen
        assert ground is not None and last is not None and as_seen is not None and still_s is not None  # noqa: S101 - for the type checker
        least = np.clip(settings.left_luma / settings.daylight * ground, settings.left_least_luma, settings.left_luma)
        other = (cv2.absdiff(now, ground) > least) & ~((seen >= LIGHTEST) & (now < ground))
        alike = cv2.min(cv2.absdiff(now, last), cv2.absdiff(seen, as_seen)) < settings.left_still_luma
        same = other & alike
        still_s += STEPS_S.take(other.view(np.uint8) + same)
        np.maximum(still_s, 0, out=still_s)
        for one, kept in ((now, last), (seen, as_seen)):
            cv2.accumulateWeighted(one, kept, FOLLOWS, mask=same.view(np.uint8))
            np.copyto(kept, one, where=still_s == 0)
        cv2.accumulateWeighted(now, ground, FORGETS, mask=(~other).view(np.uint8))
        return still_s

    def _heal(self, still_s: Image, now: Image) -> None:
        """Where something was taken away, what is there now is the ground."""
        if self._ground is None or not (still_s >= self._settings.left_doubt_s).any():
            return
        labels, stats, _centres = _pieces(still_s >= self._settings.left_doubt_s)
        for label in range(1, len(stats)):
            piece = labels == label
            if not self._is_there(piece, now):
                self._ground[piece], still_s[piece] = now[piece], 0.0

    def _lying(self, still_s: Image, now: Image) -> list[Lying]:
        settings = self._settings
        still = still_s >= settings.stopped_s
        if not still.any():
            return []
        labels, stats, _centres = _pieces(still)
        height, width = still.shape
        found = []
        for label, (x, y, w, h, area) in enumerate(stats[1:].tolist(), 1):
            solid = area >= 0.4 * w * h and max(w, h) <= 4 * min(w, h)
            piece = labels == label
            if solid and area >= settings.left_least_share * still.size and self._is_there(piece, now):
                box = Box(x / width, y / height, w / width, h / height)
                found.append(Lying(box, float(np.percentile(still_s[piece], MOSTLY))))
        return found

    def _is_there(self, mask: Image, now: Image) -> bool:
        """Whether the outline is in the picture; if it was in the ground, something was taken away."""
        assert self._ground is not None  # noqa: S101 - for the type checker
        x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
        around = slice(max(0, y - NEAR), y + h + NEAR), slice(max(0, x - NEAR), x + w + NEAR)
        shape = mask[around].astype(np.uint8)
        rim = (cv2.dilate(shape, np.ones((3, 3), np.uint8)) - cv2.erode(shape, np.ones((3, 3), np.uint8))) > 0
        return float(_gradient(now[around])[rim].mean()) > SHARPER * float(_gradient(self._ground[around])[rim].mean())


class Standstill(msgspec.Struct):
    """Something that was told, where it is, and when it was last seen there."""

    kind: str
    box: Box
    last: float


class Looks(msgspec.Struct):
    """In how many pictures a track looked like a vehicle: a person who stands is torn, and then a piece may. `area` is
    how large it was on its way (share of the picture)."""

    pictures: int = 0
    as_vehicle: int = 0
    area: float = 0.0

    def see(self, track: Track, is_one: bool) -> None:
        """One picture more."""
        self.pictures += 1
        self.as_vehicle += is_one
        if not self.area or hypot(*track.speed) > MOVES * track.box.size:
            area = track.box.w * track.box.h
            self.area += (LATELY if self.area else 1.0) * (area - self.area)

    @property
    def mostly(self) -> bool:
        """Whether it did in nearly all."""
        return self.as_vehicle >= NEARLY_ALL * self.pictures


class Came(NamedTuple):
    """What came as vehicles do: where it was last, when, and how large it was on its way."""

    box: Box
    at: float
    area: float

    def is_now(self, box: Box) -> bool:
        """Whether a thing that stands is it, and not only what it put down."""
        return _alike(box, self.box) and box.w * box.h >= SHRUNK * self.area


class Standing:
    """Tells vehicles that came and stand from things that somebody put down. `present` is what is there now."""

    def __init__(self, zones: Sequence[Zone], aspect: float, settings: Settings = DEFAULT) -> None:
        self.zones, self._aspect, self._settings = zones, aspect, settings
        self._came: dict[int, Came] = {}
        self._vehicles: dict[int, Looks] = {}
        self._told: list[Standstill] = []
        self.present: list[tuple[str, Box]] = []

    def forget(self) -> None:
        """Nothing is known of what is there now."""
        self.present.clear()

    def count(self, kind: str, zone: Zone, beside: Sequence[Box] = ()) -> int:
        """How many of a kind are in a zone, but for those that are also one `beside`."""
        here = [box for told, box in self.present if told == kind and inside(zone.points, box.foot)]
        return sum(not any(_alike(box, other) for other in beside) for box in here)

    def see(self, lying: Sequence[Lying] | None, alive: Sequence[Track], at: float) -> list[Event]:
        """The events of this picture, one for each thing; `lying` is None where nobody looked for it."""
        settings = self._settings
        self._vehicles = {track.id: self._vehicles.get(track.id, Looks()) for track in alive}
        for track in alive:
            vehicle = is_vehicle(track, self._aspect, settings)
            self._vehicles[track.id].see(track, vehicle)
            if track.seen >= KNOWN and track.come > CAME and vehicle and self._vehicles[track.id].mostly:
                self._came[track.id] = Came(track.box, at, self._vehicles[track.id].area)
        self._came = {id: came for id, came in self._came.items() if at - came.at <= settings.came_s}
        if lying is None:
            return []
        self._told = [one for one in self._told if at - one.last <= settings.over_s]
        seen = [track.box for track in alive if track.sure and not track.missed]
        whole = [one for one in lying if not any(_part_of(one.box, box) for box in seen)]
        kinds = [(self._told_of(one.box, at) or self._kind(one), one.box) for one in whole]
        self.present = [(kind, box) for kind, box in kinds if kind is not None]
        news = [(kind, box) for kind, box in self.present if self._new(kind, box, at)]
        return [Event(kind, at, self._place(kind, box)) for kind, box in news]

    def _told_of(self, box: Box, at: float) -> str | None:
        """What the thing in this place was told to be: a vehicle does not become a bag by standing for long."""
        known = next((one for one in self._told if _alike(box, one.box)), None)
        if known is None:
            return None
        known.last, known.box = at, box  # a queue grows
        return known.kind

    def _place(self, kind: str, box: Box) -> str:
        """The zone in which it is looked for, where it stands in one."""
        purpose = LOOKED_FOR[kind]
        fitting = (zone.id for zone in self.zones if zone.purpose == purpose and inside(zone.points, box.foot))
        return next(fitting, EVERYWHERE)

    def _kind(self, one: Lying) -> str | None:
        settings = self._settings
        if any(came.is_now(one.box) for came in self._came.values()):
            return "stopped"
        small = one.box.w * one.box.h <= settings.left_most_share
        return "abandoned" if small and one.still_s >= settings.left_s else None

    def _new(self, kind: str, box: Box, at: float) -> bool:
        if any(_alike(box, one.box) for one in self._told):
            return False
        self._told.append(Standstill(kind, box, at))
        del self._told[:-MOST_TOLD]
        return True


def _alike(one: Box, other: Box) -> bool:
    """Whether two boxes hold much the same."""
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    common = across * down if across > 0 and down > 0 else 0.0
    return common >= ALIKE * (one.w * one.h + other.w * other.h - common)


def _part_of(one: Box, other: Box) -> bool:
    """Whether one box is a part of another thing: feet that stand still while their owner looks around."""
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    area = one.w * one.h
    return across > 0 and down > 0 and across * down >= PART_IN * area and area <= PART_OF * other.w * other.h


def _pieces(mask: NDArray[np.bool_]) -> tuple[Image, Image, Image]:
    """Labels, statistics and centres of what hangs together, as OpenCV gives them."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _count, labels, stats, centres = cv2.connectedComponentsWithStats(closed, connectivity=8, ltype=cv2.CV_16U)
    return labels, stats, centres


def _gradient(picture: Image) -> Image:
    return cv2.magnitude(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1))
