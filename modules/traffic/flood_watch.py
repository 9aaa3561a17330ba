"""Holds what roads measure against what speaks of water, and says where both agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from ioc.city.profile import Detector, Segment
from ioc.contract import Decide, Event, ModuleContext, NearbyCamera, Run, Write
from ioc.core.clock import parse_time
from ioc.core.dataclass import DataClass
from modules.traffic.flood_telling import cleared_event, suspected_event
from modules.traffic.flooding import Flooding, FloodLimits, Hint, Road, flood_limits, judge
from modules.traffic.limits import Limits
from modules.traffic.reading_tables import Row, detectors, floodings, segments, story_now, water_notes
from modules.traffic.roads import Roads, middle
from modules.traffic.statements import keep_flooding
from modules.traffic.usual_flow import UsualFlows
from modules.traffic.watching import holds_for, works
from modules.traffic.water import Gauge, Note, about, gauge_note


async def look_for_water(
    roads: Roads, gauges: Sequence[Gauge], flows: UsualFlows, limits: Limits, ctx: ModuleContext
) -> list[Decide]:
    """The hints that begin or are over now. A segment whose detectors are silent or doubted is not judged."""
    now = ctx.clock.now()
    numbers = flood_limits(ctx.threshold, now)
    oldest = now - numbers.nearness.oldest
    async with ctx.read() as connection:
        notes, known = await water_notes(connection, oldest), await floodings(connection)
        measured, heard = await segments(connection), await detectors(connection)
    notes = [*notes, *await _gauges(gauges, numbers, ctx, now)]
    told: list[Decide] = []
    flows.begin()
    for segment in roads.segments.values():
        row, before = measured.get(segment.id), known.get(segment.id)
        here = about(segment, _wards(segment, ctx, now), notes, numbers.nearness, now) if notes else []
        if row is None or not (here or before) or not _sound(row, segment, heard, roads, limits, now):
            continue
        road = await _road(segment, row, heard, roads, limits, flows if here else None, ctx)
        memory = before.flooding if before else Flooding()
        story = memory.story
        hints = judge(segment.id, memory, road, here, numbers)
        kept, simulated = (before.data_class, before.simulated) if before else (DataClass.INTERNAL, False)
        said: list[Event | Write] = []
        for hint in hints:
            event = await _event(hint, segment, road, here, kept, simulated or bool(row["simulated"]), limits, ctx)
            kept, simulated = event.data_class or kept, event.simulated
            said.append(event)
        said += keep_flooding(segment.id, memory, kept, simulated=simulated)
        told.append(Decide(partial(_unless_settled, segment.id, story, said)))
    return told


def _unless_settled(segment: str, story: str, said: list[Event | Write], run: Run) -> list[Event | Write]:
    """What was judged, unless a person has closed the case meanwhile: then it is judged anew the next time."""
    return said if story_now(run, segment) == story else []


async def _event(
    hint: Hint, segment: Segment, road: Road, notes: Sequence[Note], kept: DataClass, simulated: bool,
    limits: Limits, ctx: ModuleContext,
) -> Event:  # fmt: skip
    if hint.change == "ends":
        return cleared_event(hint, segment, notes, kept, simulated)
    near = await _cameras(segment, ctx)
    return suspected_event(hint, segment, road, notes, near, limits.camera_m, simulated=simulated)


async def _cameras(segment: Segment, ctx: ModuleContext) -> list[NearbyCamera]:
    """The nearest cameras to the middle of a segment, those that see before those that do not."""
    return await ctx.cameras.near(*middle(segment), limit=max(1, len(ctx.city.cameras)))


async def _gauges(gauges: Sequence[Gauge], numbers: FloodLimits, ctx: ModuleContext, now: datetime) -> list[Note]:
    """The gauges whose newest fresh reading is at or above its limit."""
    found: list[Note] = []
    for gauge in gauges:
        limit = ctx.threshold(gauge.limit, now)
        points = await ctx.series(gauge.kind, gauge.key, now - numbers.gauge_fresh, now)
        if points and points[-1].value >= limit:
            found.append(gauge_note(gauge, points[-1].value, limit, "", points[-1].at, simulated=False))
    return found


def _wards(segment: Segment, ctx: ModuleContext, now: datetime) -> frozenset[str]:
    """The wards a segment runs through, as far as its corners and its middle show."""
    places = [ctx.gis.place(lon, lat, now) for lon, lat in (*segment.line, middle(segment))]
    return frozenset(place.ward.code for place in places if place.ward)


def _sound(
    row: Row, segment: Segment, heard: Mapping[str, Row], roads: Roads, limits: Limits, now: datetime
) -> bool:  # fmt: skip
    """Whether what was measured is of now, is not doubted, and comes from a detector that works."""
    fresh = now - parse_time(row["at"]) <= holds_for(segment.id, roads, limits)
    return fresh and row["body"]["quality"] == "good" and bool(_working(segment, heard, roads, limits, now))


def _working(
    segment: Segment, heard: Mapping[str, Row], roads: Roads, limits: Limits, now: datetime
) -> list[Detector]:  # fmt: skip
    return [one for one in roads.on(segment.id) if one.id in heard and works(heard[one.id], roads, limits, now)]


async def _road(
    segment: Segment, row: Row, heard: Mapping[str, Row], roads: Roads, limits: Limits, flows: UsualFlows | None,
    ctx: ModuleContext,
) -> Road:  # fmt: skip
    """What the segment measured last. Its flow is that of its busiest working detector; usual flows are asked for only
    where something speaks of water, since they take a long look back."""
    now, body = ctx.clock.now(), row["body"]
    working = _working(segment, heard, roads, limits, now)
    counted = [one for one in working if heard[one.id]["veh_h"] is not None]
    busiest = max(counted, key=lambda one: heard[one.id]["veh_h"], default=None)
    return Road(
        at=parse_time(row["at"]),
        speed=body["speed"],
        usual_speed=body["usual"],
        veh_h=heard[busiest.id]["veh_h"] if busiest else None,
        usual_veh_h=await flows.at(busiest, ctx, now) if busiest and flows else None,
    )
