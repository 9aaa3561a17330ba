"""Legal holds: what is kept beyond its time. For the administrator, as the audit trail tells who and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from ioc.api.once import Doing
from ioc.api.people import Closed
from ioc.api.rights import principal_of
from ioc.contract.deciding import Reply
from ioc.contract.rights import allow
from ioc.core.clock import iso
from ioc.incidents.held import setting_hold
from ioc.store import Transaction
from ioc.store.holds import Hold

router = APIRouter(prefix="/api/v1/holds", tags=["holds"])

Reason = Annotated[str, Field(min_length=3, max_length=500, examples=["Công văn 12/CV-CA ngày 5-1-2026"])]


class NewHold(Closed):
    """What is to be kept: a case by its id, a person by the reference in `personal`, a source as `kind:key` (a kind
    alone: all of its keys), or the pictures about one event by the event's id."""

    scope: Literal["incident", "person", "source", "evidence"]
    object: Annotated[str, Field(min_length=1, max_length=300, examples=["rain.level:tram-01"])]
    reason: Reason


class Release(Closed):
    """Why nothing needs to be kept any more."""

    reason: Reason


@router.get("", summary="Holds in force, or all")
@allow("admin")
async def holds(request: Request, released: bool = False) -> dict[str, Any]:
    """Oldest first; with `released` also those that ended."""
    return {"holds": [view(one) for one in await request.app.state.store.holds.list(released=released)]}


@router.post("", status_code=201, summary="Keep data beyond their time")
@allow("admin")
async def hold(request: Request, given: NewHold, once: Doing) -> dict[str, Any]:
    """From now on what is held is neither swept nor erased; 404 for a case, person, source or event that nobody knows,
    and a person who was erased."""
    store, by = request.app.state.store, principal_of(request).id

    async def work() -> Reply:
        job = await setting_hold(store, given.scope, given.object, by=by, reason=given.reason)
        return await once.commit(lambda tx: Reply(201, {"id": job(tx)}))

    set_ = await once.answer(work)
    await store.holds.told(given.scope)
    return set_.body


@router.post("/{hold_id}/release", status_code=204, summary="End a hold")
@allow("admin")
async def release(request: Request, hold_id: str, given: Release, once: Doing) -> Response:
    """What is past its time goes within the hour; 404 when no such hold is in force."""
    job = request.app.state.store.holds.releasing(hold_id, by=principal_of(request).id, reason=given.reason)

    def released(tx: Transaction) -> Reply:
        job(tx)
        return Reply(204, {})

    return Response(status_code=(await once.commit(released)).status)


def view(one: Hold) -> dict[str, Any]:
    """A hold as plain values."""
    ended = None
    if one.released_at:
        ended = {"by": one.released_by, "at": iso(one.released_at), "reason": one.released_because}
    return {
        "id": one.id,
        "scope": one.scope,
        "object": one.object,
        "reason": one.reason,
        "by": one.by,
        "at": iso(one.at),
        "people": one.refs,
        "evidence": one.evidence,
        "released": ended,
    }
