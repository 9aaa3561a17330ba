"""One camera as last seen: reports go in, readings and the value for the screens come out. Pure: time is handed in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Literal

from ioc.city.profile import Camera
from ioc.contract import Observation
from ioc.core.clock import iso
from ioc.core.text import Text
from streams.messages import Report

CameraState = Literal["starting", "ok", "lost", "frozen", "black", "covered", "moved"]

SEES_WRONG: dict[CameraState, Text] = {
    "frozen": Text("hình đứng yên", "the picture stands still"),
    "black": Text("hình đen", "the picture is black"),
    "covered": Text("ống kính bị che", "the lens is covered"),
    "moved": Text("camera bị xoay khỏi chỗ cũ", "the camera was turned away"),
}
VALUE: dict[CameraState, int] = {"ok": 0, "lost": 1, "frozen": 2, "black": 3, "covered": 4, "moved": 5}
STARTING = timedelta(seconds=9)  # the longest a camera may take to its first picture
EVERY = timedelta(seconds=10)  # of readings; also the camera's heartbeat
OCCUPIED_EVERY = timedelta(seconds=2)
OWNER = "camera"


class SeenCamera:
    """Keeps what is known of a camera. `reason` says in both languages why there is no picture."""

    def __init__(self, camera: Camera, lost_s: float, now: datetime) -> None:
        self.camera = camera
        self.state: CameraState = "starting"
        self.since = self._begun = now
        self.reason: Text | None = None
        self.fps = 0.0
        self.last_frame: datetime | None = None
        self._lost = timedelta(seconds=lost_s)
        self._reported: CameraState = "ok"
        self._said_state_at: datetime | None = None
        self._crossings: Counter[tuple[str, str]] = Counter()
        self._motion: list[float] = []
        self._zones: dict[str, int] = {}
        self._said_zones: dict[str, tuple[int, datetime]] = {}
        self._period_at = now + EVERY

    def report(self, report: Report, now: datetime) -> None:
        """The decoder saw pictures."""
        self.last_frame, self.fps, self.reason = now, report.fps, None
        self._reported = report.state.value
        self._motion.append(report.motion)
        known = {line.id for line in self.camera.lines}
        for line, way, count in report.crossings:
            if line in known and way in ("in", "out"):
                self._crossings[line, way] += count
        self._zones = {zone.id: report.zones.get(zone.id, 0) for zone in self.camera.zones}
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
            due += self._objects(now)
        return due

    def last_words(self, now: datetime) -> list[Observation]:
        """What was counted and not told yet, when another is to look at this camera from now on."""
        crossings = Counter(self._crossings)
        self._crossings.clear()
        return self._counted(crossings, now) if crossings else []

    def body(self) -> dict[str, Any]:
        """What the screens show."""
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
            "reason": {"vi": self.reason.vi, "en": self.reason.en} if self.reason else None,
            "simulated": camera.simulated,
            "module": OWNER,
            "dataclass": camera.data_class.value,
        }

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
        if self.state != "ok" and not crossings:
            return []
        share = 100 * sum(motion) / len(motion) if motion else 0.0
        moves = self._reading("camera.motion", self.camera.id, round(share, 2), "%", now)
        return [*self._counted(crossings, now), moves]

    def _counted(self, crossings: Counter[tuple[str, str]], now: datetime) -> list[Observation]:
        return [
            self._reading("camera.crossings", f"{self.camera.id}/{line.id}/{way}", crossings[line.id, way], "veh", now)
            for line in self.camera.lines
            for way in ("in", "out")
        ]

    def _objects(self, now: datetime) -> list[Observation]:
        due = []
        for zone, count in self._zones.items():
            said, at = self._said_zones.get(zone, (-1, now))
            pause = OCCUPIED_EVERY if count else EVERY
            if said != count or now - at >= pause:
                self._said_zones[zone] = (count, now)
                due.append(self._reading("camera.objects", f"{self.camera.id}/{zone}", count, "objects", now))
        return due

    def _reading(self, kind: str, key: str, value: float, unit: str, at: datetime) -> Observation:
        id = f"{kind}:{key}:{round(at.timestamp() * 1000)}"
        return Observation(kind, key, value, unit, at, simulated=self.camera.simulated, id=id)
