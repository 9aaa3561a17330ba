"""How long what is kept, as a city says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EvidenceKeeping:
    """Pictures of cameras about events, counted from the event: those in the open by class, which is the module that
    told the event (`other`: of all that have no time of their own), and the sealed originals."""

    classes: Mapping[str, timedelta] = field(default_factory=dict)
    other: timedelta = timedelta(days=30)
    original: timedelta = timedelta(days=90)

    def of(self, module: str) -> timedelta:
        """How long the pictures in the open are kept of an event of this module."""
        return self.classes.get(module, self.other)


@dataclass(frozen=True, slots=True)
class Keeping:
    """`observations` are the batches of readings as they came; `personal` is people's data, counted from the first
    value under a reference (None: until somebody erases them)."""

    observations: timedelta = timedelta(days=7)
    personal: timedelta | None = None
    evidence: EvidenceKeeping = field(default_factory=EvidenceKeeping)
