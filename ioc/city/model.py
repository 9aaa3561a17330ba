"""One city as the rest of the product sees it: read once and never changed while running."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from ioc.city.parts import (
    Agency,
    Area,
    Asset,
    Camera,
    Detector,
    DispatchMode,
    Happening,
    Holiday,
    MakeUpDay,
    MediaFeed,
    ModuleProfile,
    ReportService,
    Segment,
    Threshold,
    UnitProfile,
)
from ioc.core.calendar import WorkCalendar
from ioc.core.clock import VIETNAM
from ioc.core.text import Language, Text


class City(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One city. `bbox` is (west, south, east, north) and `center` (lon, lat), degrees WGS 84.

    `wards_file` is GeoJSON; `official_wards` says whether its shapes come from the authorities. Events of severity
    `desk_severity` or more open an incident; one may be placed by hand up to `locate_margin_km` outside the wards.
    `removed_cameras` are none any more, but what was said of them is still of their class.
    """

    id: str
    name: Text
    province: Text
    bbox: tuple[float, float, float, float]
    center: tuple[float, float]
    languages: tuple[Language, ...]
    coast_tolerance_m: float
    wards_file: Path
    official_wards: bool
    desk_severity: int
    locate_margin_km: float
    private_hosts: tuple[str, ...]
    areas: tuple[Area, ...]
    agencies: tuple[Agency, ...]
    units: tuple[UnitProfile, ...]
    services: tuple[ReportService, ...]
    assets: tuple[Asset, ...]
    segments: tuple[Segment, ...]
    detectors: tuple[Detector, ...]
    cameras: tuple[Camera, ...]
    media_feeds: tuple[MediaFeed, ...]
    holidays: tuple[Holiday, ...]
    make_up_days: tuple[MakeUpDay, ...]
    thresholds: tuple[Threshold, ...]
    dispatch: dict[str, DispatchMode]
    modules: dict[str, ModuleProfile]
    happenings: tuple[Happening, ...] = ()
    removed_cameras: tuple[Camera, ...] = ()

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Which days and hours are worked."""
        return WorkCalendar(frozenset(h.day for h in self.holidays), frozenset(m.day for m in self.make_up_days))

    def threshold(self, name: str, at: datetime) -> float:
        """The value in force on the local day of `at`, in the quantity of its row.

        Raises:
            LookupError: no such threshold, or none in force that day.
        """
        return self.threshold_row(name, at).value

    def threshold_row(self, name: str, at: datetime) -> Threshold:
        """The row in force on the local day of `at`: value, quantity, source, validity.

        Raises:
            LookupError: no such threshold, or none in force that day.
        """
        day = at.astimezone(VIETNAM).date()
        for row in self._thresholds.get(name, ()):
            if row.in_force(day):
                return row
        raise LookupError(f"no threshold {name} in force on {day} in {self.id}")

    def service(self, code: str) -> ReportService:
        """The kind of report with this code.

        Raises:
            LookupError: the city has none.
        """
        for one in self.services:
            if one.code == code:
                return one
        raise LookupError(f"no report service {code} in {self.id}")

    def agency(self, id: str) -> Agency:
        """The agency with this id.

        Raises:
            LookupError: the city has none.
        """
        return _by_id(self.agencies, id, "agency")

    def unit(self, id: str) -> UnitProfile:
        """The unit with this id.

        Raises:
            LookupError: the city has none.
        """
        return _by_id(self.units, id, "unit")

    def segment(self, id: str) -> Segment:
        """The road segment with this id.

        Raises:
            LookupError: the city has none.
        """
        return _by_id(self.segments, id, "segment")

    def camera(self, id: str) -> Camera:
        """The camera with this id.

        Raises:
            LookupError: the city has none.
        """
        return _by_id(self.cameras, id, "camera")

    @cached_property
    def _thresholds(self) -> dict[str, list[Threshold]]:
        rows: dict[str, list[Threshold]] = {}
        for row in self.thresholds:
            rows.setdefault(row.name, []).append(row)
        return rows


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_Item = TypeVar("_Item", bound=_Named)


def _by_id(items: Iterable[_Item], id: str, what: str) -> _Item:
    for item in items:
        if item.id == id:
            return item
    raise LookupError(f"no {what} {id}")
