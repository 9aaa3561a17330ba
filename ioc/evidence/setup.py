"""Under which set-up a camera's pictures were taken."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from ioc.city.profile import Camera

FIELDS = ("id", "lon", "lat", "heading_deg", "lines", "zones", "masks", "detector", "analysis_fps", "analysis_width")


def setup_of(camera: Camera) -> dict[str, Any]:
    """What of a camera's row says how its pictures are to be read: place and heading, lines, zones, masks, pace."""
    return {name: msgspec.to_builtins(getattr(camera, name)) for name in FIELDS}


def calibration_of(setup: dict[str, Any]) -> str:
    """32 hex digits, the same for the same set-up only."""
    return hashlib.sha256(msgspec.json.encode(setup, order="deterministic")).hexdigest()[:32]
