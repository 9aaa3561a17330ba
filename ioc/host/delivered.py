"""An event as a handler sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope, Recorded


class Delivered:
    """One event of the log: `type`, `key`, `at`, `severity`, `correlation`, and the payload in `data`.

    Payload fields may also be read as attributes (`event.station`); a field this event lacks raises AttributeError.
    """

    __slots__ = ("envelope", "position")

    def __init__(self, recorded: Recorded) -> None:
        self.position = recorded.position
        self.envelope: Envelope = recorded.envelope

    @property
    def id(self) -> str:
        """The event's identity."""
        return self.envelope.id

    @property
    def type(self) -> str:
        """The event type."""
        return self.envelope.type

    @property
    def key(self) -> str:
        """The partition key."""
        return self.envelope.partitionkey

    @property
    def at(self) -> datetime:
        """When it happened, UTC."""
        return self.envelope.time

    @property
    def severity(self) -> int:
        """Severity 1-5."""
        return self.envelope.severity

    @property
    def correlation(self) -> str:
        """The story it belongs to."""
        return self.envelope.correlationid

    @property
    def simulated(self) -> bool:
        """Whether it comes from a simulator."""
        return self.envelope.simulated

    @property
    def data_class(self) -> DataClass:
        """Who may see it; what is made of it may be seen by no more than that."""
        return DataClass(self.envelope.dataclass)

    @property
    def lonlat(self) -> tuple[float, float] | None:
        """Longitude, latitude in degrees WGS 84 where it is at a point."""
        return self.envelope.lonlat

    @property
    def data(self) -> dict[str, Any]:
        """The payload, unknown fields kept."""
        return self.envelope.data

    def __getattr__(self, name: str) -> Any:
        try:
            return self.envelope.data[name]
        except KeyError:
            raise AttributeError(f"{self.envelope.type} has no field {name!r}") from None
