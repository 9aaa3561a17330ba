"""The ward of a point, by an index in memory.

Units are keyed by (code, valid_from): after 1 July 2025 codes came back with other meanings (14758 was Đông Thọ and
became Hàm Rồng), so a code alone names nothing. A day is a calendar day in Vietnam.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from gis.nearest import METRES_PER_DEGREE, haversine_m
from gis.reason import Reason, Refused

VIETNAM_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
NO_WARD = -1


class Ward(NamedTuple):
    """A commune-level unit while it is valid: from `valid_from` to `valid_to`, both days included.

    `geometry` is a Polygon or MultiPolygon in degrees WGS 84, lon/lat. `kind` is phuong, xa, thi_tran or dac_khu.
    """

    code: str
    name: str
    kind: str
    valid_from: date
    geometry: BaseGeometry
    valid_to: date | None = None
    approximate: bool = False

    @property
    def key(self) -> tuple[str, date]:
        """What identifies it."""
        return self.code, self.valid_from

    def valid_on(self, day: date) -> bool:
        """Whether it was a unit on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Found(NamedTuple):
    """A ward and how far outside it the point is: 0 inside, else metres within the snap tolerance."""

    ward: Ward
    distance_m: float


def local_day(at: date | datetime | None) -> date:
    """The day in Vietnam of a moment; None is today.

    Raises:
        ValueError: a time without a zone.
    """
    if at is None:
        return datetime.now(VIETNAM_TIME).date()
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError("a time without a zone names no day")
    return at.astimezone(VIETNAM_TIME).date()


