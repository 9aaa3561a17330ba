"""VN-2000 to WGS 84 and back.

The seven parameters are those of Decision 05/2007/QĐ-BTNMT (coordinate-frame rotation, the EPSG operation
"VN-2000 to WGS 84 (2)"); they are pinned here so that every machine gives the same centimetres whatever PROJ
would choose by itself. The official figure of accuracy is about a metre: the round trip is exact, the datum is not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from gis.names import bare, fold
from gis.reason import Reason, Refused

WGS84 = 4326
VN2000_DEGREES = 4756
# Vietnam with its islands, Hoàng Sa and Trường Sa included: west, south, east, north in degrees.
VIETNAM = (102.0, 6.0, 118.0, 24.0)

_HELMERT = (
    "+proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 "
    "+rx=-0.00928836 +ry=0.01975479 +rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame"
)


class Zone(NamedTuple):
    """A VN-2000 grid: EPSG code, central meridian in degrees and the scale on it; metres, false easting 500,000."""

    epsg: int
    meridian: float
    scale: float


_TM3 = 0.9999
_UTM = 0.9996
ZONES: dict[int, Zone] = {
    epsg: Zone(epsg, meridian, _TM3)
    for epsg, meridian in {
        9205: 103.0,
        9206: 104.0,
        9207: 104.5,
        9208: 104.75,
        5897: 105.0,
        9209: 105.5,
        9210: 105.75,
        9211: 106.0,
        9212: 106.25,
        9213: 106.5,
        9214: 107.0,
        9215: 107.25,
        9216: 107.5,
        5899: 107.75,
        5898: 108.0,
        9217: 108.25,
        9218: 108.5,
        5896: 102.0,
    }.items()
} | {3405: Zone(3405, 105.0, _UTM), 3406: Zone(3406, 111.0, _UTM)}

# Provinces as they stood before July 2025: survey drawings keep the meridian they were made in, and a merged
# province therefore has several. Circular 973/2001/TT-TCĐC and the areas of use of the EPSG zones.
_PROVINCES: dict[int, str] = {
    9205: "Điện Biên, Lai Châu",
    9206: "Sơn La",
    9207: "Cà Mau, Kiên Giang",
    9208: "An Giang, Lào Cai, Nghệ An, Phú Thọ, Yên Bái",
    5897: "Bạc Liêu, Cần Thơ, Đồng Tháp, Hà Nam, Hà Nội, Hà Tây, Hậu Giang, Ninh Bình, Thanh Hóa, Vĩnh Phúc",
    9209: "Bắc Ninh, Hà Giang, Hà Tĩnh, Hải Dương, Hưng Yên, Nam Định, Sóc Trăng, Tây Ninh, Thái Bình, Trà Vinh, "
    "Vĩnh Long",
    9210: "Bến Tre, Bình Dương, Cao Bằng, Hải Phòng, Hồ Chí Minh, Long An, Tiền Giang",
    9211: "Hòa Bình, Quảng Bình, Tuyên Quang",
    9212: "Bình Phước, Quảng Trị",
    9213: "Bắc Kạn, Thái Nguyên",
    9214: "Bắc Giang, Thừa Thiên Huế",
    9215: "Lạng Sơn",
    9216: "Kon Tum",
    5899: "Bà Rịa - Vũng Tàu, Đà Nẵng, Đồng Nai, Lâm Đồng, Quảng Nam, Quảng Ninh",
    5898: "Quảng Ngãi",
    9217: "Bình Định, Khánh Hòa, Ninh Thuận",
    9218: "Bình Thuận, Đắk Lắk, Đắk Nông, Gia Lai, Phú Yên",
}
_BY_PROVINCE = {fold(name): ZONES[epsg] for epsg, names in _PROVINCES.items() for name in names.split(", ")}


def zone_of(province: str) -> Zone:
    """The 3-degree zone a province surveys in, by its name before July 2025, with or without marks.

    Raises:
        LookupError: no such province.
    """
    for key in (fold(province), bare(province)):
        if key in _BY_PROVINCE:
            return _BY_PROVINCE[key]
    raise LookupError(f"no VN-2000 zone known for the province {province!r}")


def to_wgs84(epsg: int, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude (WGS 84) of a point given as easting and northing (or longitude, latitude) in `epsg`.

    Raises:
        Refused: the reference system is unknown or the point cannot be turned.
    """
    return _one(_forward(epsg)(x, y))


