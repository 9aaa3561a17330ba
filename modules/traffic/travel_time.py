"""Travel times on a segment: how long it takes, how much longer than on an empty road, and how reliably."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def travel_time_s(length_m: float, speed_kmh: float) -> float:
    """Seconds over a length at a speed, which must be above 0."""
    return length_m * 3.6 / speed_kmh


def travel_time_index(speed_kmh: float, free_flow_kmh: float) -> float:
    """TTI: travel time over that at free flow; 1 is free, 2 takes twice as long. The speed must be above 0."""
    return free_flow_kmh / speed_kmh


def delay_s(length_m: float, speed_kmh: float, free_flow_kmh: float) -> float:
    """Seconds lost on a length against free flow, never below 0."""
    return max(0.0, travel_time_s(length_m, speed_kmh) - travel_time_s(length_m, free_flow_kmh))


def space_mean_speed(speeds_kmh: Sequence[float], least_kmh: float) -> float:
    """The speed of a whole length whose equal parts go at these speeds: the harmonic mean.

    A speed below `least_kmh` counts as that, so that one standing part does not take for ever.
    Raises ValueError where there is no speed.
    """
    if not speeds_kmh:
        raise ValueError("no speeds")
    return len(speeds_kmh) / sum(1 / max(speed, least_kmh) for speed in speeds_kmh)


def buffer_index(times: Sequence[float]) -> float | None:
    """(p95 - mean) / mean of travel times: the share of time to add so as to be late once in twenty trips.

    None below two times. The percentile is the nearest rank.
    """
    if len(times) < 2:
        return None
    mean = sum(times) / len(times)
    return (sorted(times)[ceil(0.95 * len(times)) - 1] - mean) / mean
