"""Fences of sources that several processes share out among themselves: each taking of a source raises its number, and
whoever comes with an older one is refused in the very commit in which it wanted to write.

They stand beside the observation log, because that is what they keep from being written twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from ioc.store.series_tables import source_fence
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction


class Fences:
    """The fences of all sources."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def take(self, sources: Collection[str], owner: str) -> dict[str, int]:
        """Makes sources this owner's; the fence of each. From this commit on nothing of an earlier owner is kept."""
        names = sorted(sources)
        return await self._access.write(lambda tx: _take(tx, names, owner)) if names else {}

    async def ours(self, held: Mapping[str, int]) -> frozenset[str]:
        """Which of these sources nobody else has taken since. Asks in the order of commits, not a replica."""
        fences = dict(held)
        return await self._access.write(lambda tx: frozenset(fences) - taken(tx, fences))


def taken(tx: Transaction, held: Mapping[str, int]) -> frozenset[str]:
    """Which of these sources another has taken; to be asked in the commit that writes."""
    c = source_fence.c
    rows = tx.execute(select(c.source, c.fence).where(c.source.in_(sorted(held)))).all()
    now = {source: fence for source, fence in rows}
    return frozenset(source for source, fence in held.items() if now.get(source) != fence)


def _take(tx: Transaction, names: Iterable[str], owner: str) -> dict[str, int]:
    wanted = list(names)
    for name in wanted:
        insert = insert_for(tx.connection, source_fence).values(source=name, fence=1, owner=owner)
        raised = {"fence": source_fence.c.fence + 1, "owner": owner}
        tx.execute(insert.on_conflict_do_update(index_elements=["source"], set_=raised))
    c = source_fence.c
    rows = tx.execute(select(c.source, c.fence).where(c.source.in_(wanted))).all()
    return {source: int(fence) for source, fence in rows}
