"""A small drawing of features as SVG, so that a page shows where things are without a script or a map server."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from gis.ogc.model import Feature

WIDTH = 960.0
HEIGHT = 400.0
_MARGIN = 16.0


def drawing(features: Iterable[Feature], label: str) -> str:
    """The features as one SVG element, or nothing where none has a geometry. `label` is already escaped text."""
    shapes = [shape(dict(one.geometry)) for one in features if one.geometry]
    if not shapes:
        return ""
    fitted = _fitted(shapes)
    drawn = "".join(_mark(one) for one in fitted)
    return f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{label}">{drawn}</svg>'


def _fitted(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The shapes in pixels: longitudes drawn in to true proportion, north up, in the middle of the frame."""
    west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
    squeeze = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * squeeze, 1e-4), max(north - south, 1e-4)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - 2 * _MARGIN) / high)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    turn, frame = np.array([squeeze * scale, -scale]), np.array([WIDTH / 2, HEIGHT / 2])
    moved = [shapely.transform(one, lambda points: (points - middle) * turn + frame) for one in shapes]
    return [shapely.simplify(one, 0.4) for one in moved]


def _mark(one: BaseGeometry) -> str:
    parts = shapely.get_parts(one)
    return "".join(_dot(part) if part.geom_type == "Point" else _path(part) for part in parts if not part.is_empty)


def _dot(point: BaseGeometry) -> str:
    x, y = shapely.get_coordinates(point)[0]
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>'


def _path(part: BaseGeometry) -> str:
    lines = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
    closed = "Z" if part.geom_type == "Polygon" else ""
    drawn = " ".join(
        "M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(line)) + closed for line in lines
    )
    return f'<path d="{drawn}" fill-rule="evenodd"/>' if closed else f'<path d="{drawn}" fill="none"/>'
