"""An event whose stored body cannot be read: something stands in for it, so that it is set aside in sight. Pure."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import msgspec

from ioc.core.envelope import Envelope, Recorded, decode

UNREADABLE = "unreadable"


def recorded_of(position: int, body: bytes, key: str = "") -> Recorded:
    """The event of a stored body; one that cannot be read is of type `unreadable`, of the given key or one of its own,
    and has the body in base64."""
    try:
        return Recorded(position, decode(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # the last: nested without end
        return Recorded(position, _stand_in(position, body, key))


def _stand_in(position: int, body: bytes, key: str) -> Envelope:
    now = datetime.now(UTC)
    name = f"position-{position}"
    return Envelope(
        id=name,
        source="/unreadable",
        type=UNREADABLE,
        time=now,
        recordedtime=now,
        city="",
        module="",
        partitionkey=key or name,
        correlationid=name,
        data={"body": base64.b64encode(body).decode()},
    )
