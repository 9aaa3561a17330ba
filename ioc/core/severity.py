"""Severity 1-5 of an event: our own operational scale, never the official disaster-risk level."""

from __future__ import annotations

from enum import IntEnum


class Severity(IntEnum):
    """How bad, as operations see it."""

    NOTICE = 1
    MINOR = 2
    MODERATE = 3
    SEVERE = 4
    EXTREME = 5


_CAP = {1: "Minor", 2: "Moderate", 3: "Severe", 4: "Extreme", 5: "Extreme"}


def cap_severity(severity: int) -> str:
    """The CAP 1.2 `severity` word (project default: 1 Minor, 2 Moderate, 3 Severe, 4-5 Extreme).

    Raises:
        ValueError: not 1-5.
    """
    if severity not in _CAP:
        raise ValueError(f"severity is 1 to 5, not {severity}")
    return _CAP[severity]
