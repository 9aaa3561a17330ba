"""Public security: what cameras and records tell, where trouble gathers, and which patrol is near."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any

from msgspec import Meta

from ioc.city.profile import City
from ioc.contract import Decide, Event, Latest, Listed, Module, ModuleContext, Observation, Write, every, on
from ioc.core.clock import iso, parse_time
from modules.public_security import cases, hotspots, look_spots, look_telling, near_repeat
from modules.public_security.cameras import Fleet
from modules.public_security.figures import Trends, figures, latest
from modules.public_security.kinds import TOPICS
from modules.public_security.looks import Spot as LookSpot
from modules.public_security.looks import ended_as, gather, plan
from modules.public_security.near_repeat import Repeat
from modules.public_security.numbers import hotspot_limits, look_limits, near_repeat_limits, number, patrol_limits
from modules.public_security.patrols import POLICE, near, proposal
from modules.public_security.persistence import Watch
from modules.public_security.runs import last_run
from modules.public_security.statements import (
    add_look,
    end_look,
    forget_conditions,
    forget_looks,
    note_run,
    replace_cells,
    replace_near_repeat,
)
from modules.public_security.watching import camera_stated, left_counted, topic_reported, zone_counted
from modules.public_security.zones import Spot, Zones

Said = AsyncIterator[Event | Write | Latest | Decide]
MOST_UNITS = 1000
MOST_STRANGERS = 1000
PATIENCE_S = 2.0  # a timer has five seconds


class PublicSecurity(Module):
    """Cameras' zones and health, incident records, hot spots and patrols."""

    class Settings(Module.Settings):
        """`hotspot_period_min`: how often hot spots are counted, in minutes; `near_repeat_period_h`: how often
        near-repeat is looked for, in hours; `patrols_shown`: how many are proposed."""

        hotspot_period_min: Annotated[float, Meta(ge=1, le=1_440)] = 60
        near_repeat_period_h: Annotated[float, Meta(ge=1, le=720)] = 24
        patrols_shown: Annotated[int, Meta(ge=1, le=50)] = 3

    def __init__(self, settings: Module.Settings) -> None:
        super().__init__(settings)
        self._zones: Zones | None = None
        self._field: hotspots.Field | None = None
        self._counted: datetime | None = None
        self._trends = Trends()
        self._repeats: tuple[datetime, asyncio.Task[list[Repeat]]] | None = None
        self._strangers: dict[str, int] = {}

    def listed(self, city: City) -> Iterable[Listed]:
        """The cameras as sources of analytics, which speak only when something happens."""
        for one in city.cameras:
            at, life = (one.lon, one.lat), one.life
            yield Listed(
                key=one.id, name=one.name, kind="analytics", period_s=0, lonlat=at, simulated=one.simulated, life=life
            )

    def health(self) -> dict[str, object]:
        """How many readings named a camera or zone the city does not have."""
        return {"unknown_readings": sum(self._strangers.values())}

    @on("camera.objects", state=Watch)
    async def watch_zone(self, reading: Observation, watch: Watch, ctx: ModuleContext) -> Said:
        """Somebody where nobody should be, or more people than is safe."""
        found = self._known(ctx.city).zone(reading.key)
        if found is None:
            self._strange(reading, ctx)
        elif not reading.late:
            async for item in zone_counted(*found, reading, watch, ctx):
                yield item

    @on("camera.left", state=Watch)
    async def watch_left(self, reading: Observation, watch: Watch, ctx: ModuleContext) -> Said:
        """Something that was put down and left."""
        found = self._known(ctx.city).zone(reading.key)
        if found is None:
            self._strange(reading, ctx)
        elif not reading.late:
            async for item in left_counted(*found, reading, watch, ctx):
                yield item

    @on("public_security.analytics", state=Watch)
    async def hear_analytics(self, reading: Observation, watch: Watch, ctx: ModuleContext) -> Said:
        """What a camera's own analytics report."""
        camera, _, topic = reading.key.partition("/")
        spot = self._spot(camera, ctx.city)
        if spot is None or topic not in TOPICS:
            self._strange(reading, ctx)
        elif not reading.late:
            async for item in topic_reported(spot, topic, reading, watch, ctx):
                yield item

    @on("camera.state", state=Fleet, by="whole_city")
    async def watch_cameras(self, reading: Observation, fleet: Fleet, ctx: ModuleContext) -> Said:
        """Cameras that were tampered with, lost, or see again."""
        spot = self._spot(reading.source, ctx.city)
        if spot is None:
            self._strange(reading, ctx)
        elif not reading.late:
            async for item in camera_stated(spot, reading, fleet, ctx):
                yield item

    def whole_city(self, reading: Observation) -> str:
        """The key under which all cameras are remembered together."""
        return "city"

    @on(
        "public_security.intrusion.detected",
        "public_security.crowd.detected",
        "public_security.camera.tampered",
        "public_security.object.left",
        "public_security.analytics.raised",
        "public_security.record.received",
    )
    async def propose_patrol(self, event: Any, ctx: ModuleContext) -> Said:
        """Names the patrols near what is on the desk."""
        lonlat = event.lonlat
        if not event.data.get("desk") or lonlat is None:
            return
        now = ctx.clock.now()
        heard = await ctx.units.near(*lonlat, kinds=POLICE, limit=MOST_UNITS)
        best = near(ctx.city, heard, lonlat, patrol_limits(ctx, now), now)[: self.settings.patrols_shown]
        where = event.data.get("where") or event.data.get("number") or event.key
        mode = ctx.city.dispatch.get("113", "mirror")
        camera = self._spot(event.data.get("camera") or "", ctx.city)
        hidden = camera.data_class if camera else None
        yield proposal(event.key, where, mode, best, now, hidden)

    @on(*cases.TOLD)
    async def know_cases(self, event: Any, ctx: ModuleContext) -> Said:
        """Keeps which cases of ours wait at the desk."""
        for write in cases.noted(event):
            yield write

    @every("20s")
    async def propose_looks(self, ctx: ModuleContext) -> Said:
        """Which free patrol might look where; what is over is taken back."""
        now = ctx.clock.now()
        limits = look_limits(ctx, now)
        heard = await ctx.units.near(*ctx.city.center, kinds=POLICE, limit=MOST_UNITS)
        async with ctx.read() as connection:
            spots = gather(await self._spots(connection, ctx, now), limits.apart_m)
            rows = await look_spots.looks_since(connection, now - limits.age - limits.rest)
        made = plan(spots, rows, heard, ctx.city, limits, patrol_limits(ctx, now), now)
        for id, why in made.over:
            yield end_look(id, ended_as(why), iso(now), why.vi, why.en)
        mode = ctx.city.dispatch.get("113", "mirror")
        for one in made.new:
            simulated = one.spot.simulated or any(unit.simulated for unit in heard if unit.id == one.patrol.id)
            place = ctx.gis.place(one.spot.lon, one.spot.lat, now)
            row = look_telling.row_of(one, place, mode, now, simulated=simulated)
            yield add_look(row)
            yield look_telling.proposed(row)

    async def _spots(self, connection: Any, ctx: ModuleContext, now: datetime) -> list[LookSpot]:
        """Where a patrol might look. What was reckoned longer than two periods ago says nothing of now."""
        least = int(number(ctx, "hotspot.least_records", now))
        open_most = timedelta(hours=number(ctx, "open_most_h", now))
        counted = 2 * timedelta(minutes=self.settings.hotspot_period_min)
        looked = 2 * timedelta(hours=self.settings.near_repeat_period_h)
        return [
            *await look_spots.waiting(connection, now - open_most),
            *await look_spots.repeats(connection, now, looked),
            *await look_spots.hot(connection, now, least, counted),
        ]

    @every("10s")
    async def count(self, ctx: ModuleContext) -> Said:
        """The indicators of the wall."""
        now = ctx.clock.now()
        patrols = await ctx.units.near(*ctx.city.center, kinds=POLICE, limit=MOST_UNITS)
        async with ctx.read() as connection:
            found = await figures(connection, ctx.city, patrols, ctx, now)
        self._trends.take(found, now)
        for name, figure in found.items():
            yield latest(name, figure, self._trends.of(name), ctx, now)

    @every("10s")
    async def find_hotspots(self, ctx: ModuleContext) -> Said:
        """Counts hot spots at the start, every hour, and when many records have come in since."""
        now = ctx.clock.now()
        if not await self._due(ctx, now):
            return
        limits = hotspot_limits(ctx, now)
        if self._field is None or self._field.cell_m != limits.cell_m:
            self._field = hotspots.Field.of(ctx.city.bbox, limits.cell_m, ctx.gis)
        async with ctx.read() as connection:
            points = await hotspots.points_since(connection, now - limits.window)
            before = await hotspots.rows_before(connection)
        judged = hotspots.judge(self._field, points, before, limits, now)
        self._counted = now
        for write in [*replace_cells(judged.rows), *note_run(hotspots.RUN, iso(now))]:
            yield write
        old = iso(now - timedelta(days=number(ctx, "story.keep_days", now)))
        for write in [forget_conditions(old), *forget_looks(old)]:
            yield write
        for news in judged.news:
            yield news

    @every("1min")
    async def find_near_repeat(self, ctx: ModuleContext) -> Said:
        """Looks once a period for types of record that come again close by and soon.

        Where that takes longer than a timer may, a later run gives what was found.
        """
        if self._repeats is None:
            self._repeats = await self._look_for_repeats(ctx)
        if self._repeats is None:
            return
        began, looking = self._repeats
        if not (await asyncio.wait({looking}, timeout=PATIENCE_S))[0]:
            return
        self._repeats = None
        found = looking.result()
        limits = near_repeat_limits(ctx, began)
        async with ctx.read() as connection:
            before = await near_repeat.kept(connection)
        news = near_repeat.told(found, before, limits, began)
        rows = near_repeat.rows_of(found, news, before, limits, began)
        for write in [*replace_near_repeat(rows), *note_run(near_repeat.RUN, iso(began))]:
            yield write
        for one in news:
            yield near_repeat.event_of(one, limits, began)

    async def _look_for_repeats(self, ctx: ModuleContext) -> tuple[datetime, asyncio.Task[list[Repeat]]] | None:
        """Begins to look, where it is time to."""
        now = ctx.clock.now()
        limits = near_repeat_limits(ctx, now)
        async with ctx.read() as connection:
            last = await last_run(connection, near_repeat.RUN)
            if last is not None and now - parse_time(last) < timedelta(hours=self.settings.near_repeat_period_h):
                return None
            by_type = await near_repeat.records_by_type(connection, now - limits.window, limits)
        return now, asyncio.create_task(near_repeat.judge_records(by_type, limits))

    async def _due(self, ctx: ModuleContext, now: datetime) -> bool:
        if self._counted is None or now - self._counted >= timedelta(minutes=self.settings.hotspot_period_min):
            return True
        async with ctx.read() as connection:
            kept = await last_run(connection, hotspots.RUN)
            new = await hotspots.records_since(connection, self._counted)
        lost = kept is None or kept < iso(self._counted)  # the last count was never committed
        return lost or new >= number(ctx, "hotspot.after_records", now)

    def _known(self, city: City) -> Zones:
        if self._zones is None or self._zones.city is not city:
            self._zones = Zones(city)
        return self._zones

    def _spot(self, camera: str, city: City) -> Spot | None:
        return self._known(city).camera(camera)

    def _strange(self, reading: Observation, ctx: ModuleContext) -> None:
        """Counts a reading of nothing the city has; each key is logged once."""
        name = f"{reading.kind} {reading.key}"
        if name not in self._strangers and len(self._strangers) >= MOST_STRANGERS:
            name = "others"
        if name not in self._strangers:
            ctx.log.warning("reading of an unknown camera or zone", kind=reading.kind, key=reading.key)
        self._strangers[name] = self._strangers.get(name, 0) + 1
