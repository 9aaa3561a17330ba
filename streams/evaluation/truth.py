"""What a person saw in a clip: `NAME.truth.json` beside the clip, points in pixels, times in frames from 0."""

from __future__ import annotations

from codecs import BOM_UTF8
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import msgspec

from streams.evaluation.words import Unusable, Words
from streams.geometry import crosses_itself
from streams.incidents import FORBIDDEN, QUEUE
from streams.measures import NO_PARKING, WATCH
from streams.messages import Line, Point, Way, Zone

MOST_BYTES = 2 * 2**20
MOST_FPS = 240.0
MOST_SIDE = 16384
SECONDS_SLACK = 1.0  # people write whole seconds: so far may one lie behind the last picture
PURPOSES = FORBIDDEN | {QUEUE, NO_PARKING, WATCH, "crowd"}
"""What a zone may be for; the analysis only counts who is in one for a `crowd`, as it does in one without a purpose."""

FORWARD = frozenset({"in", "forward"})
BACK = frozenset({"out", "back"})
_UP, _DOWN, _LEFT, _RIGHT = frozenset({"up", "away"}), frozenset({"down", "toward"}), "left", "right"
KINDS = {
    "wrong": "wrong_way",
    "stop": "stopped",
    "congest": "congestion",
    "jam": "congestion",
    "queue": "queue",
    "abandon": "abandoned",
    "bag": "abandoned",
    "left": "abandoned",
    "intru": "intrusion",
    "cover": "covered",
    "focus": "defocused",
    "blur": "defocused",
    "fr": "frozen",
    "black": "black",
    "mov": "moved",
    "shift": "moved",
    "turn": "moved",
    "tamper": "tamper",
}
"""Kinds of events by a part of the word a truth file uses, the first that fits; `tamper` is any of the five before."""
_OTHER_NAMES = {
    "type": ("kind", "event", "name"),
    "frame": ("start_frame", "from_frame", "start", "begin"),
    "at_s": ("start_s", "from_s", "t", "time_s"),
    "until_frame": ("end_frame", "to_frame", "end"),
    "until_s": ("end_s", "to_s"),
}


class TruthLine(msgspec.Struct):
    """A counting line. `counts` and `frames` are by direction: up, down, left, right, away, toward, in or out; lines
    that lie flat are passed up and down, steep ones left and right, and `away` is `up`, `toward` is `down`."""

    name: str
    p1: Point
    p2: Point
    counts: dict[str, int]
    frames: dict[str, list[float]] = {}
    allowed: str | None = None
    tolerance: int = 0


class TruthZone(msgspec.Struct):
    """A polygon. What is looked for in it is said by `purpose`, one of `PURPOSES` or empty; see `notes_of`."""

    name: str
    points: list[Point]
    purpose: str = ""


class TruthEvent(msgspec.Struct):
    """Something that happened: from `frame` (or second `at_s`, the clip's beginning where neither is given) until
    `until_frame` (`until_s`, or its end); it counts as found within `within_s` seconds of its beginning, or any time
    until its end."""

    type: str
    frame: float | None = None
    at_s: float | None = None
    until_frame: float | None = None
    until_s: float | None = None
    within_s: float | None = None

    def times(self, fps: float) -> tuple[float, float | None]:
        """The seconds in which it begins and, where that is said, ends."""
        begin = self.at_s if self.at_s is not None else (self.frame or 0) / fps
        return begin, self.until_s if self.until_frame is None else self.until_frame / fps


class Truth(msgspec.Struct):
    """Everything of one file; keys that are not named here are notes. Clips whose `kind` is the same up to its first
    comma are summed by themselves, too: `traffic night, wet road` is one of `traffic night`."""

    file: str
    width: int
    height: int
    fps: float
    lines: list[TruthLine] = []
    zones: list[TruthZone] = []
    events: list[TruthEvent] | None = None
    frames_total: int | None = None
    kind: str = ""

    def counting(self) -> tuple[Line, ...]:
        """The lines as the analysis takes them."""
        return tuple(
            Line(line.name, self._share(line.p1), self._share(line.p2), allowed=way_of(line, line.allowed))
            for line in self.lines
        )

    def areas(self) -> tuple[Zone, ...]:
        """The zones as the analysis takes them."""
        return tuple(Zone(one.name, tuple(map(self._share, one.points)), one.purpose) for one in self.zones)

    def _share(self, point: Point) -> Point:
        return point[0] / self.width, point[1] / self.height


