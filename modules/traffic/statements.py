"""The module's SQL, one function a change. Plain SQLAlchemy Core, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Table, delete, insert, update

from ioc.contract import Write
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from modules.traffic.camera_flow import CameraFlow
from modules.traffic.flooding import Flooding
from modules.traffic.outcomes import DetectorSeen, IncidentChange
from modules.traffic.tables import camera_flow, detector, flooding, incident, segment, trend, usual, water
from modules.traffic.usual import UsualSpeeds
from modules.traffic.water import Note


def put(table: Table, key: str, row: dict[str, Any]) -> list[Write]:
    """The one row of a key, whatever was there before."""
    return [Write(delete(table).where(table.c[key] == row[key])), Write(insert(table).values(**row))]


def keep_segment(id: str, at: datetime, body: dict[str, object], *, simulated: bool) -> list[Write]:
    """How a segment was last measured."""
    text = msgspec.json.encode(body).decode()
    return put(segment, "id", {"id": id, "at": iso(at), "body": text, "simulated": simulated})


def keep_detector(seen: DetectorSeen) -> list[Write]:
    """What a detector last measured."""
    interval, reason = seen.interval, seen.reason if seen.faulty else None
    return put(
        detector,
        "id",
        {
            "id": seen.detector.id,
            "at": iso(interval.at),
            "faulty": seen.faulty,
            "reason_vi": reason.vi if reason else None,
            "reason_en": reason.en if reason else None,
            "veh_h": seen.veh_h,
            "occupancy": interval.occupancy,
            "speed": interval.speed,
            "queue": interval.queue,
            "simulated": interval.simulated,
        },
    )


def keep_incident(change: IncidentChange, *, simulated: bool) -> list[Write]:
    """A suspected incident begins, or its signs are gone."""
    c = incident.c
    mine = (c.story == change.story) & (c.spot == change.spot.id)
    if change.change == "cleared":
        return [Write(update(incident).where(mine).values(cleared_at=iso(change.at)))]
    row = {
        "story": change.story,
        "spot": change.spot.id,
        "segment": change.spot.up.segment,
        "since": iso(change.since),
        "cleared_at": None,
        "simulated": simulated,
    }
    return [Write(delete(incident).where(mine)), Write(insert(incident).values(**row))]


def settle_incident(story: str, at: datetime) -> Write:
    """A person closed the case: it is no longer open, whatever the detectors still show."""
    c = incident.c
    return Write(update(incident).where(c.story == story, c.cleared_at.is_(None)).values(cleared_at=iso(at)))


def keep_usual(detector_id: str, refreshed: datetime, speeds: UsualSpeeds) -> list[Write]:
    """The usual speeds of a detector."""
    text = msgspec.json.encode(speeds).decode()
    return put(usual, "detector", {"detector": detector_id, "refreshed_at": iso(refreshed), "body": text})


def keep_trend(name: str, at: datetime, numbers: list[float]) -> list[Write]:
    """The last hour of an indicator."""
    return put(trend, "name", {"name": name, "at": iso(at), "body": msgspec.json.encode(numbers).decode()})


def keep_camera_flow(id: str, seen: CameraFlow) -> list[Write]:
    """What cameras count on a segment."""
    row = {
        "segment": id,
        "at": iso(seen.at),
        "veh_h": seen.veh_h,
        "pcu_h": seen.pcu_h,
        "cameras": " ".join(seen.cameras),
        "simulated": seen.simulated,
        "doubted": seen.doubted,
    }
    return put(camera_flow, "segment", row)


def keep_water(note: Note) -> list[Write]:
    """Something speaks of water."""
    return put(water, "id", {"id": note.id, "at": iso(note.at), "body": msgspec.json.encode(note).decode()})


def drop_water(id: str) -> Write:
    """What was said of water does not count."""
    return Write(delete(water).where(water.c.id == id))


def forget_water(before: datetime) -> Write:
    """What was said longer ago says nothing of now."""
    return Write(delete(water).where(water.c.at < iso(before)))


def keep_flooding(segment_id: str, known: Flooding, data_class: DataClass, *, simulated: bool) -> list[Write]:
    """What is remembered of a segment that may be flooded; nothing where there is nothing to remember."""
    if known.condition.since is None and known.condition.began is None:
        return [Write(delete(flooding).where(flooding.c.segment == segment_id))]
    text = msgspec.json.encode(known).decode()
    row = {"segment": segment_id, "story": known.story, "body": text, "dataclass": data_class.value}
    return put(flooding, "segment", row | {"simulated": simulated})


def settle_flooding(story: str) -> Write:
    """A person closed the case: the hint is no longer open, whatever the signs still show."""
    return Write(update(flooding).where(flooding.c.story == story).values(story=""))
