"""The module's ways to look: segments as GeoJSON, and detectors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request

from ioc.city.profile import Detector, Segment
from ioc.contract import Door, allow, door
from ioc.core.text import Text
from modules.traffic.geh import geh
from modules.traffic.limits import Limits, limits_of
from modules.traffic.reading_tables import Row, camera_flows, detectors, segments
from modules.traffic.roads import Roads
from modules.traffic.telling import rounded
from modules.traffic.travel_time import buffer_index, travel_time_s
from modules.traffic.watching import body_now, works

MODULE = "traffic"
NOT_MEASURED = Text("Chưa có số đo hiện thời", "Not measured at present")
NO_SPEED = Text(
    "Biết lưu lượng nhưng không biết tốc độ xe chạy: v/c chỉ cho biết mức F, khi vượt giới hạn",
    "The flow is known but not the travel speed: v/c tells only level F, above its limit",
)
BY_FLOW = Text(
    "Mức F vì v/c vượt giới hạn; không biết tốc độ xe chạy",
    "Level F because v/c is above its limit; no travel speed is known",
)
NO_USUAL = Text("Chưa đủ lịch sử cho giờ này", "Not enough history for this hour yet")

router = APIRouter(prefix="/api/v1/traffic", tags=["traffic"])


@router.get("/segments")
@allow("wall", "operator", module=MODULE)
async def list_segments(request: Request) -> dict[str, Any]:
    """Every road segment of the city as GeoJSON (longitude first) with how it runs now."""
    here = door(request, MODULE)
    now = here.clock.now()
    roads, limits = Roads(here.city), limits_of(here.threshold, now)
    async with here.read() as connection:
        measured, counted = await segments(connection), await camera_flows(connection, now)
    found = [_feature(one, roads, measured, counted, limits, now) for one in roads.segments.values()]
    return {"type": "FeatureCollection", "features": found}


@router.get("/detectors")
@allow("wall", "operator", module=MODULE)
async def list_detectors(request: Request) -> dict[str, Any]:
    """Every detector of the city with what it last measured. `geh` compares it with the camera on its segment."""
    here = door(request, MODULE)
    return {"detectors": await _detectors(here)}


async def _detectors(here: Door) -> list[dict[str, Any]]:
    now = here.clock.now()
    roads, limits = Roads(here.city), limits_of(here.threshold, now)
    async with here.read() as connection:
        heard, counted = await detectors(connection), await camera_flows(connection, now)
    return [
        _detector(one, heard.get(one.id), counted.get(one.segment), roads, limits, now)
        for one in roads.detectors.values()
    ]


def _feature(
    segment: Segment, roads: Roads, measured: dict[str, Row], counted: dict[str, Row], limits: Limits, now: datetime
) -> dict[str, Any]:
    body: dict[str, Any] = body_now(segment, roads, measured, counted, limits, now)
    length = roads.length_m(segment.id)
    times = [travel_time_s(length, speed) for speed in body["trend"] if speed > 0]
    seen = counted.get(segment.id)
    more = {
        "road": segment.road,
        "national": segment.national,
        "length_m": round(length),
        "capacity_pcu_h": segment.capacity_pcu_h,
        "speed_limit": segment.speed_limit_kmh,
        "buffer_index": rounded(buffer_index(times), 3),
        "camera_veh_h": rounded(seen["veh_h"]) if seen else None,
        "camera_quality": ("suspect" if seen["doubted"] else "good") if seen else None,
        "detectors": [one.id for one in roads.on(segment.id)],
        "reason": _reason(body),
        "approximate": segment.approximate,
    }
    line = {"type": "LineString", "coordinates": [list(point) for point in segment.line]}
    return {"type": "Feature", "id": segment.id, "geometry": line, "properties": body | more}


def _reason(body: dict[str, Any]) -> dict[str, str] | None:
    """Why something is not known, None where all is."""
    why = _why(body)
    return {"vi": why.vi, "en": why.en} if why is not None else None


def _why(body: dict[str, Any]) -> Text | None:
    """An urban street's level is that of its travel speed (Highway Capacity Manual); v/c tells only that it is F."""
    if body["speed"] is None and body["level"] is None:
        return NOT_MEASURED if body["vc"] is None else NO_SPEED
    if body["speed"] is None and body["level"] == "F":
        return BY_FLOW
    return NO_USUAL if body["usual"] is None else None


def _detector(
    detector: Detector, row: Row | None, counted: Row | None, roads: Roads, limits: Limits, now: datetime
) -> dict[str, Any]:
    said = dict.fromkeys(("at", "veh_h", "occupancy", "speed", "queue")) if row is None else row
    reason = {"vi": row["reason_vi"], "en": row["reason_en"]} if row is not None and row["faulty"] else None
    compared = geh(row["veh_h"], counted["veh_h"]) if row is not None and row["veh_h"] is not None and counted else None
    return {
        "id": detector.id,
        "name": detector.name,
        "kind": detector.kind,
        "segment": detector.segment,
        "upstream": detector.upstream,
        "lonlat": [detector.lon, detector.lat],
        "period_s": detector.period_s,
        "life": detector.life,
        "works": row is not None and works(row, roads, limits, now),
        "faulty": bool(row["faulty"]) if row is not None else False,
        "reason": reason,
        "at": said["at"],
        "veh_h": rounded(said["veh_h"]),
        "occupancy": rounded(said["occupancy"]),
        "speed": rounded(said["speed"]),
        "queue_m": rounded(said["queue"]),
        "geh": rounded(compared),
        "simulated": bool(row["simulated"]) if row is not None else False,
    }