def way_of(line: TruthLine, direction: str | None) -> Way | None:
    """Whether a direction's word means `in` or `out` of a line: `in` is forward when one looks across it with `p1` at
    the left hand and `p2` at the right. None for no word.

    Raises:
        Unusable: nothing passes this line that way.
    """
    word = (direction or "").lower()
    dx, dy = line.p2[0] - line.p1[0], line.p2[1] - line.p1[1]
    if not word or word in FORWARD or word in BACK:
        return None if not word else "in" if word in FORWARD else "out"
    if word in _UP or word in _DOWN:
        # forward is up where the line goes to the right; on an upright line away is what forward is
        return "in" if (word in _UP) == (dx > 0 or (dx == 0 and dy > 0)) else "out"
    if word in (_LEFT, _RIGHT):
        return "in" if (word == _RIGHT) == (dy > 0 or (dy == 0 and dx > 0)) else "out"
    raise Unusable(
        f"vạch “{line.name}”: không hiểu hướng “{direction}”",
        f"line “{line.name}”: “{direction}” is no direction",
    )


def notes_of(truth: Truth) -> tuple[Words, ...]:
    """What a person should know of a truth that is used nevertheless: zones for something nobody looks for."""
    known = ", ".join(sorted(PURPOSES))
    return tuple(
        Words(
            f"vùng “{zone.name}”: không biết mục đích “{zone.purpose}” nên chỉ đếm; có: {known}",
            f"zone “{zone.name}”: “{zone.purpose}” is no known purpose, so only counted in; there are: {known}",
        )
        for zone in truth.zones
        if zone.purpose and zone.purpose not in PURPOSES
    )


def kind_of(word: str) -> str:
    """The kind of event a word stands for.

    Raises:
        Unusable: there is no such kind.
    """
    lower = word.lower()
    for part, kind in KINDS.items():
        if part in lower:
            return kind
    known = ", ".join(sorted(set(KINDS.values())))
    raise Unusable(f"không biết loại sự kiện “{word}”; có: {known}", f"no kind of event “{word}”; there are: {known}")


def read_truth(path: Path) -> Truth:
    """The checked truth of one clip.

    Raises:
        Unusable: it cannot be read, has another form, or speaks of what the picture cannot show.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unusable("tệp quá lớn", "the file is too large")
        truth = msgspec.convert(_renamed(msgspec.json.decode(path.read_bytes().removeprefix(BOM_UTF8))), Truth)
    except OSError as error:
        raise Unusable(f"không đọc được: {error.strerror}", f"cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(f"sai dạng: {error}", f"has another form: {error}") from None
    _check(truth)
    return truth


def _check(truth: Truth) -> None:
    if Path(truth.file).name != truth.file or truth.file in ("", ".", ".."):
        raise Unusable(f"“{truth.file}” phải là tên tệp cùng thư mục", f"“{truth.file}” must name a file beside it")
    if not (0 < truth.width <= MOST_SIDE and 0 < truth.height <= MOST_SIDE and 0 < truth.fps <= MOST_FPS):
        raise Unusable("width, height hoặc fps không hợp lý", "width, height or fps is not sensible")
    if truth.frames_total is not None and truth.frames_total < 1:
        raise Unusable("frames_total phải từ 1 trở lên", "frames_total must be 1 or more")
    names = [*(line.name for line in truth.lines), *(zone.name for zone in truth.zones)]
    if len(set(names)) < len(names):
        raise Unusable("hai vạch hoặc vùng trùng tên", "two lines or zones have the same name")
    for line in truth.lines:
        _check_line(truth, line)
    for zone in truth.zones:
        _check_zone(truth, zone)
    for event in truth.events or ():
        kind_of(event.type)
        _check_event(truth, event)


def _renamed(body: Any) -> Any:
    """The same with the usual names of keys in its events; other people's files have others."""
    events = body.get("events") if isinstance(body, dict) else None
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict):
            for usual, others in _OTHER_NAMES.items():
                found = next((event[name] for name in others if name in event), None)
                if usual not in event and found is not None:
                    event[usual] = found
    return body


