"""Media: feeds are read, items gathered into stories, and what concerns the city is said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from typing import Annotated, Any

from sqlalchemy import select

from ioc.city.profile import City, MediaFeed
from ioc.contract import Event, Gis, Heard, Latest, Listed, Module, ModuleContext, PartOf, Write, every, on, source
from ioc.core.clock import iso
from modules.media.atlas import Atlas
from modules.media.bursting import Lookout
from modules.media.casebook import CLOSED, ENDED, OPENED, SUSPECTED, noted
from modules.media.events import FeedFailed, FeedRecovered
from modules.media.figures import Figures
from modules.media.gathering import Gatherer
from modules.media.limits import gathering
from modules.media.parsing import FeedItem
from modules.media.polling import Poller
from modules.media.reading import read_text
from modules.media.rows import press_row
from modules.media.statements import forget, set_feed
from modules.media.tables import feed as feed_table
from modules.media.telling import Names

Said = AsyncIterator[Event | Write | Latest]
OFFICIAL_TIER = 2  # press of these tiers uses the names of today


class Media(Module):
    """Press and social-media monitoring."""

    class Settings(Module.Settings):
        """`local_feeds` are the ids of feeds that speak of this city unless they say otherwise."""

        local_feeds: tuple[Annotated[str, PartOf("media_feeds")], ...] = ()

    def __init__(self, settings: Module.Settings) -> None:
        super().__init__(settings)
        self._atlas: Atlas | None = None
        self._gatherer: Gatherer | None = None
        self._lookout: Lookout | None = None
        self._figures = Figures()

    def listed(self, city: City) -> Iterable[Listed]:
        """Every feed that is fetched."""
        return [
            Listed(
                key=one.id,
                name=one.name,
                kind="media.feed",
                period_s=one.period_s,
                simulated=one.simulated,
                life=one.life,
            )
            for one in watched(city)
        ]

    @source()
    async def feeds(self, ctx: ModuleContext) -> AsyncIterator[Write | Heard]:
        """Reads every feed at its own pace."""
        atlas = self._places(ctx)

        def rows(feed: MediaFeed, items: Sequence[FeedItem]) -> list[dict[str, Any]]:
            now, local = ctx.clock.now(), feed.id in self.settings.local_feeds
            official = feed.tier <= OFFICIAL_TIER
            reads = [read_text(one.title, one.summary, atlas, local=local, official=official) for one in items]
            return [press_row(feed, one, read, now, local=local) for one, read in zip(items, reads, strict=True)]

        async for said in Poller(ctx, watched(ctx.city), rows).run():
            yield said

    @on(*OPENED, CLOSED, *SUSPECTED, *ENDED)
    async def know_cases(self, event: Any, ctx: ModuleContext) -> Said:
        """Keeps what the desk and our sensors know of, so that a story of it is no hint."""
        for write in noted(event):
            yield write

    @every("2s")
    async def gather(self, ctx: ModuleContext) -> Said:
        """New items become stories; what is to be said of them is said, once."""
        if self._gatherer is None:
            self._gatherer = Gatherer(names_of(self._places(ctx), ctx.gis))
        for said in await self._gatherer.gather(ctx):
            yield said

    @every("5s")
    async def watch_bursts(self, ctx: ModuleContext) -> Said:
        """Notices when a topic is suddenly spoken of far more than usual."""
        if self._lookout is None:
            self._lookout = Lookout(names_of(self._places(ctx), ctx.gis))
        for said in await self._lookout.look(ctx):
            yield said

    @every("5s")
    async def watch_feeds(self, ctx: ModuleContext) -> Said:
        """Says once that a feed cannot be read, and once that it can again; the table remembers what was said."""
        now = ctx.clock.now()
        enough = ctx.threshold("media.feed_failures", now)
        feeds = {one.id: one for one in watched(ctx.city)}
        async with ctx.read() as connection:
            rows = (await connection.execute(select(feed_table))).mappings().all()
        for row in rows:
            feed = feeds.get(row["id"])
            if feed is None:
                continue
            if row["failures"] >= enough and not row["told"]:
                yield _failed(feed, row)
                yield set_feed(feed.id, told=True)
            elif row["told"] and row["failing_since"] is None:
                yield FeedRecovered(
                    feed=feed.id, name=feed.name, failed_since=iso(row["answered_at"]), simulated=feed.simulated
                )
                yield set_feed(feed.id, told=False)

    @every("5s")
    async def count(self, ctx: ModuleContext) -> Said:
        """The figures of the wall."""
        for one in await self._figures.count(ctx):
            yield one

    @every("10min")
    async def let_go(self, ctx: ModuleContext) -> Said:
        """Forgets authors and words when stories of that time are no longer gathered, and at last everything."""
        now = ctx.clock.now()
        words = now - 2 * gathering(ctx, now).shelf.window
        for write in forget(words, now - timedelta(days=ctx.threshold("media.keep_days", now))):
            yield write

    def _places(self, ctx: ModuleContext) -> Atlas:
        if self._atlas is None:
            self._atlas = Atlas(ctx.city, ward_of(ctx.gis))
        return self._atlas


def ward_of(gis: Any) -> Any:
    """What gives the code of a point's ward."""

    def code(lon: float, lat: float) -> str | None:
        ward = gis.place(lon, lat).ward
        return ward.code if ward else None

    return code


def names_of(atlas: Atlas, gis: Gis) -> Names:
    """The wards for places in events: as the map in use has them, for it may be a truer one than the profile's own."""
    return Names({code: gis.ward(code) or own for code, own in atlas.ward_refs.items()})


def watched(city: City) -> list[MediaFeed]:
    """The feeds that are fetched: switched on, and not taken out of use for maintenance."""
    return [one for one in city.media_feeds if one.enabled and one.life != "maintenance"]


def _failed(feed: MediaFeed, row: Any) -> FeedFailed:
    return FeedFailed(
        feed=feed.id,
        name=feed.name,
        reason_vi=row["problem_vi"] or "",
        reason_en=row["problem_en"] or "",
        since=iso(row["failing_since"]),
        simulated=feed.simulated,
    )
