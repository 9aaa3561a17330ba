"""What cameras found, put into words. A camera convicts nobody: what it tells is for an officer to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ioc.contract import Attach, Desk, Event, NearbyCamera
from ioc.core.clock import iso
from ioc.core.text import Text, counted
from modules.traffic.cameras import Found, Sight
from modules.traffic.events import QueueCleared, QueueDetected, VehicleMoved, VehicleStopped, WrongWaySuspected
from modules.traffic.telling import camera_facts

MOST_CAMERAS = 3
WRONG_WAY_PRIORITY, STOPPED_PRIORITY = 2, 3


def finding_event(found: Found, sight: Sight, near: Sequence[NearbyCamera]) -> Event:
    """A finding began or ended; `near` are the cameras about it, the nearest first."""
    if found.finding == "wrong_way":
        return wrong_way_event(found, sight, near)
    if found.finding == "stopped":
        return stopped_event(found, sight, near) if found.change == "begins" else moved_event(found, sight)
    return queue_event(found, sight, near) if found.change == "begins" else queue_over_event(found, sight)


def wrong_way_event(found: Found, sight: Sight, near: Sequence[NearbyCamera]) -> Event:
    """Something seems to go against its only way; a repeat joins the case that is there."""
    title = Text(
        f"Nghi có xe đi ngược chiều, cần cán bộ xác minh: {sight.where}",
        f"Possible wrong-way vehicle, for an officer to verify: {sight.where}",
    )
    return WrongWaySuspected(
        camera=sight.camera.id,
        line=sight.part.id,
        where=sight.where,
        segment=sight.camera.segment,
        count=found.count,
        since=found.since,
        place=sight.place,
        data_class=sight.data_class,
        correlation=found.story,
        desk=Desk(kind="event", priority=WRONG_WAY_PRIORITY, title=title, category="traffic.wrong_way")
        if found.fresh
        else None,
        attach=_facts(found, sight, near),
    )


def stopped_event(found: Found, sight: Sight, near: Sequence[NearbyCamera]) -> Event:
    """A vehicle stands where none may."""
    title = Text(
        f"Nghi có xe dừng, đỗ nơi cấm: {sight.where}",
        f"Possible vehicle standing where it must not: {sight.where}",
    )
    return VehicleStopped(
        camera=sight.camera.id,
        zone=sight.part.id,
        where=sight.where,
        segment=sight.camera.segment,
        count=found.count,
        since=found.since,
        place=sight.place,
        data_class=sight.data_class,
        correlation=found.story,
        desk=Desk(kind="event", priority=STOPPED_PRIORITY, title=title, category="traffic.stopped_vehicle"),
        attach=_facts(found, sight, near),
    )


def moved_event(found: Found, sight: Sight) -> Event:
    """None stands there any more."""
    return VehicleMoved(
        camera=sight.camera.id,
        zone=sight.part.id,
        where=sight.where,
        lasted_s=_lasted(found),
        place=sight.place,
        data_class=sight.data_class,
        correlation=found.story,
        attach=Attach(facts={"cleared": iso(found.until)}),
    )


def queue_event(found: Found, sight: Sight, near: Sequence[NearbyCamera]) -> Event:
    """A queue has lasted."""
    return QueueDetected(
        camera=sight.camera.id,
        zone=sight.part.id,
        where=sight.where,
        segment=sight.camera.segment,
        count=found.count,
        vehicles_en=counted(found.count, "vehicle"),
        occupancy=found.occupancy,
        congested=found.congested,
        since=found.since,
        place=sight.place,
        data_class=sight.data_class,
        severity=3 if found.congested else None,
        correlation=found.story,
        attach=_facts(found, sight, near, occupancy_pct=found.occupancy),
    )


def queue_over_event(found: Found, sight: Sight) -> Event:
    """The queue is gone; `most` is how long it was at the most."""
    return QueueCleared(
        camera=sight.camera.id,
        zone=sight.part.id,
        where=sight.where,
        lasted_s=_lasted(found),
        most=found.count,
        place=sight.place,
        data_class=sight.data_class,
        correlation=found.story,
        attach=Attach(facts={"cleared": iso(found.until)}),
    )


def _facts(found: Found, sight: Sight, near: Sequence[NearbyCamera], **more: Any) -> Attach:
    """The camera to verify it with first, then the nearest others."""
    own = [one for one in near if one.id == sight.camera.id]
    others = [one for one in near if one.id != sight.camera.id][: MOST_CAMERAS - 1]
    zone = {"zone": sight.part.name} if hasattr(sight.part, "name") else {"line": sight.part.id}
    since, vehicles = found.so_far or (found.since, found.count)
    known = {name: value for name, value in more.items() if value is not None}
    facts = {
        "camera": sight.camera.id,
        "cameras": [camera_facts(one) for one in (*own, *others)],
        "vehicles": vehicles,
        "since": iso(since),
    }
    return Attach(facts=facts | zone | known)


def _lasted(found: Found) -> int:
    return round((found.until - found.since).total_seconds())
