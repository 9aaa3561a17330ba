"""What the simulator is told."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulator is told: where the doors are, and how fast life goes (mean seconds between)."""

    city_dir: Path
    base_url: str
    key: str
    data_dir: Path | None = None
    seed: int = 1
    reports_every_s: float = 14.0
    calls_every_s: float = 22.0
    positions_every_s: float = 5.0
