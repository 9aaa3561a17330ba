"""The parts of a city profile, each a row of its TOML files. Coordinates: degrees WGS 84, longitude first."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from ioc.core.dataclass import DataClass
from ioc.core.text import Language, Text

Service = Literal["113", "114", "115", "112", "city"]
UnitKind = Literal["police", "fire", "ambulance", "crew"]
DeadlineClass = Literal["emergency", "simple", "ordinary", "complex"]
DispatchMode = Literal["mirror", "recommend", "dispatch"]

SourceLife = Literal["commissioning", "live", "maintenance"]

DISPATCHED = ("112", "113", "114", "115")

DEADLINE_THRESHOLD: dict[DeadlineClass, str] = {
    "emergency": "citizen.deadline.emergency_hours",  # around the clock, never on the working calendar
    "simple": "citizen.deadline.simple_working_days",
    "ordinary": "citizen.deadline.ordinary_working_days",
    "complex": "citizen.deadline.complex_working_days",
}


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of a profile file: an unknown key is a mistake, never passed over."""


class Happening(Part, frozen=True, kw_only=True):
    """What several cases at the desk may tell of at once, by the categories of the cases.

    Cases `named_by` say what it is, the best name first; those `joined_by` only fit it, and those `told_by` are hearsay
    with a rough place. A group needs at least one that names it.
    """

    id: str
    name: Text
    named_by: tuple[str, ...]
    joined_by: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()


class CityHead(Part, frozen=True, kw_only=True):
    """The file city.toml: what the city is. `wards` is a path inside the profile's folder.

    `private_hosts` are the `host:port` inside the city's own networks that feeds may be fetched from.
    `locate_margin_km`: how far outside its wards a case may be placed by hand.
    """

    id: str
    name: Text
    province: Text
    bbox: tuple[float, float, float, float]
    center: tuple[float, float]
    languages: tuple[Language, ...]
    coast_tolerance_m: float
    wards: str
    official_wards: bool
    desk_severity: int
    locate_margin_km: float = 5.0
    private_hosts: tuple[str, ...] = ()
    modules: dict[str, dict[str, Any]] = {}
    happenings: tuple[Happening, ...] = ()


class Agency(Part, frozen=True, kw_only=True):
    """Who answers. `services` are the emergency numbers or `city` it works for."""

    id: str
    name: Text
    services: tuple[Service, ...]


class UnitProfile(Part, frozen=True, kw_only=True):
    """A patrol, engine, ambulance or crew and where it is based. `capabilities` are words such as `ladder`."""

    id: str
    name: str
    kind: UnitKind
    service: Service
    agency: str
    capabilities: tuple[str, ...] = ()
    lon: float
    lat: float


class ReportService(Part, frozen=True, kw_only=True):
    """What a citizen can report, as an Open311 service.

    `deadline` names the class whose length is a threshold. A `sensitive` kind is published with a coarse position.
    """

    code: str
    name: Text
    group: Text
    description: Text
    agency: str
    deadline: DeadlineClass
    type: Literal["realtime"] = "realtime"
    sensitive: bool = False


class Area(Part, frozen=True, kw_only=True):
    """A part of the city people speak of, such as an economic zone: the wards (by code) it takes in."""

    id: str
    name: Text
    kind: str
    wards: tuple[str, ...]


class Asset(Part, frozen=True, kw_only=True):
    """A place that matters: hospital, school, station. `accuracy_m` says how far the point may be off."""

    id: str
    kind: str
    name: str
    lon: float
    lat: float
    data_class: DataClass = DataClass.PUBLIC
    accuracy_m: float
    source: str


class Segment(Part, frozen=True, kw_only=True):
    """A stretch of road as a line of (lon, lat) points. `capacity_pcu_h` is per direction. On a `national` road a
    standstill weighs more."""

    id: str
    name: str
    road: str
    line: tuple[tuple[float, float], ...]
    free_flow_kmh: float
    speed_limit_kmh: float
    lanes: int
    capacity_pcu_h: float
    national: bool = False
    approximate: bool = True