def _check_line(truth: Truth, line: TruthLine) -> None:
    if line.p1 == line.p2:
        raise Unusable(f"vạch “{line.name}” không có độ dài", f"the line “{line.name}” has no length")
    _inside(truth, line.name, [line.p1, line.p2])
    if line.tolerance < 0:
        raise Unusable(f"vạch “{line.name}”: tolerance âm", f"line “{line.name}”: tolerance below zero")
    for frame in chain.from_iterable(line.frames.values()):
        _in_clip(truth, Words(f"vạch “{line.name}”", f"line “{line.name}”"), "frames", frame)
    way_of(line, line.allowed)
    for direction in (*line.counts, *line.frames):
        way_of(line, direction)
    for direction, count in line.counts.items():
        frames = line.frames.get(direction)
        if count < 0 or (frames is not None and len(frames) != count):
            raise Unusable(
                f"vạch “{line.name}”, hướng “{direction}”: counts và frames không khớp",
                f"line “{line.name}”, direction “{direction}”: counts and frames do not agree",
            )
    if set(line.frames) - set(line.counts):
        raise Unusable(
            f"vạch “{line.name}”: frames có hướng ngoài counts", f"line “{line.name}”: frames without counts"
        )


def _check_event(truth: Truth, event: TruthEvent) -> None:
    whose = Words(f"sự kiện “{event.type}”", f"event “{event.type}”")
    _in_clip(truth, whose, "frame", event.frame)
    _in_clip(truth, whose, "until_frame", event.until_frame)
    for key, second in (("at_s", event.at_s), ("until_s", event.until_s)):
        _in_clip(truth, whose, key, None if second is None else second * truth.fps, SECONDS_SLACK * truth.fps)
    if event.within_s is not None and event.within_s < 0:
        raise Unusable(f"{whose.vi}: within_s âm", f"{whose.en}: within_s below zero")
    begin, end = event.times(truth.fps)
    if end is not None and end < begin:
        raise Unusable(f"{whose.vi} kết thúc trước khi bắt đầu", f"{whose.en} ends before it begins")


def _in_clip(truth: Truth, whose: Words, key: str, frame: float | None, slack: float = 0.0) -> None:
    """Refuses what was before the first picture or is behind the last one; seconds come as frames, with some slack."""
    if frame is None:
        return
    if frame < 0:
        raise Unusable(f"{whose.vi}: {key} có số âm", f"{whose.en}: {key} below zero")
    total = truth.frames_total
    if total is not None and frame > total + slack:
        raise Unusable(
            f"{whose.vi}: {key} nằm sau hình cuối (hình {frame:g}, clip có {total})",
            f"{whose.en}: {key} lies behind the last picture (frame {frame:g} of {total})",
        )


def _check_zone(truth: Truth, zone: TruthZone) -> None:
    _inside(truth, zone.name, zone.points)
    if len(zone.points) < 3:
        raise Unusable(f"vùng “{zone.name}” cần ít nhất 3 điểm", f"the zone “{zone.name}” needs at least 3 points")
    if crosses_itself(zone.points):
        raise Unusable(f"vùng “{zone.name}” tự cắt chính nó", f"the zone “{zone.name}” crosses itself")


def _inside(truth: Truth, name: str, points: list[Point]) -> None:
    for x, y in points:
        if not (0 <= x <= truth.width and 0 <= y <= truth.height):
            swapped = 0 <= y <= truth.width and 0 <= x <= truth.height
            raise Unusable(
                f"“{name}”: điểm ({x:g}, {y:g}) nằm ngoài hình {truth.width}x{truth.height}"
                + (" (x và y bị đổi chỗ?)" if swapped else ""),
                f"“{name}”: the point ({x:g}, {y:g}) lies outside the picture of {truth.width}x{truth.height}"
                + (" (x and y swapped?)" if swapped else ""),
            )
    if any(one == other for one, other in pairwise(points)):
        raise Unusable(f"“{name}” có hai điểm liền nhau trùng nhau", f"“{name}” has the same point twice in a row")
