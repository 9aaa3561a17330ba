"""A scenario's places found in the city: point, ward, road, camera and what people call it."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import msgspec

from gis.wards import Ward, WardIndex
from ioc.city.profile import City
from ioc.demo.geometry import Point, length_m, metres_at, offset
from ioc.demo.roads import Roads
from ioc.demo.scenario.model import PlaceRow
from ioc.demo.spots import point_inside

NEAR_CAMERA_M = 150.0
OPEN_WORD = re.compile(r"\{(\w+)\}")


class Located(msgspec.Struct, frozen=True):
    """A place of a story: degrees WGS 84, and what of the city is there. `metres` is along the segment's line."""

    lon: float
    lat: float
    ward: str | None
    ward_name: str
    name: str
    segment: str | None = None
    metres: float = 0.0
    road: str = ""
    camera: str | None = None
    camera_name: str = ""
    detector: str | None = None

    @property
    def lonlat(self) -> Point:
        """The point, longitude first."""
        return self.lon, self.lat

    def fill(self, text: str) -> str:
        """A text with its open words filled: {road}, {ward}, {place}, {camera}."""
        words = {"road": self.road, "ward": self.ward_name, "place": self.name, "camera": self.camera_name}
        return OPEN_WORD.sub(lambda found: words.get(found[1], found[0]), text)

    def stray(self, metres: float, chance: random.Random) -> Point:
        """A point near by, as people and their phones say it."""
        return offset(self.lonlat, chance.uniform(-metres, metres), chance.uniform(-metres, metres))


class Finder:
    """Finds places in one city."""

    def __init__(self, city: City, roads: Roads, wards: Sequence[Ward], chance: random.Random) -> None:
        self._city = city
        self._roads = roads
        self._wards = list(wards)
        self._index = WardIndex(self._wards, tolerance_m=city.coast_tolerance_m)
        self._chance = chance

    def find(self, rows: Sequence[PlaceRow], turn: int) -> Located:
        """The place whose turn it is.

        Raises:
            LookupError: the city has no such ward (all else is checked when the file is read).
        """
        row = rows[turn % len(rows)]
        if row.detector:
            return self._after_detector(row.detector, row.metres_after)
        if row.segment:
            return self._on_road(row.segment, row.share * length_m(self._roads.segments[row.segment].line))
        if row.camera:
            return self._at_camera(row.camera)
        if row.asset:
            asset = next(one for one in self._city.assets if one.id == row.asset)
            return self._located((asset.lon, asset.lat), asset.name)
        point = row.lonlat or point_inside(self._ward(str(row.ward)).geometry, self._chance)
        return self._located(point, "")

    def _ward(self, code: str) -> Ward:
        for ward in self._wards:
            if ward.code == code:
                return ward
        raise LookupError(f"no ward {code} in {self._city.id}")

    def _after_detector(self, id: str, metres_after: float) -> Located:
        detector = next(one for one in self._city.detectors if one.id == id)
        line = self._roads.segments[detector.segment].line
        metres = min(metres_at(line, (detector.lon, detector.lat)) + metres_after, length_m(line))
        return msgspec.structs.replace(self._on_road(detector.segment, metres), detector=id)

    def _on_road(self, segment: str, metres: float) -> Located:
        position = self._roads.along(segment, metres)
        found = self._located(self._roads.point(position), self._roads.segments[segment].name)
        near = [
            (abs(place.metres - position.metres), id)
            for id, place in self._roads.cameras.items()
            if place.carriageway == position.carriageway
        ]
        camera = min(near)[1] if near and min(near)[0] <= NEAR_CAMERA_M else None
        found = msgspec.structs.replace(found, segment=segment, metres=metres, road=self._roads.segments[segment].name)
        return self._with_camera(found, camera)

    def _at_camera(self, id: str) -> Located:
        camera = self._city.camera(id)
        found = self._located((camera.lon, camera.lat), camera.name)
        if camera.segment:
            metres = metres_at(self._roads.segments[camera.segment].line, (camera.lon, camera.lat))
            road = self._roads.segments[camera.segment].name
            found = msgspec.structs.replace(found, segment=camera.segment, metres=metres, road=road)
        return self._with_camera(found, id)

    def _with_camera(self, found: Located, camera: str | None) -> Located:
        if camera is None:
            return found
        return msgspec.structs.replace(found, camera=camera, camera_name=self._city.camera(camera).name)

    def _located(self, point: Point, name: str) -> Located:
        lon, lat = round(point[0], 6), round(point[1], 6)
        ward = self._index.ward_of(lon, lat)
        ward_name = ward.ward.name if ward else ""
        return Located(lon, lat, ward.ward.code if ward else None, ward_name, name or ward_name, road=name)
