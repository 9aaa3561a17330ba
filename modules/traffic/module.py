"""Traffic: what detectors measure, interval by interval, and what the clock makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta

from ioc.city.profile import City
from ioc.contract import (
    Decide,
    Event,
    Latest,
    Listed,
    Module,
    ModuleContext,
    NearbyCamera,
    Observation,
    Write,
    every,
    on,
    source,
)
from ioc.core.clock import VIETNAM
from modules.traffic import water
from modules.traffic.camera_flow import cameras_by_segment, seen_by
from modules.traffic.camera_telling import finding_event
from modules.traffic.cameras import KINDS as SEEN_BY_CAMERAS
from modules.traffic.cameras import Sight, SightMemory, camera_limits, judge, parts_of, sights
from modules.traffic.flood_watch import look_for_water
from modules.traffic.flooding import flood_limits
from modules.traffic.intervals import Part
from modules.traffic.judging import judge_interval
from modules.traffic.kinds import KINDS
from modules.traffic.limits import Limits, limits_of
from modules.traffic.memory import Corridor
from modules.traffic.outcomes import (
    CongestionChange,
    DetectorSeen,
    FaultChange,
    IncidentChange,
    Outcome,
    SegmentFlow,
)
from modules.traffic.record import read_record, readings_of
from modules.traffic.roads import Roads, Spot
from modules.traffic.shown import latest_segment, segment_body
from modules.traffic.statements import (
    drop_water,
    forget_water,
    keep_camera_flow,
    keep_detector,
    keep_incident,
    keep_segment,
    keep_water,
    settle_flooding,
    settle_incident,
)
from modules.traffic.telling import cleared_event, congestion_event, fault_event, spot_place, suspicion_event
from modules.traffic.usual_flow import UsualFlows
from modules.traffic.usual_past import Pasts
from modules.traffic.watching import watch
from modules.traffic.water import Gauge

Said = AsyncIterator[Event | Write | Latest | Decide]
HOURS = 24
Share = Annotated[float, Meta(gt=0, le=1)]


class Traffic(Module):
    """Detectors and cameras on the city's roads."""

    class Settings(Module.Settings):
        """`topic` is where detectors send their records.

        `usual_shares` is what the city itself says is usual, for while there is too little history: 24 shares of the
        free-flow speed, one for each hour of the day; left out where it says nothing.

        What speaks of water on the roads: `water_gauges`, reports of these `flood_services`, stories of `flood_topics`.
        """

        topic: str = "traffic/+/record"
        usual_shares: Annotated[tuple[Share, ...], Meta(min_length=HOURS, max_length=HOURS)] = ()
        water_gauges: tuple[Gauge, ...] = ()
        flood_services: tuple[str, ...] = ("flooding",)
        flood_topics: tuple[str, ...] = ("flood",)

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._roads: Roads | None = None
        self._sights: dict[str, Sight] = {}
        self._limits: tuple[date, Limits] | None = None
        self._pasts = Pasts(settings.usual_shares)
        self._flows = UsualFlows()

    def listed(self, city: City) -> Iterable[Listed]:
        """The city's detectors, and the cameras that look for more than counts: those speak when something happens."""
        self._roads_of(city)
        looking = [one for one in city.cameras if parts_of(one)]
        seeing = [
            Listed(
                key=one.id,
                name=one.name,
                kind="analytics",
                period_s=0,
                lonlat=(one.lon, one.lat),
                simulated=one.simulated,
                life=one.life,
            )
            for one in looking
        ]
        return seeing + [
            Listed(
                key=one.id,
                name=one.name,
                kind=one.kind,
                period_s=one.period_s,
                lonlat=(one.lon, one.lat),
                life=one.life,
            )
            for one in city.detectors
        ]

    @source(silent_after="5min")
    async def records(self, ctx: ModuleContext) -> AsyncIterator[Observation]:
        """The records of detectors. One that cannot be used is refused with the name of the field."""
        async for message in ctx.mqtt(self.settings.topic):
            listed = self._roads_of(ctx.city).detectors.get(message.station)
            record = read_record(message.json, message.station, listed.period_s if listed else None)
            for reading in readings_of(record, simulated=message.simulated):
                yield reading

    def corridor_of(self, reading: Observation) -> str:
        """Which detectors are judged together with the one that speaks.

        Raises:
            RuntimeError: the city is not known yet; the host asks for `listed` first.
        """
        if self._roads is None:
            raise RuntimeError("the module has not seen its city")
        return self._roads.corridor(reading.source)

    @on(*KINDS, state=Corridor, by="corridor_of")
    async def judge(self, reading: Observation, corridor: Corridor, ctx: ModuleContext) -> Said:
        """Joins the readings of an interval and, when it is closed, says what follows from it."""
        roads = self._roads_of(ctx.city)
        detector = roads.detectors.get(reading.source)
        at = reading.at
        if detector is None or not isinstance(at, datetime):
            return
        part = Part(reading.kind, reading.value, at, reading.quality != "good", reading.simulated)
        for interval in corridor.detector(detector.id).joiner.put(part, detector.period_s):
            limits = self._limits_on(interval.at, ctx)
            if ctx.clock.now() - interval.at > limits.oldest:
                continue  # history, not news
            await self._pasts.load(ctx)
            for outcome in judge_interval(corridor, detector, interval, roads, limits, self._pasts.usual(roads)):
                for item in await self._tell(outcome, roads, limits.camera_m, interval.simulated, ctx):
                    yield item

    @on(*SEEN_BY_CAMERAS, state=SightMemory)
    async def watch_camera(self, reading: Observation, memory: SightMemory, ctx: ModuleContext) -> Said:
        """Wrong-way candidates, vehicles that stand where they must not, and queues, as a camera sees them."""
        self._roads_of(ctx.city)
        sight, at = self._sights.get(reading.key), reading.at
        if sight is None or reading.late or not isinstance(at, datetime):
            return
        for found in judge(sight, memory, reading.kind, reading.value, at, camera_limits(ctx.threshold, at)):
            near = await ctx.cameras.near(sight.camera.lon, sight.camera.lat, limit=len(ctx.city.cameras))
            near.sort(key=lambda one: one.distance_m)
            yield finding_event(found, sight, near)

    @on("incident.closed")
    async def settle(self, event: Any, ctx: ModuleContext) -> Said:
        """A suspected incident or flooded road whose case is closed counts as open no longer."""
        if event.data["incident"]["module"] == "traffic":
            yield settle_incident(event.correlation, event.at)
            yield settle_flooding(event.correlation)

    @on(*water.TOLD)
    async def hear_of_water(self, event: Any, ctx: ModuleContext) -> Said:
        """Keeps what reports and stories say of water on the ground."""
        note = water.said(event, self.settings.flood_services, self.settings.flood_topics)
        if note is not None:
            yield forget_water(event.at - flood_limits(ctx.threshold, event.at).nearness.oldest)
            for write in keep_water(note):
                yield write
        if (id := water.taken_back(event)) is not None:
            yield drop_water(id)

    @every("20s")
    async def hint_at_flooding(self, ctx: ModuleContext) -> Said:
        """Roads far slower or emptier than usual where something speaks of water."""
        limits = self._limits_on(ctx.clock.now(), ctx)
        roads = self._roads_of(ctx.city)
        for item in await look_for_water(roads, self.settings.water_gauges, self._flows, limits, ctx):
            yield item

    @every("20s")
    async def refresh_usual(self, ctx: ModuleContext) -> Said:
        """Reckons anew what is usual, some detectors at a time."""
        for write in await self._pasts.refresh(self._roads_of(ctx.city), ctx):
            yield write

    @every("30s")
    async def count_by_camera(self, ctx: ModuleContext) -> Said:
        """What cameras count, beside the detectors and where there are none."""
        now = ctx.clock.now()
        window = self._limits_on(now, ctx).flow_window
        for segment, cameras in cameras_by_segment(ctx.city).items():
            seen = await seen_by(cameras, ctx, window, now)
            if seen is not None:
                for write in keep_camera_flow(segment, seen):
                    yield write

    @every("20s")
    async def show(self, ctx: ModuleContext) -> Said:
        """The indicators, and the segments again so that the screens see they still hold."""
        for item in await watch(self._roads_of(ctx.city), ctx):
            yield item

    def _roads_of(self, city: City) -> Roads:
        if self._roads is None or self._roads.city is not city:
            self._roads = Roads(city)
            self._sights = sights(city)
        return self._roads

    def _limits_on(self, at: datetime, ctx: ModuleContext) -> Limits:
        """The limits of a local day, looked up once a day."""
        day = at.astimezone(VIETNAM).date()
        if self._limits is None or self._limits[0] != day:
            self._limits = (day, limits_of(ctx.threshold, at))
        return self._limits[1]

    async def _tell(
        self, outcome: Outcome, roads: Roads, camera_m: float, simulated: bool, ctx: ModuleContext
    ) -> list[Event | Write | Latest]:
        match outcome:
            case FaultChange():
                return [fault_event(outcome)]
            case CongestionChange():
                return [congestion_event(outcome)]
            case DetectorSeen():
                return [*keep_detector(outcome)]
            case SegmentFlow():
                body = segment_body(outcome)
                shown = latest_segment(body, ctx.clock.now())
                flow = outcome.flow
                return [shown, *keep_segment(outcome.segment.id, flow.at, body, simulated=flow.simulated)]
            case IncidentChange(change="cleared"):
                return [cleared_event(outcome, roads), *keep_incident(outcome, simulated=simulated)]
            case IncidentChange():
                camera = await _camera(outcome.spot, roads, camera_m, ctx)
                return [suspicion_event(outcome, roads, camera), *keep_incident(outcome, simulated=simulated)]


async def _camera(spot: Spot, roads: Roads, most_m: float, ctx: ModuleContext) -> NearbyCamera | None:
    """The camera nearest to a spot, one that sees before one that does not; None where all are too far."""
    place = spot_place(spot, roads)
    near = await ctx.cameras.near(place.lon, place.lat, limit=max(1, len(ctx.city.cameras)))
    return next((one for one in near if one.distance_m <= most_m), None)
