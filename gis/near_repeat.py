"""Whether what happened once happens again close by and soon: the Knox test of space-time interaction.

Knox, "The detection of space-time interactions" (1964): pairs of events that are close in space and close in time are
counted, against what would be if times had nothing to do with places. The times are dealt out anew among the places,
again and again; p is Manly's, `(1 + as many or more) / (1 + permutations)` ("Randomization, Bootstrap and Monte Carlo
Methods in Biology", 1997), so it is never 0. Degrees in, longitude first; metres and days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.nearest import Points

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Band:
    """What counts as close: within so many metres and so many days, both ends included."""

    space_m: float
    days: float


@dataclass(frozen=True, slots=True)
class Knox:
    """One band's answer: the pairs seen in it, and how many there would be by chance (the exact mean of all ways to
    deal the times). `ratio` is how many times the usual risk that is; None where chance would give no pair at all."""

    band: Band
    pairs: int
    expected: float
    p: float

    @property
    def ratio(self) -> float | None:
        """Pairs seen over pairs expected."""
        return self.pairs / self.expected if self.expected > 0 else None


def knox(
    lons: ArrayLike, lats: ArrayLike, days: ArrayLike, bands: Sequence[Band], *, permutations: int, seed: int
) -> list[Knox]:
    """The Knox test of each band, in their order. The order of the events does not matter; the same events and seed
    give the same answer.

    Raises:
        ValueError: the sequences differ in length or hold something that is no finite number, there is no band, a band
            is not positive, or there is no permutation.
    """
    x, y, when = _in_order(lons, lats, days)
    if not bands or permutations < 1 or any(not (band.space_m > 0 and band.days > 0) for band in bands):
        raise ValueError("a Knox test needs positive bands and at least one permutation")
    first, second, metres = _close_pairs(x, y, max(band.space_m for band in bands))
    near = [metres <= band.space_m for band in bands]
    seen = _in_bands(when, first, second, near, bands)
    rng = np.random.default_rng(seed)
    as_many = np.ones(len(bands), dtype=np.int64)
    for _ in range(permutations):
        as_many += _in_bands(rng.permutation(when), first, second, near, bands) >= seen
    return [
        Knox(band, int(seen[i]), _expected(int(near[i].sum()), when, band), float(as_many[i] / (permutations + 1)))
        for i, band in enumerate(bands)
    ]


def _in_order(lons: ArrayLike, lats: ArrayLike, days: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, y, when = (np.asarray(one, dtype=float) for one in (lons, lats, days))
    if not x.shape == y.shape == when.shape or x.ndim != 1 or not np.isfinite([x, y, when]).all():
        raise ValueError("places and times must be flat sequences of finite numbers, of one length")
    order = np.lexsort((y, x, when))
    return x[order], y[order], when[order]


def _close_pairs(x: Floats, y: Floats, within_m: float) -> tuple[Numbers, Numbers, Floats]:
    """Each pair once: the numbers of both events, and their distance."""
    points = Points(x, y)
    found: list[tuple[Numbers, Numbers, Floats]] = []
    for i in range(len(x) - 1):
        metres = points.distances_m(x[i], y[i])[i + 1 :]
        close = np.flatnonzero(metres <= within_m)
        found.append((np.full(len(close), i), close + i + 1, metres[close]))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    first, second, distances = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return first, second, distances


def _in_bands(when: Floats, first: Numbers, second: Numbers, near: Sequence[Mask], bands: Sequence[Band]) -> Numbers:
    """How many of the pairs lie in each band, with these times at the places."""
    gaps = np.abs(when[first] - when[second])
    return np.array([np.count_nonzero(close & (gaps <= band.days)) for close, band in zip(near, bands, strict=True)])


def _expected(close_in_space: int, when: Floats, band: Band) -> float:
    """Each pair of places is as likely as any other to get a pair of times that are close."""
    n = len(when)
    if n < 2:
        return 0.0
    last = np.searchsorted(when, when + band.days, side="right")
    close_in_time = int((last - np.arange(n) - 1).sum())
    return close_in_space * close_in_time / (n * (n - 1) / 2)
