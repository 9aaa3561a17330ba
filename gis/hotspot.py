"""Where points gather: Getis-Ord Gi* over square cells, with its p-values held against chance (Benjamini-Hochberg).

Getis and Ord, "The analysis of spatial association by use of distance statistics" (1992), in the Gi* form with binary
weights: the neighbours of a cell are the cells it touches, by side or corner, and the cell itself. Degrees in,
longitude first; cells are square in metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.nearest import METRES_PER_DEGREE

Z_90, Z_95, Z_99 = 1.65, 1.96, 2.58  # two-sided limits of the normal distribution
MOST_CELLS = 1_000_000  # a mistaken cell size must not take the memory of the machine

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells that are square in metres, from the south-west corner on: row 0 is the southernmost, column 0 the
    westernmost. Their size is kept in degrees, true in the middle of the box they were laid over."""

    west: float
    south: float
    wide_deg: float
    high_deg: float
    rows: int
    columns: int

    @classmethod
    def over(cls, bbox: tuple[float, float, float, float], cell_m: float) -> Grid:
        """The grid of cells of `cell_m` metres that covers a box (west, south, east, north).

        Raises:
            ValueError: the box is empty, the cell is no positive length, or there would be more than a million cells.
        """
        west, south, east, north = bbox
        if not (west < east and south < north and math.isfinite(cell_m) and cell_m > 0):
            raise ValueError(f"no grid of {cell_m} m over {bbox}")
        high = cell_m / METRES_PER_DEGREE
        wide = high / math.cos(math.radians((south + north) / 2))
        rows, columns = math.ceil((north - south) / high), math.ceil((east - west) / wide)
        if rows * columns > MOST_CELLS:
            raise ValueError(f"{rows} x {columns} cells of {cell_m} m are too many")
        return cls(west, south, wide, high, rows, columns)

    def count(self, lons: ArrayLike, lats: ArrayLike) -> Counts:
        """How many points lie in each cell; those outside the grid, and those that are no numbers, count nowhere."""
        x, y = np.asarray(lons, dtype=float), np.asarray(lats, dtype=float)
        column, row = (x - self.west) / self.wide_deg, (y - self.south) / self.high_deg
        held = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        counts = np.zeros((self.rows, self.columns), dtype=np.int64)
        np.add.at(counts, (row[held].astype(int), column[held].astype(int)), 1)
        return counts

    def centre(self, row: int, column: int) -> tuple[float, float]:
        """The middle of a cell (lon, lat)."""
        return self.west + (column + 0.5) * self.wide_deg, self.south + (row + 0.5) * self.high_deg

    def corners(self, row: int, column: int) -> list[tuple[float, float]]:
        """The closed ring of a cell (lon, lat), anticlockwise from its south-west corner, as GeoJSON wants it."""
        west, south = self.west + column * self.wide_deg, self.south + row * self.high_deg
        east, north = west + self.wide_deg, south + self.high_deg
        return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def gi_star(counts: ArrayLike, inside: Mask | None = None) -> Floats:
    """The z of every cell: `(sum w x - X sum w) / (S sqrt((n sum w^2 - (sum w)^2) / (n - 1)))`.

    X is the mean, S the standard deviation of the population, n the number of cells, w 1 for the neighbours. Cells that
    are not `inside` take no part and get 0, and so does every cell where nothing differs from anything.
    """
    x = np.asarray(counts, dtype=float)
    held = np.ones(x.shape, dtype=bool) if inside is None else inside
    n = int(held.sum())
    if n < 2:
        return np.zeros(x.shape)
    mean, deviation = float(x[held].mean()), float(x[held].std())
    weights = _sum_of_neighbours(held.astype(float))
    spread = deviation * np.sqrt(np.maximum(n * weights - weights**2, 0.0) / (n - 1))
    above = _sum_of_neighbours(np.where(held, x, 0.0)) - mean * weights
    z = np.zeros(x.shape)
    np.divide(above, spread, out=z, where=held & (spread > 1e-9 * max(1.0, mean)))
    return z


def _sum_of_neighbours(values: Floats) -> Floats:
    """Of each cell and the up to eight around it."""
    padded = np.pad(values, 1)
    rows, columns = values.shape
    parts = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    total: Floats = np.sum(parts, axis=0)
    return total


def confidence(z: float) -> int:
    """How sure it is that a cell is no chance, in percent: 99, 95, 90 or 0."""
    return next((percent for limit, percent in ((Z_99, 99), (Z_95, 95), (Z_90, 90)) if abs(z) >= limit), 0)


def p_values(z: ArrayLike) -> Floats:
    """The two-sided p of each z under the normal distribution."""
    flat = np.asarray(z, dtype=float)
    p = [math.erfc(abs(one) / math.sqrt(2)) for one in flat.ravel()]
    return np.array(p, dtype=float).reshape(flat.shape)


def false_discovery(p: ArrayLike) -> Floats:
    """Each p adjusted for how many were looked at (Benjamini and Hochberg, 1995): of all that are called remarkable
    at q <= 0.05, one in twenty is expected to be chance."""
    flat = np.asarray(p, dtype=float).ravel()
    order = np.argsort(flat, kind="stable")
    ranked = flat[order] * len(flat) / np.arange(1, len(flat) + 1)
    adjusted = np.empty(len(flat))
    adjusted[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return adjusted.reshape(np.shape(p))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell worth looking at: where, how many points, its z and its false-discovery rate q."""

    row: int
    column: int
    count: int
    z: float
    q: float


def hot_cells(counts: Counts, inside: Mask | None = None, *, least_z: float = Z_90) -> list[Cell]:
    """The cells with at least this z, hottest first. q is over all cells that take part."""
    z = gi_star(counts, inside)
    held = np.ones(z.shape, dtype=bool) if inside is None else inside
    q = np.ones(z.shape)
    q[held] = false_discovery(p_values(z[held]))
    found = [
        Cell(int(row), int(column), int(counts[row, column]), float(z[row, column]), float(q[row, column]))
        for row, column in np.argwhere(held & (z >= least_z))
    ]
    return sorted(found, key=lambda cell: (-cell.z, cell.row, cell.column))


def groups(cells: list[Cell]) -> list[list[Cell]]:
    """Cells that touch each other, by side or corner, belong together; each group keeps the order of the list."""
    left = {(cell.row, cell.column): cell for cell in cells}
    found = []
    for cell in cells:
        if (cell.row, cell.column) in left:
            reached = _reach(left, (cell.row, cell.column))
            found.append([one for one in cells if (one.row, one.column) in reached])
    return found


def _reach(left: dict[tuple[int, int], Cell], start: tuple[int, int]) -> set[tuple[int, int]]:
    """Takes all that hangs together with `start` out of `left` and gives its places."""
    waiting, reached = [start], set()
    del left[start]
    while waiting:
        row, column = waiting.pop()
        reached.add((row, column))
        for near in [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]:
            if near in left:
                del left[near]
                waiting.append(near)
    return reached
