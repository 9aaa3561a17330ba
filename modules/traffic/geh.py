"""The GEH statistic: how far two hourly flows disagree, large and small flows judged alike."""

from __future__ import annotations

from math import sqrt


def geh(measured: float, compared: float) -> float:
    """sqrt(2 (m - c)^2 / (m + c)) of two flows in vehicles per hour; below 5 they agree."""
    total = measured + compared
    return sqrt(2 * (measured - compared) ** 2 / total) if total > 0 else 0.0
