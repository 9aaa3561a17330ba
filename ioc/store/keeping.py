"""How long what is kept, as a city says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Keeping:
    """`observations` are the batches of readings as they came; `personal` is people's data, counted from the first
    value under a reference (None: until somebody erases them)."""

    observations: timedelta = timedelta(days=7)
    personal: timedelta | None = None
