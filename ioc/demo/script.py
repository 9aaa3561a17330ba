"""What the simulator is told."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

Cast = Literal["everyone", "background"]


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulator is told: where the doors are, and how fast life goes (mean seconds between).

    Of a `cast` of `background` only traffic, cameras and the press live; people and stories come when they are asked
    for. `servers_port` is where its cameras and feeds answer on this machine, `mqtt_url` the broker with its own name.
    """

    city_dir: Path
    state_dir: Path
    base_url: str
    key: str
    mqtt_url: str = ""
    servers_port: int = 0
    overlay: Path | None = None
    data_dir: Path | None = None
    cast: Cast = "everyone"
    seed: int = 1
    reports_every_s: float = 30.0
    calls_every_s: float = 45.0
    posts_every_s: float = 20.0
    records_every_s: float = 60.0
    news_every_s: float = 90.0
    positions_every_s: float = 5.0
    first_story_s: float = 10.0
    stories_apart_s: float = 35.0
    stories_every_s: float = 600.0
