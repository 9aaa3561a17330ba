"""The sources a module listens to: what the city expects of each, and what is heard of those that send no readings."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from ioc.core.text import Text

Life = Literal["commissioning", "live", "maintenance"]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One source as the city expects it: a detector, a camera, a gauge, a news feed.

    `key` is what its readings' keys begin with. It should speak every `period_s` seconds; after three periods it is
    silent. A period of 0 is of one that speaks only when something happens: it is never silent. `lonlat` is degrees
    WGS 84, longitude first. `life` is where it stands until a person says otherwise.
    """

    key: str
    name: str
    kind: str
    period_s: float
    lonlat: tuple[float, float] | None = None
    simulated: bool = False
    life: Life = "live"


class Heard(msgspec.Struct, frozen=True):
    """Says that a source without readings (a news feed) answered at `at`, or why it did not. Yield it like an event."""

    key: str
    at: datetime
    problem: Text | None = None