def from_wgs84(epsg: int, lon: float, lat: float) -> tuple[float, float]:
    """Easting and northing in metres (or degrees, longitude first) in `epsg` of a WGS 84 point.

    Raises:
        Refused: the reference system is unknown or the point cannot be turned.
    """
    return _one(_backward(epsg)(lon, lat))


def geometry_to_wgs84(geometry: BaseGeometry, epsg: int) -> BaseGeometry:
    """A geometry (x east, y north) of `epsg` in degrees WGS 84, longitude first."""
    if epsg == WGS84:
        return geometry
    turn = _forward(epsg)
    moved: BaseGeometry = shapely.transform(
        geometry, lambda points: np.column_stack(turn(points[:, 0], points[:, 1])), include_z=False
    )
    return moved


def axes_swapped(xs: ArrayLike, ys: ArrayLike) -> bool:
    """Whether x and y of these points of Vietnam were exchanged, in degrees (lat, lon) or metres (northing, easting).

    Judged by the median, so that one wild point does not decide.
    """
    x, y = float(np.median(np.asarray(xs, dtype=float))), float(np.median(np.asarray(ys, dtype=float)))
    west, south, east, north = VIETNAM
    if south <= x <= north and west <= y <= east:
        return True
    return 900_000 <= x <= 2_700_000 and 100_000 <= y <= 900_000


def in_vietnam(lon: float, lat: float) -> bool:
    """Whether a point in degrees lies in the frame of Vietnam and its islands."""
    west, south, east, north = VIETNAM
    return west <= lon <= east and south <= lat <= north


def _one(point: tuple[ArrayLike, ArrayLike]) -> tuple[float, float]:
    x, y = float(np.asarray(point[0])), float(np.asarray(point[1]))
    if not (np.isfinite(x) and np.isfinite(y)):
        raise Refused(
            Reason(
                "not-convertible",
                "Không chuyển được tọa độ: điểm nằm ngoài vùng của hệ tọa độ.",
                "The coordinates cannot be converted: the point lies outside the reference system.",
            )
        )
    return x, y


Turn = Callable[[ArrayLike, ArrayLike], tuple[NDArray[np.float64], NDArray[np.float64]]]


@lru_cache(maxsize=64)
def _forward(epsg: int) -> Turn:
    transformer = _transformer(epsg)
    return lambda x, y: transformer.transform(x, y)


@lru_cache(maxsize=64)
def _backward(epsg: int) -> Turn:
    transformer = _transformer(epsg)
    return lambda x, y: transformer.transform(x, y, direction="INVERSE")


@lru_cache(maxsize=64)
def _transformer(epsg: int) -> Transformer:
    if epsg in ZONES or epsg == VN2000_DEGREES:
        return Transformer.from_pipeline(_vn2000_pipeline(ZONES.get(epsg)))
    try:
        return Transformer.from_crs(CRS.from_epsg(epsg), CRS.from_epsg(WGS84), always_xy=True)
    except CRSError as error:
        raise Refused(
            Reason("unknown-crs", f"Không có hệ tọa độ EPSG:{epsg}.", f"There is no reference system EPSG:{epsg}.")
        ) from error


def _vn2000_pipeline(zone: Zone | None) -> str:
    to_degrees = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
    if zone:
        to_degrees = f"+step +inv +proj=tmerc +lon_0={zone.meridian} +k={zone.scale} +x_0=500000 +ellps=WGS84"
    return (
        f"+proj=pipeline {to_degrees} +step +proj=push +v_3 +step +proj=cart +ellps=WGS84 +step {_HELMERT} "
        "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
