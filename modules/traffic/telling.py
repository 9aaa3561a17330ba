"""What the rules found, put into words: the events of the module."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import Attach, Desk, Event, NearbyCamera
from ioc.core.clock import iso
from ioc.core.place import Place
from ioc.core.text import Text
from modules.traffic.california import CaliforniaTest, california
from modules.traffic.events import (
    CongestionCleared,
    CongestionDetected,
    DetectorFaulty,
    DetectorRecovered,
    IncidentCleared,
    IncidentSuspected,
)
from modules.traffic.outcomes import CongestionChange, FaultChange, IncidentChange
from modules.traffic.roads import Roads, Spot, middle

CATEGORY = "traffic.incident"
PRIORITY_NATIONAL, PRIORITY_OTHER = 2, 3


def fault_event(change: FaultChange) -> Event:
    """A detector turned faulty or sound."""
    detector = change.detector
    place = Place(detector.lon, detector.lat, name=detector.name)
    if not change.faulty:
        return DetectorRecovered(detector=detector.id, name=detector.name, segment=detector.segment, place=place)
    reason = change.reason or Text("không rõ", "unknown")
    return DetectorFaulty(
        detector=detector.id,
        name=detector.name,
        segment=detector.segment,
        reason_vi=reason.vi,
        reason_en=reason.en,
        since=change.since,
        place=place,
    )


def congestion_event(change: CongestionChange) -> Event:
    """Congestion began, grew worse or ended; in the story of its segment."""
    segment, flow = change.segment, change.flow
    place = Place(*middle(segment), name=segment.name)
    minutes = minutes_between(change.since, flow.at)
    level = flow.level or ""
    if change.severity == 1:
        return CongestionCleared(
            segment=segment.id,
            name=segment.name,
            level=level,
            speed=rounded(flow.speed),
            minutes=minutes,
            place=place,
            correlation=change.story,
            attach=Attach(facts={"congestion": {"state": "cleared", "level": level, "minutes": minutes}}),
        )
    facts = {"state": "congested", "level": level, "minutes": minutes, "delay_s": whole(flow.delay_s)}
    return CongestionDetected(
        segment=segment.id,
        name=segment.name,
        level=level,
        speed=rounded(flow.speed),
        usual=rounded(flow.usual.speed) if flow.usual else None,
        delay_s=whole(flow.delay_s),
        queue_m=rounded(flow.queue_m),
        spill_back=flow.spill_back,
        minutes=minutes,
        since=change.since,
        quality=flow.quality,
        place=place,
        severity=change.severity,
        correlation=change.story,
        attach=Attach(facts={"segment": segment.id, "congestion": facts}),
    )


def suspicion_event(change: IncidentChange, roads: Roads, camera: NearbyCamera | None) -> Event:
    """An incident is suspected: the desk gets a case that says where, why, and which camera to look through."""
    spot, seen, now = change.spot, change.seen, _figures_now(change)
    segment = roads.segments[spot.up.segment]
    seeing = camera_facts(camera)
    event = IncidentSuspected(
        spot=spot.id,
        segment=segment.id,
        name=segment.name,
        rule=change.rule or "",
        detectors=tuple(one.id for one in spot.detectors),
        occ_up=rounded(seen.up.occupancy),
        occ_dn=rounded(seen.dn.occupancy) if seen.dn else None,
        occdf=rounded(now.occdf) if now else None,
        occrdf=rounded(now.occrdf, 3) if now else None,
        docctd=rounded(seen.test.docctd, 3) if seen.test else None,
        speed=rounded(seen.up.speed),
        usual=rounded(seen.usual.speed) if seen.usual else None,
        speed_drop_pct=_drop(change),
        queue_m=rounded(seen.queue_m),
        spill_back=seen.spill_back,
        camera=seeing,
        at=change.at,
        place=spot_place(spot, roads),
        correlation=change.story,
        desk=Desk(
            kind="event",
            priority=PRIORITY_NATIONAL if segment.national else PRIORITY_OTHER,
            title=title_of(segment.name),
            category=CATEGORY,
        ),
    )
    return msgspec.structs.replace(event, attach=Attach(facts=_facts(event)))


def cleared_event(change: IncidentChange, roads: Roads) -> Event:
    """The signs of an incident are gone; the case itself is closed by a person."""
    segment = roads.segments[change.spot.up.segment]
    return IncidentCleared(
        spot=change.spot.id,
        segment=segment.id,
        name=segment.name,
        minutes=minutes_between(change.since, change.at),
        place=spot_place(change.spot, roads),
        correlation=change.story,
        attach=Attach(facts={"signs": "cleared", "signs_cleared_at": iso(change.at)}),
    )


def title_of(road: str) -> Text:
    """What the desk and the wall call a suspected incident: short, the place stands beside it."""
    return Text(f"Nghi có sự cố giao thông: {road}", f"Suspected traffic incident: {road}")


def spot_place(spot: Spot, roads: Roads) -> Place:
    """The lower end of the spot; the incident lies somewhere above it, down to the upper detector."""
    return Place(spot.end.lon, spot.end.lat, name=spot.end.name, uncertainty_m=round(roads.reach_m(spot)))


def camera_facts(camera: NearbyCamera | None) -> dict[str, Any] | None:
    """A camera as a fact of a case."""
    if camera is None:
        return None
    return {"id": camera.id, "name": camera.name, "distance_m": round(camera.distance_m), "state": camera.state}


def rounded(value: float | None, digits: int = 1) -> float | None:
    """A measured value as people read it."""
    return None if value is None else round(value, digits)


def whole(value: float | None) -> int | None:
    """A value without decimals."""
    return None if value is None else round(value)


def minutes_between(since: datetime, at: datetime) -> int:
    """Whole minutes, never below 0."""
    return max(0, round((at - since).total_seconds() / 60))


def _figures_now(change: IncidentChange) -> CaliforniaTest | None:
    """The figures of the two occupancies that are told; the rule compares the least of the vehicles' way."""
    up, dn = change.seen.up.occupancy, change.seen.dn.occupancy if change.seen.dn else None
    return None if up is None or dn is None else california(up, dn, None)


def _drop(change: IncidentChange) -> int | None:
    seen = change.seen
    if seen.usual is None or seen.up.speed is None or seen.usual.speed <= 0:
        return None
    return max(0, round(100 * (1 - seen.up.speed / seen.usual.speed)))


def _facts(event: IncidentSuspected) -> dict[str, Any]:
    """What the case shows; the names of the fields are those of the event."""
    told = (
        "segment", "rule", "detectors", "occ_up", "occ_dn", "occdf", "occrdf", "docctd", "speed", "usual",
        "speed_drop_pct", "queue_m", "spill_back", "camera",
    )  # fmt: skip
    return {"signs": "present", **{name: msgspec.to_builtins(getattr(event, name)) for name in told}}
