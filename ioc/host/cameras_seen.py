"""One camera as last seen: reports go in, readings and the value for the screens come out. Pure: time is handed in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Literal

from ioc.city.profile import Camera
from ioc.contract import Observation
from ioc.contract.readings import Quality
from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.host.cameras_pace import Pace
from streams.messages import LEAST_FPS, Report

CameraState = Literal["starting", "ok", "lost", "frozen", "black", "covered", "defocused", "moved"]

SEES_WRONG: dict[CameraState, Text] = {
    "frozen": Text("hình đứng yên", "the picture stands still"),
    "black": Text("hình đen", "the picture is black"),
    "covered": Text("ống kính bị che", "the lens is covered"),
    "defocused": Text("ống kính mất nét", "the lens is out of focus"),
    "moved": Text("camera bị xoay khỏi chỗ cũ", "the camera was turned away"),
}
VALUE: dict[CameraState, int] = {
    "ok": 0,
    "lost": 1,
    "frozen": 2,
    "black": 3,
    "covered": 4,
    "moved": 5,
    "defocused": 6,
}
STARTING = timedelta(seconds=9)  # the longest a camera may take to its first picture
EVERY = timedelta(seconds=10)  # of readings; also the camera's heartbeat
OCCUPIED_EVERY = timedelta(seconds=2)
UNITS: dict[str, str] = {
    "objects": "objects",
    "occupancy": "%",
    "queue": "veh",
    "congestion": "code",
    "stopped": "veh",
    "left": "objects",
    "dwelling": "objects",
}
"""What is told of a zone, and its unit."""
NO_PICTURES = Text("Camera không gửi hình", "The camera sends no pictures")
AT_ITS_PACE = frozenset({"occupancy"})  # is told at its pace and not at every change: it always changes
KINDS = ("motorcycle", "bicycle", "car", "bus", "truck", "person")
OWNER = "camera"


class SeenCamera:
    """Keeps what is known of a camera. `reason` says in both languages why there is no picture, `note` what is amiss
    although there is one, and `unkept` why its pictures are not kept as evidence. Counts of a window with fewer than
    `least_fps` pictures a second are told as suspect."""

    def __init__(self, camera: Camera, lost_s: float, now: datetime, least_fps: float = LEAST_FPS) -> None:
        self.camera = camera
        self.state: CameraState = "starting"
        self.since = self._begun = now
        self.reason: Text | None = None
        self.note: Text | None = None
        self.unkept: Text | None = None
        self.fps = 0.0
        self.last_frame: datetime | None = None
        self._lost = timedelta(seconds=lost_s)
        self._pace = Pace(least_fps)
        self._reported: CameraState = "ok"
        self._said_state_at: datetime | None = None
        self._crossings: Counter[tuple[str, str]] = Counter()
        self._passed: Counter[tuple[str, str]] = Counter()  # all of them since `_passed_since`
        self._passed_since = now
        self._motion: list[float] = []
        self._kinds: Counter[tuple[str, str, str]] = Counter()
        self._known_kinds: set[tuple[str, str, str]] = set()
        self._wrong_ways: Counter[str] = Counter()
        self._zones: dict[tuple[str, str], float] = {}
        self._said_zones: dict[tuple[str, str], tuple[float, datetime]] = {}
        self._period_at = now + EVERY

    def report(self, report: Report, now: datetime) -> None:
        """The decoder saw pictures."""
        self.last_frame, self.fps, self.reason = now, report.fps, None
        self._reported = report.state.value
        self._motion.append(report.motion)
        self._pace.report(report, now)
        known = {line.id for line in self.camera.lines}
        for line, way, count in report.crossings:
            if line in known and way in ("in", "out"):
                self._crossings[line, way] += count
                self._passed[line, way] += count
        for line, way, kind, count in report.kinds:
            if line in known and way in ("in", "out") and kind in KINDS:
                self._kinds[line, way, kind] += count
        for line, count in report.wrong_ways:
            if line in known:
                self._wrong_ways[line] += count
        self._zones = {("objects", zone.id): report.zones.get(zone.id, 0) for zone in self.camera.zones}
        zones = {zone.id for zone in self.camera.zones}
        self._zones |= {(kind, zone): figure for kind, zone, figure in report.measures if zone in zones}
        self.note = _by_motion(report.fault) if report.fault is not None else None
        self._become(now)

    def trouble(self, reason: Text, now: datetime) -> None:
        """There is nothing to see for now, and why."""
        self.reason = reason
        self._become(now)

    def look(self, now: datetime) -> list[Observation]:
        """The readings that are due."""
        self._become(now)
        due = self._state_reading(now)
        if now >= self._period_at:
            self._period_at = max(self._period_at + EVERY, now)
            due += self._period(now)
        if self.state == "ok":
            due += self._gone_wrong(now) + self._in_zones(now)
        return due

    def last_words(self, now: datetime) -> list[Observation]:
        """What was counted and not told yet, when another is to look at this camera from now on."""
        crossings = Counter(self._crossings)
        self._crossings.clear()
        self._pace.judge(now)
        return [*(self._counted(crossings, now) if crossings else []), *self._gone_wrong(now)]

    def redrawn(self, camera: Camera, now: datetime) -> list[Observation]:
        """The same camera with another row, of which the picture is the same; what was counted by the row before."""
        told = self.last_words(now)
        self.camera, self._period_at = camera, now + EVERY
        ids = {line.id for line in camera.lines}
        self._known_kinds = {one for one in self._known_kinds if one[0] in ids}
        self._kinds.clear()
        self._passed = Counter({key: count for key, count in self._passed.items() if key[0] in ids})
        self._zones = {}
        return told

    def tally_from(self, other: SeenCamera) -> None:
        """Goes on with the running tally of its forerunner."""
        self._passed, self._passed_since = other._passed, other._passed_since

    def body(self, *, watched: bool = False) -> dict[str, Any]:
        """What the screens show; of a camera that is `watched` what has passed its lines so far, too."""
        camera = self.camera
        return {
            "id": camera.id,
            "name": camera.name,
            "lonlat": [camera.lon, camera.lat],
            "heading": camera.heading_deg,
            "segment": camera.segment,
            "state": self.state,
            "since": iso(self.since),
            "fps": self.fps if self.state not in ("lost", "starting") else 0.0,
            "last_frame": iso(self.last_frame) if self.last_frame else None,
            "reason": _both(self.reason or (NO_PICTURES if self.state == "lost" else None)),
            "passed": self._tally() if watched else None,
            "note": _both(_joined(self.note, self._pace.note if self.state == "ok" else None, self.unkept)),
            "simulated": camera.simulated,
            "module": OWNER,
            "dataclass": camera.data_class.value,
        }

    def _tally(self) -> dict[str, Any]:
        passed = {line.id: [self._passed[line.id, way] for way in ("in", "out")] for line in self.camera.lines}
        return {"since": iso(self._passed_since), "lines": passed}

    def _become(self, now: datetime) -> None:
        state = self._state(now)
        if state != self.state:
            self.state, self.since = state, now

    def _state(self, now: datetime) -> CameraState:
        if self.last_frame is not None and now - self.last_frame < self._lost:
            return self._reported
        waiting = self.last_frame is None and self.reason is None and now - self._begun < STARTING
        return "starting" if waiting else "lost"

    def _state_reading(self, now: datetime) -> list[Observation]:
        said = self._said_state_at
        if self.state == "starting" or (said is not None and self.since <= said and now - said < EVERY):
            return []
        self._said_state_at = now
        return [self._reading("camera.state", self.camera.id, VALUE[self.state], "code", now)]

    def _period(self, now: datetime) -> list[Observation]:
        """Crossings and motion of the last ten seconds; nothing of a time in which nothing could be seen."""
        crossings, motion = Counter(self._crossings), list(self._motion)
        self._crossings.clear()
        self._motion.clear()
        self._pace.judge(now)
        if self.state != "ok" and not crossings:
            return []
        share = 100 * sum(motion) / len(motion) if motion else 0.0
        moves = self._reading("camera.motion", self.camera.id, round(share, 2), "%", now)
        return [*self._counted(crossings, now), moves]

    def _counted(self, crossings: Counter[tuple[str, str]], now: datetime) -> list[Observation]:
        counted = [
            self._count("camera.crossings", f"{line.id}/{way}", crossings[line.id, way], now)
            for line in self.camera.lines
            for way in ("in", "out")
        ]
        return counted + self._by_kind(now)

    def _by_kind(self, now: datetime) -> list[Observation]:
        """The same crossings by what passed, where a detector knows; a kind once seen is told at zero too."""
        kinds = Counter(self._kinds)
        self._kinds.clear()
        self._known_kinds |= set(kinds)
        return [
            self._count(f"camera.crossings.{kind}", f"{line}/{way}", kinds[line, way, kind], now)
            for line, way, kind in sorted(self._known_kinds, key=lambda one: KINDS.index(one[2]))
        ]

    def _count(self, kind: str, part: str, count: int, now: datetime) -> Observation:
        """What was counted in the window just judged."""
        quality: Quality = "good" if self._pace.enough else "suspect"
        return self._reading(kind, f"{self.camera.id}/{part}", count, "veh", now, quality)

    def _gone_wrong(self, now: datetime) -> list[Observation]:
        """Those that went the wrong way since the last look, told at once."""
        wrong = Counter(self._wrong_ways)
        self._wrong_ways.clear()
        return [
            self._reading("camera.wrong_way", f"{self.camera.id}/{line}", count, "veh", now)
            for line, count in wrong.items()
        ]

    def _in_zones(self, now: datetime) -> list[Observation]:
        """What goes on in the zones: at every change, often while there is something, and seldom while not."""
        due = []
        for (kind, zone), figure in self._zones.items():
            said, at = self._said_zones.get((kind, zone), (-1.0, datetime.min.replace(tzinfo=now.tzinfo)))
            changed = said != figure and kind not in AT_ITS_PACE
            if changed or now - at >= (OCCUPIED_EVERY if figure else EVERY):
                self._said_zones[kind, zone] = (figure, now)
                due.append(self._reading(f"camera.{kind}", f"{self.camera.id}/{zone}", figure, UNITS[kind], now))
        return due

    def _reading(
        self, kind: str, key: str, value: float, unit: str, at: datetime, quality: Quality = "good"
    ) -> Observation:
        id = f"{kind}:{key}:{round(at.timestamp() * 1000)}"
        return Observation(kind, key, value, unit, at, quality, simulated=self.camera.simulated, id=id)


def _by_motion(fault: tuple[str, str]) -> Text:
    return Text(
        f"Đếm bằng chuyển động, không nhận dạng: {fault[0]}", f"Counts by motion, without a detector: {fault[1]}"
    )


def _joined(*notes: Text | None) -> Text | None:
    said = [text for text in notes if text is not None]
    return Text("; ".join(text.vi for text in said), "; ".join(text.en for text in said)) if said else None


def _both(text: Text | None) -> dict[str, str] | None:
    return {"vi": text.vi, "en": text.en} if text else None
