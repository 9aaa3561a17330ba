"""What a topic looks like now, with the position up to which that is true."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ioc.core.envelope import Recorded, decode
from ioc.feed.options import Options
from ioc.feed.ports import Sources
from ioc.feed.subscription import View
from ioc.feed.wire import Item, event_item, incident_item

Value = TypeVar("Value")
_PAGES = 10  # of events looked through for those inside a client's box


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A topic's elements, all of them or those of one view, true up to `position`."""

    position: int
    items: tuple[Item, ...]


class Shared(Generic[Value]):
    """One read for all who ask at about the same time."""

    def __init__(self, age_s: float) -> None:
        self._age_s = age_s
        self._reads: dict[Hashable, asyncio.Task[Value]] = {}

    async def get(self, key: Hashable, read: Callable[[], Awaitable[Value]]) -> Value:
        """The value read under `key` not longer than the age ago, or a fresh read; a read's error reaches all."""
        task = self._reads.get(key)
        if task is None:
            task = asyncio.ensure_future(self._read(key, read))
            task.add_done_callback(_seen)
            self._reads[key] = task
        # Shielded: one client that leaves must not take the read from the others.
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Whoever asks from now on is given a fresh read."""
        self._reads.clear()

    async def _read(self, key: Hashable, read: Callable[[], Awaitable[Value]]) -> Value:
        try:
            return await read()
        finally:
            asyncio.get_running_loop().call_later(self._age_s, self._reads.pop, key, None)


def _seen(task: asyncio.Task[Value]) -> None:
    # Whoever waits is told of an error; when all have left nobody needs it.
    if not task.cancelled():
        task.exception()


class Snapshots:
    """Reads the durable topics' snapshots; those of last-known topics lie in the hub's memory."""

    def __init__(self, sources: Sources, options: Options) -> None:
        self._sources, self._options = sources, options
        self._shared: Shared[Snapshot] = Shared(options.snapshot_age_s)

    async def incidents(self) -> Snapshot:
        """Every incident the screens show; filtered per client."""
        return await self._shared.get("incidents", self._read_incidents)

    async def events(self, view: View) -> Snapshot:
        """The newest events of a view."""
        return await self._shared.get(view.key, lambda: self._read_events(view))

    def forget(self) -> None:
        """Whoever asks from now on is given a fresh snapshot."""
        self._shared.forget()

    async def _read_incidents(self) -> Snapshot:
        page = await self._sources.incidents()
        return Snapshot(page.position, tuple(map(incident_item, page.incidents)))

    async def _read_events(self, view: View) -> Snapshot:
        # The head first: an event that arrives between the reads comes twice, which does no harm, never not at all.
        head = await self._sources.log.head()
        found: list[Item] = []
        before: int | None = None
        for _ in range(_PAGES):
            page = await self._sources.log.query(
                modules=sorted(view.modules) if view.modules is not None else None,
                severity_min=view.severity,
                classes=sorted(view.classes),
                limit=self._options.newest_events,
                before_position=before,
            )
            items = (event_item(Recorded(row.position, decode(row.body))) for row in page)
            found += [item for item in items if view.shows(item.scope)]
            if len(page) < self._options.newest_events or len(found) >= self._options.newest_events:
                break
            before = page[-1].position
        return Snapshot(head, tuple(found[: self._options.newest_events]))
