"""What follows from one reading of a camera: its zones, its own analytics, and whether it sees at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial

from ioc.city.parts import Zone
from ioc.contract import Decide, Event, Latest, ModuleContext, NearbyCamera, Observation, Write
from ioc.core.clock import iso, parse_time
from ioc.core.lasting import Step, follow
from modules.public_security import cameras, telling, zones
from modules.public_security.cameras import Fleet, Seen
from modules.public_security.kinds import Topic
from modules.public_security.numbers import abandoned_hold, analytics_hold, camera_limits, number, seconds, zone_limits
from modules.public_security.persistence import Watch
from modules.public_security.statements import see_camera
from modules.public_security.stories import Told, begin_story, end_story
from modules.public_security.zones import Spot

CAMERAS = 3  # named in a case to look through
Said = AsyncIterator[Event | Write | Latest | Decide]
KEPT_FOR = timedelta(seconds=20)  # a camera's row is written on a change, else not more often than this


def moment(reading: Observation) -> datetime:
    """When it was measured."""
    return parse_time(reading.at) if isinstance(reading.at, str) else reading.at


async def zone_counted(spot: Spot, zone: Zone, reading: Observation, watch: Watch, ctx: ModuleContext) -> Said:
    """So many objects are in a zone now."""
    at = moment(reading)
    kind = "intrusion" if zone.purpose == "restricted" else "crowd"
    told = Told(kind, spot.camera.id, f"{kind}:{reading.key}", reading.simulated)
    for step in zones.judge(zone, watch.condition, reading.value, at, zone_limits(ctx, at)):
        if step.change == "begins":
            began = partial(_zone_began, kind, spot, zone, step)
            yield begin_story(told, at, ctx, began)
        else:
            yield end_story(watch, told, step.until, partial(_ended, kind, spot, step))


def _zone_began(kind: str, spot: Spot, zone: Zone, step: Step, story: str) -> Event:
    if kind == "intrusion":
        return telling.intrusion_began(spot, step, story, counted=True)
    return telling.crowd_began(spot, zone, step, story)


async def left_counted(spot: Spot, zone: Zone, reading: Observation, watch: Watch, ctx: ModuleContext) -> Said:
    """So many things lie in a watched zone now."""
    at, there = moment(reading), reading.value > 0
    told = Told("abandoned", spot.camera.id, f"abandoned:{reading.key}", reading.simulated)
    hold = abandoned_hold(ctx, at)
    for step in follow(watch.condition, at, reading.value, present=there, absent=not there, hold=hold):
        if step.change == "begins":
            cameras = await _to_look_through(spot, ctx)
            yield begin_story(told, at, ctx, partial(telling.object_left, spot, zone, step, cameras=cameras))
        else:
            yield end_story(watch, told, step.until, partial(telling.object_removed, spot, zone, step))


async def _to_look_through(spot: Spot, ctx: ModuleContext) -> list[NearbyCamera]:
    """The camera itself and the nearest others."""
    near = await ctx.cameras.near(spot.camera.lon, spot.camera.lat, limit=len(ctx.city.cameras))
    near.sort(key=lambda one: (one.id != spot.camera.id, one.distance_m))
    return near[:CAMERAS]


def _ended(kind: str, spot: Spot, step: Step, story: str) -> Event:
    if kind == "intrusion":
        return telling.intrusion_ended(spot, step, story)
    if kind == "crowd":
        return telling.crowd_ended(spot, step, story)
    return telling.restored(spot, step, kind, story)


async def topic_reported(spot: Spot, topic: Topic, reading: Observation, watch: Watch, ctx: ModuleContext) -> Said:
    """The camera's own analytics say that something began (1) or ended (0); a flickering one is said once."""
    at, there = moment(reading), reading.value > 0
    kind = "tampered" if topic == "tamper" else topic
    told = Told(kind, spot.camera.id, f"{kind}:{reading.key}", reading.simulated)
    for step in follow(
        watch.condition, at, reading.value, present=there, absent=not there, hold=analytics_hold(ctx, at)
    ):  # fmt: skip
        if step.change == "begins":
            watch.repeat = watch.ended is not None and at - watch.ended <= seconds(ctx, "analytics.repeat_s", at)
            yield begin_story(told, at, ctx, None if watch.repeat else partial(_reported, spot, topic, step, at, ctx))
        else:
            said = kind in ("intrusion", "crowd", "tampered") and not watch.repeat
            yield end_story(watch, told, step.until, partial(_ended, kind, spot, step) if said else None)


def _reported(spot: Spot, topic: Topic, step: Step, at: datetime, ctx: ModuleContext, story: str) -> Event:
    if topic == "intrusion":
        return telling.intrusion_began(spot, step, story, counted=False)
    if topic == "crowd":
        return telling.crowd_began(spot, None, step, story)
    if topic == "tamper":
        return telling.tampering_began(spot, step, "reported", story)
    severity = int(number(ctx, f"analytics.severity.{topic}", at))
    desk = severity >= number(ctx, "record.desk_severity", at)
    return telling.noticed(spot, topic, step, severity, story, desk=desk)


async def camera_stated(spot: Spot, reading: Observation, fleet: Fleet, ctx: ModuleContext) -> Said:
    """A camera says how it is: once on a change, and every few seconds."""
    at, state = moment(reading), cameras.STATES.get(round(reading.value))
    if state is None:
        return
    seen, limits = fleet.of(spot.camera.id), camera_limits(ctx, at)
    for trouble, step in cameras.judge(seen, state, at, limits):
        watch = seen.tampered if trouble == "tampered" else seen.offline
        told = Told(trouble, spot.camera.id, f"{trouble}:{spot.camera.id}", reading.simulated)
        if step.change == "ends":
            yield end_story(watch, told, step.until, partial(telling.restored, spot, step, trouble))
        elif trouble == "tampered":
            yield begin_story(told, at, ctx, partial(telling.tampering_began, spot, step, seen.how))
        else:
            expected = sum(1 for camera in ctx.city.cameras if camera.life == "live")
            lost = fleet.offline({camera.id for camera in ctx.city.cameras})
            say = partial(telling.signal_lost, spot, step, lost, max(expected, 1), limits.many_percent)
            yield begin_story(told, at, ctx, say)
    for write in _kept(spot, seen, state, at, reading.simulated):
        yield write


def _kept(spot: Spot, seen: Seen, state: str, at: datetime, simulated: bool) -> list[Write]:
    """The camera's row, where there is something new to write."""
    if seen.kept is not None and at <= seen.kept:
        return []
    if seen.kept is not None and state == seen.state and at - seen.kept < KEPT_FOR:
        return []
    seen.kept, seen.state = at, state
    return see_camera(spot.camera.id, state, iso(at), simulated=simulated)
