"""Standing queues: whether there is one, whether it grows, whether it fills the road behind it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def stands(occupancy: float | None, speed_kmh: float | None, occupied: float, slow_kmh: float) -> bool:
    """Whether vehicles stand over the detector: much occupied (%) and slow (km/h). Unknown is no."""
    return occupancy is not None and speed_kmh is not None and occupancy >= occupied and speed_kmh <= slow_kmh


def growing(lengths_m: Sequence[float], least_m: float) -> bool:
    """Whether a queue grew by at least `least_m` over these intervals, oldest first, and never shrank on the way."""
    steady = all(before <= after for before, after in pairwise(lengths_m))
    return len(lengths_m) > 1 and steady and lengths_m[-1] - lengths_m[0] >= least_m


def spills_back(queue_m: float, link_m: float, share: float) -> bool:
    """Whether a queue fills so much of its link that it will block the junction behind it."""
    return queue_m >= share * link_m