class Detector(Part, frozen=True, kw_only=True):
    """A traffic counter on a segment, which speaks every `period_s` seconds.

    `upstream` is the detector the vehicles pass before this one; the pair shows a jam that begins between them.
    """

    id: str
    name: str
    segment: str
    kind: Literal["loop", "radar", "video"]
    lon: float
    lat: float
    period_s: int
    upstream: str | None = None
    life: SourceLife = "live"


PicturePoint = tuple[float, float]


class CountingLine(Part, frozen=True, kw_only=True):
    """A line across a camera's picture, from left to right as one looks in the direction counted as `in`.

    Points are (x, y) as shares of the picture's width and height, from its top left corner. Where the lanes allow only
    one way, `allowed` names it; who passes the other way and goes on so is a candidate for an officer.
    """

    id: str
    start: PicturePoint
    end: PicturePoint
    allowed: Literal["in", "out"] | None = None


class Zone(Part, frozen=True, kw_only=True):
    """A polygon in a camera's picture, points as of `CountingLine`.

    `restricted`: nobody should be there in the hours `closed` ("22:00-05:00", all day where empty). `crowd`: people
    gather there, on `area_m2` of ground. `no_parking`: vehicles must not stop there, in the hours `closed` too.
    `queue`: vehicles queue there. `watch`: what is left behind there is looked for.
    """

    id: str
    name: str
    purpose: Literal["restricted", "crowd", "no_parking", "queue", "watch"]
    points: tuple[PicturePoint, ...]
    closed: str = ""
    area_m2: float | None = None


class Mask(Part, frozen=True, kw_only=True):
    """A polygon of a camera's picture that is nobody's business, points as of `CountingLine`: it is black in every
    picture before anything is looked at, stored or shown."""

    id: str
    points: tuple[PicturePoint, ...]


class Camera(Part, frozen=True, kw_only=True):
    """A camera. `source` is where its pictures come from: `rtsp://`, `http://` (MJPEG), `snapshot+http://` (still
    pictures), `file:` or `dir:` (a folder of them); a password never stands in this file.

    `detector`: `motion` alone, `auto` (the operator's detector too, where one is given), or the name of a detector.
    `analysis_fps` pictures a second are looked at, `analysis_width` pixels wide; the usual of both where left out. One
    that is `removed` is no camera any more; its row stays, so that what was said of it keeps its class and nobody takes
    its id for another.
    """

    id: str
    name: str
    lon: float
    lat: float
    heading_deg: float
    source: str
    segment: str | None = None
    lines: tuple[CountingLine, ...] = ()
    zones: tuple[Zone, ...] = ()
    masks: tuple[Mask, ...] = ()
    detector: str = "auto"
    analysis_fps: float | None = None
    analysis_width: int | None = None
    life: SourceLife = "live"
    simulated: bool = False
    data_class: DataClass = DataClass.INTERNAL
    removed: bool = False


class MediaFeed(Part, frozen=True, kw_only=True):
    """A news feed, asked every `period_s` seconds. `tier` 1 is an official voice, 4 an unverified one."""

    id: str
    name: str
    url: str
    tier: Literal[1, 2, 3, 4]
    language: Literal["vi", "en"]
    period_s: int = 300
    enabled: bool = True
    life: SourceLife = "live"
    simulated: bool = False
    note: str = ""


class Holiday(Part, frozen=True, kw_only=True):
    """A day off. `verified` is false while no official text has been seen."""

    day: date
    name: Text
    source: str
    verified: bool = True
    note: str = ""


class MakeUpDay(Part, frozen=True, kw_only=True):
    """A weekend day worked in exchange for the day off `instead_of`."""

    day: date
    instead_of: date
    source: str
    verified: bool = True
    note: str = ""


class Threshold(Part, frozen=True, kw_only=True):
    """A number rules compare with, in force from `valid_from` to `valid_to`, both days included."""

    name: str
    value: float
    quantity: str
    source: str
    valid_from: date
    valid_to: date | None = None
    verified: bool = True
    note: str = ""

    def in_force(self, day: date) -> bool:
        """Whether it holds on this local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ModuleProfile(msgspec.Struct, frozen=True):
    """Whether a module runs in this city, and its settings as the module declares them."""

    enabled: bool
    settings: dict[str, Any]
