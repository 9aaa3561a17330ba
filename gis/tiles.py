"""Vector tiles (Mapbox Vector Tile 2.1) of layers held in memory.

A tile is addressed z/x/y as everywhere: Web Mercator (EPSG:3857), x from the west, y from the north.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

EXTENT = 4096  # units a side of a tile
MARGIN = 64  # units drawn beyond the edge, so that lines and outlines meet across tiles
MAX_ZOOM = 22
EARTH_RADIUS_M = 6_378_137.0
WORLD_M = 2 * math.pi * EARTH_RADIUS_M
MAX_LATITUDE = 85.0511287798066
TILES_KEPT = 512

Bounds = tuple[float, float, float, float]


class TileFeature(NamedTuple):
    """A thing of a layer: `geometry` in degrees WGS 84, lon/lat; `properties` are plain values."""

    geometry: BaseGeometry
    properties: Mapping[str, str | int | float | bool]


class NoSuchTile(Exception):
    """The address names no tile."""


def tile_bounds(z: int, x: int, y: int) -> Bounds:
    """The tile's edges (west, south, east, north) in metres of Web Mercator.

    Raises:
        NoSuchTile: zoom beyond 0-22, or x or y outside the zoom's square.
    """
    if not 0 <= z <= MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise NoSuchTile(f"{z}/{x}/{y}")
    side = WORLD_M / 2**z
    west, north = -WORLD_M / 2 + x * side, WORLD_M / 2 - y * side
    return west, north - side, west + side, north


def to_mercator(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n, 2) in degrees, lon/lat, as metres of Web Mercator; latitudes beyond its edge are put on it."""
    lon, lat = lonlat[:, 0], np.clip(lonlat[:, 1], -MAX_LATITUDE, MAX_LATITUDE)
    x = np.radians(lon) * EARTH_RADIUS_M
    y = np.log(np.tan(math.pi / 4 + np.radians(lat) / 2)) * EARTH_RADIUS_M
    return np.column_stack([x, y])


class TileLayer:
    """One layer cut into tiles; tiles are kept, for the layer does not change."""

    def __init__(self, name: str, features: Sequence[TileFeature]) -> None:
        self.name = name
        self._features = features
        self._shapes = [shapely.transform(feature.geometry, to_mercator) for feature in features]
        self._index = shapely.STRtree(self._shapes)
        self.tile = lru_cache(TILES_KEPT)(self._tile)

    def _tile(self, z: int, x: int, y: int) -> bytes:
        """The tile's bytes; empty bytes where the layer has nothing there.

        Raises:
            NoSuchTile: see `tile_bounds`.
        """
        bounds = tile_bounds(z, x, y)
        unit = (bounds[2] - bounds[0]) / EXTENT
        frame = shapely.box(*bounds).buffer(MARGIN * unit, join_style="mitre")
        found = [self._cut(int(number), frame, bounds) for number in sorted(self._index.query(frame))]
        shown = [feature for feature in found if feature]
        return _encode(self.name, shown) if shown else b""

    def _cut(self, number: int, frame: BaseGeometry, bounds: Bounds) -> dict[str, Any] | None:
        unit = (bounds[2] - bounds[0]) / EXTENT
        shape = self._shapes[number].simplify(unit / 2, preserve_topology=True).intersection(frame)
        if shape.is_empty or _too_small(shape.bounds, unit):
            return None
        corner = np.array([bounds[0], bounds[3]])
        in_units = shapely.transform(shape, lambda metres: (metres - corner) * (1, -1) / unit)
        return {"geometry": in_units, "properties": dict(self._features[number].properties)}


def _too_small(bounds: Bounds, unit: float) -> bool:
    """Whether less than a unit of the tile is left, which would be drawn as nothing."""
    return max(bounds[2] - bounds[0], bounds[3] - bounds[1]) < 2 * unit


def _encode(name: str, features: list[dict[str, Any]]) -> bytes:
    import mapbox_vector_tile  # 0.2 s and a protobuf runtime: only for who serves tiles

    options = {"extents": EXTENT, "y_coord_down": True}
    encoded: bytes = mapbox_vector_tile.encode([{"name": name, "features": features}], default_options=options)
    return encoded
