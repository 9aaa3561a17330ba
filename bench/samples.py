"""What the benchmarks send: events and readings of the size and shape a city makes."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec

from ioc.core.envelope import Envelope, Recorded
from ioc.core.ids import new_id
from ioc.feed.wire import changes

BOX = (105.70, 19.72, 105.86, 19.86)  # Thanh Hóa's seven wards: west, south, east, north


def some_events(count: int, city: str = "thanhhoa") -> list[Envelope]:
    """New events of about 1 kB, as the emergency module makes them."""
    chance = random.Random(count)
    return [_event(index, city, chance) for index in range(count)]


def _event(index: int, city: str, chance: random.Random) -> Envelope:
    now = datetime.now(UTC)
    lon, lat = a_point(chance)
    return Envelope(
        id=new_id(),
        source=f"/{city}/emergency",
        type="emergency.call.received",
        subject=f"call-{index}",
        time=now,
        recordedtime=now,
        city=city,
        module="emergency",
        partitionkey=f"call-{index % 500}",
        correlationid=f"call-{index}",
        severity=index % 5 + 1,
        data={
            "title": {"vi": f"114: Cháy nhà dân ở phường Hạc Thành, vụ {index}", "en": f"114: House fire {index}"},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "ward": {"code": "14797", "name": "Hạc Thành", "valid_from": "2025-07-01", "approximate": True},
            "place": "Ngã tư Bưu điện",
            "desk": {"kind": "call", "priority": index % 4 + 1, "category": "fire"},
            "attach": {"facts": {"service": "114", "number_dialled": "112", "location": "located", "needs": []}},
            "reason_vi": "Lời kể có “cháy nhà”, có người mắc kẹt trên tầng hai",
            "reason_en": "The narrative says “cháy nhà”, people are trapped on the second floor",
        },
    )


def a_message() -> str:
    """What a screen gets of such an event, as text."""
    return changes(Recorded(1, some_events(1)[0]))[0].frame[4:].decode()


def a_point(chance: random.Random) -> tuple[float, float]:
    """Longitude and latitude in the city's box."""
    return round(chance.uniform(BOX[0], BOX[2]), 6), round(chance.uniform(BOX[1], BOX[3]), 6)


def readings_body(start: int, count: int) -> bytes:
    """A batch of readings as a gateway posts it, every `id` new."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    readings = [
        {
            "id": f"tram-{number:08d}/{at}",
            "kind": "emergency.bench_level",
            "key": f"tram-{number % 500}",
            "value": 71.5 + number % 7,
            "unit": "dB",
            "at": at,
        }
        for number in range(start, start + count)
    ]
    return msgspec.json.encode(readings if count > 1 else readings[0])


def call_body(number: int) -> bytes:
    """A call as a call taker posts it, at a place of its own."""
    lon, lat = a_point(random.Random(number))
    return msgspec.json.encode(
        {
            "number_dialled": "114",
            "caller": {"name": "Trần Văn Bình", "phone": f"0900000{number % 1000:03d}"},
            "location": {"lat": lat, "lon": lon, "uncertainty_m": 30},
            "narrative": f"Cháy nhà dân, có người mắc kẹt trên tầng hai, số {number}",
            "answers": {"trapped": True},
        }
    )
