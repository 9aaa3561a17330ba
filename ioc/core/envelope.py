"""The event as it travels: CloudEvents 1.0 with scalar extension attributes.

Closed where it is made (typed events at the doors), tolerant where it is read: the stored and relayed body
is kept byte for byte, so a field this build does not know survives, and old and new workers run together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ioc.core.dataclass import DataClass


class Envelope(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One event. `data` holds the payload plus `geometry` (GeoJSON, WGS 84, lon/lat), `ward`, `confidence`,
    and, where the desk should open or extend an incident, `desk` or `attach`."""

    id: str
    source: str
    type: str
    time: datetime
    city: str
    module: str
    partitionkey: str
    correlationid: str
    recordedtime: datetime
    severity: int = 1
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    subject: str | None = None
    dataschema: str | None = None
    causationid: str | None = None
    ruleid: str | None = None
    ruleversion: str | None = None
    observedat: datetime | None = None
    dataclass: str = DataClass.INTERNAL.value
    simulated: bool = False
    exercise: bool = False
    data: dict[str, Any] = {}

    @property
    def lonlat(self) -> tuple[float, float] | None:
        """Longitude and latitude in degrees WGS 84 when the event is at a point."""
        geometry = self.data.get("geometry")
        if isinstance(geometry, dict) and geometry.get("type") == "Point":
            lon, lat = geometry["coordinates"][:2]
            return float(lon), float(lat)
        return None


class Recorded(msgspec.Struct, frozen=True):
    """An event with its place in the log. `position` belongs to delivery and is never in the envelope."""

    position: int
    envelope: Envelope


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def encode(envelope: Envelope) -> bytes:
    """The body as stored and relayed."""
    return _encoder.encode(envelope)


def decode(body: bytes | str) -> Envelope:
    """The envelope of a body; unknown attributes are passed over, unknown payload fields are kept in `data`.

    Raises:
        msgspec.DecodeError: the body is no envelope.
    """
    return _decoder.decode(body)
