"""Watches the city's feeds, each at its own pace: a slow or broken one holds up no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from ioc.city.profile import MediaFeed
from ioc.contract import Fetched, Heard, ModuleContext, SourceUnavailable, Write
from ioc.core.text import Text
from modules.media.limits import clock_ahead
from modules.media.parsing import BadFeed, FeedItem, read_feed
from modules.media.statements import add_items, begin_feed, set_feed, set_item, titles_of
from modules.media.tables import feed as feed_table

Said = Write | Heard
Rows = Callable[[MediaFeed, Sequence[FeedItem]], list[dict[str, Any]]]

AT_ONCE = 50
SLOWEST = 8.0  # times its period a failing feed waits at most
_UNREADABLE = Text("nội dung không đọc được", "the content cannot be read")
KNOWN_KEPT = 20_000


class Poller:
    """All feeds of a city. `rows` makes the rows of new items; it may take its time, it runs beside the loop."""

    def __init__(self, ctx: ModuleContext, feeds: Sequence[MediaFeed], rows: Rows) -> None:
        self._ctx = ctx
        self._feeds = feeds
        self._rows = rows
        self._known: dict[str, None] = {}  # ids on their way to the store: an article may stand in two feeds

    async def run(self) -> AsyncIterator[Said]:
        """What the feeds give, for ever: new items, each feed's state, and that it was heard."""
        queue: asyncio.Queue[Said | Exception] = asyncio.Queue(maxsize=20)
        tasks = [asyncio.create_task(self._watch(feed, queue)) for feed in self._feeds]
        try:
            while True:  # a city without feeds waits here, which is no fault
                got = await queue.get()
                if isinstance(got, Exception):
                    raise got
                yield got
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, feed: MediaFeed, queue: asyncio.Queue[Said | Exception]) -> None:
        try:
            await queue.put(begin_feed(feed.id, self._ctx.clock.now()))
            await asyncio.sleep(random.uniform(0, min(2.0, feed.period_s / 10)))  # noqa: S311 - jitter, no secret
            while True:
                failures = await self._once(feed, queue)
                slower = min(2.0**failures, SLOWEST)
                await asyncio.sleep(feed.period_s * slower * random.uniform(0.95, 1.05))  # noqa: S311
        except Exception as error:  # a fault outside this feed, such as an absent store: the source as a whole says so
            await queue.put(error)

    async def _once(self, feed: MediaFeed, queue: asyncio.Queue[Said | Exception]) -> int:
        """Asks a feed once; gives how often in a row it has failed."""
        ctx = self._ctx
        known = await self._state(feed)
        try:
            got = await ctx.fetch(feed.url, etag=known.etag, modified=known.modified)
            items = await self._items(feed, got)
        except SourceUnavailable as error:
            return await self._failed(feed, known, error.text, queue)
        except BadFeed as error:
            return await self._failed(feed, known, error.text, queue)
        except Exception as error:  # a content nobody foresaw: this feed's own trouble, never its neighbours'
            ctx.log.error("feed cannot be read", feed=feed.id, error=type(error).__name__)
            return await self._failed(feed, known, _UNREADABLE, queue)
        for write in await self._writes(feed, items):
            await queue.put(write)
        await queue.put(self._answered(feed, known, got, items))
        await queue.put(Heard(feed.id, ctx.clock.now()))
        return 0

    async def _items(self, feed: MediaFeed, got: Fetched) -> list[FeedItem]:
        if got.unchanged:
            return []
        now = self._ctx.clock.now()
        ahead = clock_ahead(self._ctx, now)
        return await asyncio.to_thread(read_feed, got.body, got.content_type, feed=feed.id, now=now, ahead=ahead)

    async def _writes(self, feed: MediaFeed, items: Sequence[FeedItem]) -> list[Write]:
        """New items in groups; an item met again with another title is corrected, and told of no second time."""
        if not items:
            return []
        async with self._ctx.read() as connection:
            found = await connection.execute(titles_of([one.id for one in items]))
            there = {id: title for id, title in found.all()}
        new = [one for one in items if one.id not in there and one.id not in self._known]
        self._known |= dict.fromkeys(one.id for one in new)
        while len(self._known) > KNOWN_KEPT:
            del self._known[next(iter(self._known))]
        corrected = [one for one in items if one.id in there and there[one.id] not in (None, one.title)]
        writes = [set_item(one.id, title=one.title, summary=one.summary) for one in corrected]
        rows = await asyncio.to_thread(self._rows, feed, new) if new else []
        return writes + [add_items(rows[at : at + AT_ONCE]) for at in range(0, len(rows), AT_ONCE)]

    def _answered(self, feed: MediaFeed, known: State, got: Fetched, items: Sequence[FeedItem]) -> Write:
        now = self._ctx.clock.now()
        return set_feed(
            feed.id,
            etag=got.etag or (known.etag if got.unchanged else None),
            modified=got.modified or (known.modified if got.unchanged else None),
            asked_at=now,
            answered_at=now,
            failing_since=None,
            failures=0,
            problem_vi=None,
            problem_en=None,
            items=len(items) if not got.unchanged else known.items,
        )

    async def _failed(
        self, feed: MediaFeed, known: State, why: Text, queue: asyncio.Queue[Said | Exception]
    ) -> int:  # fmt: skip
        now = self._ctx.clock.now()
        failures = known.failures + 1
        since = known.failing_since or now
        said = {"problem_vi": why.vi[:300], "problem_en": why.en[:300]}
        # the next answer is read in full: what made this one unreadable may be mended without a new etag
        gone = {"etag": None, "modified": None}
        await queue.put(set_feed(feed.id, asked_at=now, failing_since=since, failures=failures, **said, **gone))
        await queue.put(Heard(feed.id, now, why))
        return failures

    async def _state(self, feed: MediaFeed) -> State:
        async with self._ctx.read() as connection:
            row = (await connection.execute(select(feed_table).where(feed_table.c.id == feed.id))).mappings().first()
        return State(**{name: row[name] for name in State.__struct_fields__}) if row else State()


class State(msgspec.Struct, frozen=True):
    """What is remembered of a feed between two looks."""

    etag: str | None = None
    modified: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    items: int = 0
