"""The city's box cut into a grid: where events are put, and what each of many screens looks at."""

from __future__ import annotations

from bench.samples import BOX

ACROSS = 10
CELLS = ACROSS * ACROSS
_WIDTH, _HEIGHT = (BOX[2] - BOX[0]) / ACROSS, (BOX[3] - BOX[1]) / ACROSS
_EDGE = 0.1  # of a cell's side, left free so that no point lies in two boxes


def middle_of(cell: int) -> tuple[float, float]:
    """Longitude and latitude of a cell's middle."""
    row, column = divmod(cell, ACROSS)
    return round(BOX[0] + (column + 0.5) * _WIDTH, 6), round(BOX[1] + (row + 0.5) * _HEIGHT, 6)


def box_of(cell: int) -> tuple[float, float, float, float]:
    """West, south, east and north of what looks at a cell, a little less than all of it."""
    lon, lat = middle_of(cell)
    across, up = _WIDTH * (0.5 - _EDGE), _HEIGHT * (0.5 - _EDGE)
    return lon - across, lat - up, lon + across, lat + up
