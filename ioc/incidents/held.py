"""What belongs to a case, people and evidence: what a legal hold on it covers, and setting one."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, select

from ioc.core.errors import not_found
from ioc.core.text import nfc
from ioc.incidents.tables import incident
from ioc.incidents.view import from_store
from ioc.store import Job, Store, Transaction
from ioc.store.evidence import ref_of
from ioc.store.held_stories import references, story_ref
from ioc.store.holds import Scope
from ioc.store.log import events_of_story
from ioc.store.tables import evidence


async def set_hold(store: Store, scope: Scope, object: str, *, by: str, reason: str) -> str:
    """Holds something from now on, as `Holds.add`; of a case what belongs to it is found in the commit of the hold, so
    that nothing comes to it in between. Returns the hold's id.

    Raises:
        Problem: as `Holds.add`; 404 when there is no such case.
    """
    hold = await store.write(await setting_hold(store, scope, object, by=by, reason=reason))
    await store.holds.told(scope)
    return hold


async def setting_hold(store: Store, scope: Scope, object: str, *, by: str, reason: str) -> Job[str]:
    """What does so in a commit and gives the hold's id; `Holds.told` ends it. Raises Problem as `Holds.adding`."""
    refs = partial(_of_case, incident_id=nfc(object).strip()) if scope == "incident" else ()
    return await store.holds.adding(scope, object, refs=refs, by=by, reason=reason)


async def references_of(store: Store, incident_id: str) -> set[str]:
    """What the case and every event of its story refer to, the evidence of these, and the story itself; raises Problem
    404 when there is no such case."""
    async with store.read() as connection:
        return _known(await connection.run_sync(_found, incident_id))


async def cover_incidents(store: Store) -> None:
    """Adds to each hold on a case what belongs to it. What comes later is covered as it comes
    (`ioc.store.held_stories`), unless an older build set the hold. A case that nobody knows any more, because an older
    backup was put back, keeps what is covered already."""
    holds = [one for one in await store.holds.list() if one.scope == "incident"]
    async with store.read() as connection:
        found = {one.id: await connection.run_sync(_found, one.object) for one in holds}
    await store.holds.cover({hold: refs for hold, refs in found.items() if refs is not None})


def _of_case(tx: Transaction, incident_id: str) -> set[str]:
    tx.flush()
    return _known(_found(tx.connection, incident_id))


def _known(refs: set[str] | None) -> set[str]:
    if refs is None:
        raise not_found()
    return refs


def _found(connection: Connection, incident_id: str) -> set[str] | None:
    view = connection.execute(select(incident.c.view).where(incident.c.id == incident_id)).scalar_one_or_none()
    if view is None:
        return None
    case = from_store(bytes(view))
    found = {ref for one in events_of_story(connection, case.correlation) for ref in references(one.envelope.data)}
    story = select(evidence.c.event).where(evidence.c.correlation == case.correlation)
    pictures = {ref_of(event) for event in connection.execute(story).scalars()}
    return found | pictures | {story_ref(case.correlation)} | ({case.personal} if case.personal else set())
