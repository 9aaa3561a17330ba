"""What is said of a camera, in the words of the desk: each with its place, its facts and its story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ioc.city.parts import Zone
from ioc.contract import Attach, Desk, Event, NearbyCamera
from ioc.core.clock import iso
from ioc.core.lasting import Step
from ioc.core.text import Text
from modules.public_security.cameras import TAMPERED
from modules.public_security.events import (
    AnalyticsRaised,
    CameraOffline,
    CameraRestored,
    CameraTampered,
    CrowdCleared,
    CrowdDetected,
    IntrusionCleared,
    IntrusionDetected,
    ObjectLeft,
    ObjectRemoved,
)
from modules.public_security.kinds import TOPIC_NAMES, Topic
from modules.public_security.zones import Spot, density

# Of an incident the desk opens, from consequence and time to respond.
PRIORITY = {"intrusion": 2, "crowd": 2, "abandoned_object": 2, "tampered": 3, "analytics": 3}


def intrusion_began(spot: Spot, step: Step, story: str, *, counted: bool) -> Event:
    """Somebody is where nobody should be."""
    count = round(step.most) if counted else None
    return IntrusionDetected(
        camera=spot.camera.id,
        zone=spot.zone.id if spot.zone else None,
        where=spot.where,
        count=count,
        since=step.since,
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        desk=_desk("intrusion", Text(f"Xâm nhập vùng cấm: {spot.where}", f"Intrusion: {spot.where}")),
        attach=_facts(spot, step, count=count),
    )


def intrusion_ended(spot: Spot, step: Step, story: str) -> Event:
    """Nobody is there any more."""
    return IntrusionCleared(
        camera=spot.camera.id,
        zone=spot.zone.id if spot.zone else None,
        where=spot.where,
        lasted_s=_lasted(step),
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        attach=Attach(facts={"cleared": iso(step.until)}),
    )


def crowd_began(spot: Spot, zone: Zone | None, step: Step, story: str) -> Event:
    """More people than is safe; without a zone the camera judged it and gives no number."""
    much = density(zone, step.most) if zone else None
    dense = round(much, 1) if much is not None else None
    said = Text("", "")
    if dense is not None:
        said = Text(f", {dense} người/m²".replace(".", ","), f", {dense} people/m²")
    count = round(step.most) if zone else None
    return CrowdDetected(
        camera=spot.camera.id,
        zone=zone.id if zone else None,
        where=spot.where,
        count=count,
        density=dense,
        much_vi=said.vi,
        much_en=said.en,
        since=step.since,
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        desk=_desk("crowd", Text(f"Tụ tập đông người: {spot.where}{said.vi}", f"Crowd: {spot.where}{said.en}")),
        attach=_facts(spot, step, count=count, density=dense, area_m2=zone.area_m2 if zone else None),
    )


def crowd_ended(spot: Spot, step: Step, story: str) -> Event:
    """The crowd is gone."""
    most = round(step.most) if spot.zone else None
    return CrowdCleared(
        camera=spot.camera.id,
        zone=spot.zone.id if spot.zone else None,
        where=spot.where,
        lasted_s=_lasted(step),
        most=most,
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        attach=Attach(facts={"cleared": iso(step.until)}),
    )


def object_left(spot: Spot, zone: Zone, step: Step, story: str, cameras: Sequence[NearbyCamera]) -> Event:
    """Something was left behind; `cameras` are those to look through, the one that saw it first."""
    named = [
        {"id": one.id, "name": one.name, "distance_m": round(one.distance_m), "state": one.state} for one in cameras
    ]
    return ObjectLeft(
        camera=spot.camera.id,
        zone=zone.id,
        where=spot.where,
        count=round(step.most),
        since=step.since,
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        desk=_desk(
            "abandoned_object",
            Text(f"Nghi có vật bị bỏ lại: {spot.where}", f"Possible abandoned object: {spot.where}"),
        ),
        attach=_facts(spot, step, objects=round(step.most), cameras=named or None),
    )


def object_removed(spot: Spot, zone: Zone, step: Step, story: str) -> Event:
    """Nothing lies there any more."""
    return ObjectRemoved(
        camera=spot.camera.id,
        zone=zone.id,
        where=spot.where,
        lasted_s=_lasted(step),
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        attach=Attach(facts={"cleared": iso(step.until)}),
    )


def tampering_began(spot: Spot, step: Step, how: str, story: str) -> Event:
    """A camera was covered, put out of focus, turned away, blinded or frozen."""
    words = TAMPERED[how]
    return CameraTampered(
        camera=spot.camera.id,
        where=spot.where,
        how=how,
        how_vi=words.vi,
        how_en=words.en,
        since=step.since,
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        desk=_desk("tampered", Text(f"Camera {spot.where} {words.vi}", f"Camera {spot.where} {words.en}")),
        attach=_facts(spot, step, camera_state=how),
    )


def signal_lost(spot: Spot, step: Step, offline: int, cameras: int, many_percent: float, story: str) -> Event:
    """A camera sends nothing; where many do not, it weighs more."""
    percent = 100 * offline / cameras
    return CameraOffline(
        camera=spot.camera.id,
        where=spot.where,
        offline=offline,
        cameras=cameras,
        percent=round(percent, 1),
        since=step.since,
        place=spot.place,
        data_class=spot.data_class,
        severity=3 if percent >= many_percent else None,
        correlation=story,
    )


def restored(spot: Spot, step: Step, was: str, story: str) -> Event:
    """A camera sees again."""
    return CameraRestored(
        camera=spot.camera.id,
        where=spot.where,
        was=was,
        lasted_s=_lasted(step),
        place=spot.place,
        data_class=spot.data_class,
        correlation=story,
        attach=Attach(facts={"restored": iso(step.until)}),
    )


def noticed(spot: Spot, topic: Topic, step: Step, severity: int, story: str, *, desk: bool) -> Event:
    """A camera noticed something of its own."""
    words = TOPIC_NAMES[topic]
    title = Text(f"Camera báo {words.vi}: {spot.where}", f"Camera reports {words.en}: {spot.where}")
    return AnalyticsRaised(
        camera=spot.camera.id,
        topic=topic,
        what_vi=words.vi,
        what_en=words.en,
        where=spot.where,
        place=spot.place,
        data_class=spot.data_class,
        severity=severity,
        correlation=story,
        desk=Desk(kind="event", priority=PRIORITY["analytics"], title=title, category=topic) if desk else None,
        attach=_facts(spot, step),
    )


def _desk(category: str, title: Text) -> Desk:
    return Desk(kind="event", priority=PRIORITY[category], title=title, category=category)


def _facts(spot: Spot, step: Step, **more: Any) -> Attach:
    known = {name: value for name, value in more.items() if value is not None}
    zone = {"zone": spot.zone.name} if spot.zone else {}
    return Attach(
        facts={"camera": spot.camera.id, "camera_name": spot.camera.name, **zone, "since": iso(step.since), **known}
    )


def _lasted(step: Step) -> int:
    return round((step.until - step.since).total_seconds())
