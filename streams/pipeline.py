"""One picture after the other: is it a picture, what moves in it, what passed, what stands where."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import cv2
import msgspec
from cv2.typing import MatLike as Image

from streams.counting import Counting, Crossing, Passed
from streams.detector import Detector
from streams.incidents import Event, Incidents
from streams.left import Left, Standing
from streams.marks import Marks
from streams.measures import Measures, ZoneMeasures
from streams.messages import ANALYSED_WIDTH, Limits, Line, PictureState, Zone
from streams.motion import Box, Motion, Moving
from streams.picture import PictureWatch
from streams.recognition import Recognition
from streams.settings import DEFAULT, Settings
from streams.tracker import Track, Tracker

JPEG_WIDTH, JPEG_QUALITY = 640, 70
LEARN_AFTER, LEARN_COME = 4, 0.2  # pictures and own sizes after which a thing tells how large things are
RIM = 0.012  # of the picture
MOST_PIXELS = 4096 * 2304 * 2


class TooLarge(Exception):
    """The picture is no camera's."""


class Seen(msgspec.Struct, frozen=True):
    """What one picture showed; `kinds` are the crossings of which a detector knows what passed: line, way, kind."""

    state: PictureState
    motion: float
    crossings: Counter[Crossing]
    zones: dict[str, int]
    events: tuple[Event, ...] = ()
    kinds: Counter[tuple[str, str, str]] = msgspec.field(default_factory=Counter)


class Pipeline:
    """The analysis of one camera. Pictures are BGR as OpenCV gives them and may change their size at any time."""

    def __init__(
        self,
        limits: Limits,
        lines: tuple[Line, ...] = (),
        zones: tuple[Zone, ...] = (),
        sharpness: float | None = None,
        settings: Settings = DEFAULT,
        detector: Detector | None = None,
        width: int = ANALYSED_WIDTH,
    ) -> None:
        self._detector = detector
        self._width = width
        self._settings = settings
        self._watch = PictureWatch(limits, sharpness)
        self._lines, self._zones = lines, zones
        self._measures = ZoneMeasures(zones)
        self._shape: tuple[int, ...] = ()
        self.state = PictureState.OK
        self._told: dict[PictureState, float] = {}
        self._begin(16 / 9)

    @property
    def sharpness(self) -> float | None:
        """What the picture usually has."""
        return self._watch.sharpness

    def redraw(self, lines: tuple[Line, ...], zones: tuple[Zone, ...]) -> None:
        """Other lines and zones from the next picture on. What was learnt of the scene stays, and so does what goes on
        at those that are as they were."""
        self._lines, self._zones = lines, zones
        self._measures = ZoneMeasures(zones)
        self._counting.redraw(lines, zones)
        self._incidents.redraw(zones)
        self._standing.zones = zones
        if self._recognition is not None:
            self._recognition.redraw(lines)

    def cut(self) -> None:
        """What comes next does not go on from what was: a clip begins anew."""
        self._tracker.forget()
        if self._recognition is not None:
            self._recognition.forget()

    def look(self, picture: Image, at: float, minute: int | None = None) -> Seen:
        """What this picture shows; `at` are seconds that only go forward, `minute` is the minute of the local day.

        Raises:
            TooLarge: it has more pixels than any camera.
        """
        small = shrunk(picture, self._width)
        if small.shape != self._shape:
            self._shape = small.shape
            self._begin(small.shape[1] / small.shape[0])
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        events = self._meddled(grey, at)
        moving = self._motion.look(small)
        if self.state is not PictureState.OK:
            self.cut()
            self._forget_ground()
            return Seen(self.state, 0.0, Counter(), self._counting.standing(()), tuple(events))
        passed = self._follow(moving)
        alive, kinds = self._tracker.tracks, Counter[tuple[str, str, str]]()
        self._recognised = []
        if self._recognition is not None:  # which does not mind a background that is being learned
            passed = self._recognition.look(picture, at, alive, passed)
            self._recognised, kinds = self._recognition.tracks, self._recognition.kinds(passed)
        if (
            self._watch.suspected is not None
        ):  # nothing is what it seems; what passed is counted as long as the state is good
            self._forget_ground()
        else:
            events += self._incidents.see(passed, alive, at, minute, self._recognised)
            if moving.settled:
                events += self._standing.see(self._left.look(grey, at), alive, at)
        crossings = Counter((line.id, str(way)) for line, _, way in passed)
        return Seen(self.state, moving.share, crossings, self._counting.standing(alive), tuple(events), kinds)

    def measures(self, at: float) -> Measures:
        """What goes on in the zones, as of the last picture."""
        return self._measures.now(self._incidents, self._standing, self._tracker.tracks, self._recognised, at)

    def marks(self) -> Marks:
        """Where in the last picture something moves or was recognised; a detector that did not look at this very
        picture, since nothing moved, says nothing of it."""
        boxes = [track.box for track in (*self._tracker.tracks, *self._recognised)]
        looked = self._recognition is not None and self._recognition.looked
        by: Literal["detector", "motion"] = "detector" if looked else "motion"
        return Marks(by, tuple((box.x, box.y, box.w, box.h) for box in boxes))

    def _forget_ground(self) -> None:
        self._left.forget()
        self._standing.forget()

    def _follow(self, moving: Moving) -> list[Passed]:
        """Who passed which line, of what moves."""
        if not moving.settled:
            self._tracker.forget()
            self._forget_ground()
            return []
        seen = self._tracker.follow(moving.boxes)
        self._learn_sizes(seen)
        return self._counting.see(seen, self._tracker.tracks)

    def _meddled(self, grey: Image, at: float) -> list[Event]:
        """The event of a picture that has become bad; again only after it was good for a while."""
        before, self.state = self.state, self._watch.look(grey, at)
        if self.state is PictureState.OK:
            return []
        last = self._told.get(self.state, float("-inf"))
        self._told[self.state] = at
        news = self.state is not before and at - last >= self._settings.over_s
        return [Event(self.state.value, at)] if news else []

    def _learn_sizes(self, seen: list[Track]) -> None:
        for track in seen:
            if track.seen >= LEARN_AFTER and track.come >= LEARN_COME and not _cut_off(track.box):
                self._motion.learn(track.box)

    def _begin(self, aspect: float) -> None:
        self._motion, self._tracker = Motion(self._settings), Tracker(self._settings)
        self._counting = Counting(self._lines, self._zones, self._settings)
        self._incidents = Incidents(self._zones, aspect, self._settings)
        self._left, self._standing = Left(self._settings), Standing(self._zones, aspect, self._settings)
        self._recognised = list[Track]()
        self._recognition = Recognition(self._detector, self._lines) if self._detector is not None else None


def _cut_off(box: Box) -> bool:
    """Whether the edge of the picture may hide a part of it."""
    return box.x < RIM or box.x + box.w > 1 - RIM or box.y + box.h > 1 - RIM


def shrunk(picture: Image, width: int) -> Image:
    """The picture at most so wide, its proportions kept.

    Raises:
        TooLarge: it has more pixels than any camera.
    """
    rows, columns = picture.shape[:2]
    if rows * columns > MOST_PIXELS:
        raise TooLarge(f"{columns}x{rows}")
    if columns <= width:
        return picture
    size = (width, max(1, round(rows * width / columns)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def for_screens(picture: Image) -> Image:
    """The picture at most 640 pixels wide."""
    return shrunk(picture, JPEG_WIDTH)


def jpeg(picture: Image) -> bytes:
    """The picture as it travels."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes() if done else b""
