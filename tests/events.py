"""Makes events for tests that are not about making events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ioc.core.envelope import Envelope
from ioc.core.ids import new_id

AT = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


def an_event(**values: Any) -> Envelope:
    """An event at a point in Kỳ Anh; name what matters to the test."""
    data = {
        "title": {"vi": "Ngập ở đường Lê Đại Hành", "en": "Flooding on Lê Đại Hành street"},
        "geometry": {"type": "Point", "coordinates": [106.29, 18.07]},
    }
    plain = {
        "id": new_id(),
        "source": "/test",
        "type": "environment.flood.detected",
        "time": AT,
        "recordedtime": AT,
        "city": "kyanh",
        "module": "environment",
        "partitionkey": "station-1",
        "correlationid": "story-1",
        "data": data,
    }
    return Envelope(**(plain | values))
