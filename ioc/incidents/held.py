"""References that belong to a case, of people and of evidence: what a legal hold on it covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from ioc.core.errors import not_found
from ioc.incidents.tables import incident
from ioc.incidents.view import from_store
from ioc.store import Store
from ioc.store.evidence import ref_of
from ioc.store.tables import evidence

_REFERENCES = ("personal", "note_ref")
_MOST_EVENTS = 10_000


async def references_of(store: Store, incident_id: str) -> set[str]:
    """What the case and every event of its story refer to, and the evidence of these; raises Problem 404 when there is
    no such case."""
    async with store.read() as connection:
        statement = select(incident.c.view).where(incident.c.id == incident_id)
        view = (await connection.execute(statement)).scalar_one_or_none()
    if view is None:
        raise not_found()
    case = from_store(bytes(view))
    told = await store.log.query(correlation=case.correlation, limit=_MOST_EVENTS)
    found = {ref for one in told for ref in _references(one.envelope.data)}
    return found | ({case.personal} if case.personal else set()) | await _evidence_of(store, case.correlation)


async def cover_incidents(store: Store) -> None:
    """Adds to each hold on a case what came to the case since."""
    holds = [one for one in await store.holds.list() if one.scope == "incident"]
    await store.holds.cover({one.id: await references_of(store, one.object) for one in holds})


async def _evidence_of(store: Store, correlation: str) -> set[str]:
    async with store.read() as connection:
        story = select(evidence.c.event).where(evidence.c.correlation == correlation)
        return {ref_of(event) for event in (await connection.execute(story)).scalars()}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _REFERENCES and isinstance(inner, str):
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