class WardIndex:
    """Wards of one city or province, asked by point and time.

    A unit without an end is ended by the next unit of the same code. A point on a shared edge, or inside two units
    valid on one day, belongs to the later-born one, then to the lower code. A point in no unit is given to the
    nearest within `tolerance_m` metres (the sea's edge moves and land is reclaimed), else to none.

    Raises:
        Refused: two units with one key.
    """

    def __init__(self, wards: Iterable[Ward], *, tolerance_m: float = 0.0) -> None:
        ordered = sorted(_ended(list(wards)), key=lambda ward: ward.code)
        self.wards: tuple[Ward, ...] = tuple(sorted(ordered, key=lambda ward: ward.valid_from, reverse=True))
        self.tolerance_m = tolerance_m
        self._shapes: NDArray[np.object_] = np.array([ward.geometry for ward in self.wards], dtype=object)
        shapely.prepare(self._shapes)
        self._tree = STRtree(self._shapes)
        self._flat: dict[tuple[int, float], BaseGeometry] = {}
        self._by_key = {ward.key: ward for ward in self.wards}

    def __len__(self) -> int:
        return len(self.wards)

    def get(self, code: str, valid_from: date) -> Ward | None:
        """The unit with this key."""
        return self._by_key.get((code, valid_from))

    def by_code(self, code: str, at: date | datetime | None = None) -> Ward | None:
        """The unit that carried this code on that day (None: today)."""
        day = local_day(at)
        return next((ward for ward in self.wards if ward.code == code and ward.valid_on(day)), None)

    def valid(self, at: date | datetime | None = None) -> list[Ward]:
        """The units of that day (None: today)."""
        day = local_day(at)
        return [ward for ward in self.wards if ward.valid_on(day)]

    def ward_of(self, lon: float, lat: float, at: date | datetime | None = None) -> Found | None:
        """The ward of a point on that day (None: today); None where there is none, also for NaN."""
        day = local_day(at)
        boxes = self._tree.query(shapely.points(lon, lat))
        hits = boxes[shapely.intersects_xy(self._shapes[boxes], lon, lat)] if len(boxes) else boxes
        held = [int(i) for i in hits if self.wards[i].valid_on(day)]
        if held:
            return Found(self.wards[min(held)], 0.0)
        return self._snapped(lon, lat, day) if self.tolerance_m > 0 else None

    def tag(self, lons: ArrayLike, lats: ArrayLike, at: date | datetime | None = None) -> NDArray[np.intp]:
        """For each point the place of its ward in `wards`, or `NO_WARD`; all points are of one day (None: today)."""
        x, y = np.asarray(lons, dtype=float), np.asarray(lats, dtype=float)
        day = local_day(at)
        tags = np.full(len(x), len(self.wards), dtype=np.intp)
        point, ward = self._tree.query(shapely.points(x, y))
        valid = np.array([unit.valid_on(day) for unit in self.wards], dtype=bool)
        point, ward = point[valid[ward]], ward[valid[ward]]
        inside = shapely.intersects_xy(self._shapes[ward], x[point], y[point])
        np.minimum.at(tags, point[inside], ward[inside])
        tags[tags == len(self.wards)] = NO_WARD
        self._snap_rest(tags, x, y, day)
        return tags

    def _snap_rest(self, tags: NDArray[np.intp], x: NDArray[np.float64], y: NDArray[np.float64], day: date) -> None:
        if self.tolerance_m <= 0:
            return
        place = {ward.key: i for i, ward in enumerate(self.wards)}
        for i in np.flatnonzero(tags == NO_WARD):
            found = self._snapped(float(x[i]), float(y[i]), day)
            if found:
                tags[i] = place[found.ward.key]

    def _snapped(self, lon: float, lat: float, day: date) -> Found | None:
        if not (-180 <= lon <= 180 and -89 <= lat <= 89):
            return None
        reach = self.tolerance_m / METRES_PER_DEGREE * 1.01  # the sphere's metre, with room for the flat drawing below
        wide = reach / np.cos(np.radians(lat))
        near = self._tree.query(shapely.box(lon - wide, lat - reach, lon + wide, lat + reach))
        held = [int(i) for i in near if self.wards[i].valid_on(day)]
        measured = sorted((self._metres(i, lon, lat), i) for i in held)
        if measured and measured[0][0] <= self.tolerance_m:
            return Found(self.wards[measured[0][1]], measured[0][0])
        return None

    def _metres(self, i: int, lon: float, lat: float) -> float:
        squeeze = float(np.cos(np.radians(round(lat, 1))))
        line = shapely.shortest_line(self._squeezed(i, squeeze), shapely.points(lon * squeeze, lat))
        x, y = shapely.get_coordinates(line)[0]
        return haversine_m(float(x) / squeeze, float(y), lon, lat)

    def _squeezed(self, i: int, squeeze: float) -> BaseGeometry:
        """The ward with longitudes drawn in, so that flat distance is true distance; kept, there are few latitudes."""
        if (i, squeeze) not in self._flat:
            flat = shapely.transform(self.wards[i].geometry, lambda points: points * [squeeze, 1.0])
            shapely.prepare(flat)
            self._flat[i, squeeze] = flat
        return self._flat[i, squeeze]


def _ended(wards: Sequence[Ward]) -> list[Ward]:
    """Units without an end, ended the day before the next unit of the same code begins."""
    starts: dict[str, list[date]] = {}
    for ward in wards:
        days = starts.setdefault(ward.code, [])
        if ward.valid_from in days:
            raise Refused(_twice(ward))
        days.append(ward.valid_from)
    return [_end(ward, starts[ward.code]) for ward in wards]


def _end(ward: Ward, starts: Sequence[date]) -> Ward:
    later = [day for day in starts if day > ward.valid_from]
    if ward.valid_to is None and later:
        return ward._replace(valid_to=min(later) - timedelta(days=1))
    return ward


def _twice(ward: Ward) -> Reason:
    since = ward.valid_from.isoformat()
    return Reason(
        "ward-twice",
        f"Đơn vị mã {ward.code} có hiệu lực từ {since} xuất hiện hai lần.",
        f"The unit with code {ward.code} valid from {since} appears twice.",
        "code",
    )
