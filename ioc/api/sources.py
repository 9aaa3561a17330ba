"""The sources of the city: where each stands in its life, its age, and how well it speaks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request
from pydantic import Field

from ioc.api.modules import judge_of, parts_now
from ioc.api.once import Doing
from ioc.api.people import Closed
from ioc.api.rights import classes_of, principal_of
from ioc.city.camera_class import camera_classes, class_of, is_of
from ioc.contract.deciding import Reply
from ioc.contract.rights import allow
from ioc.core.clock import parse_time
from ioc.core.dataclass import WALL
from ioc.core.errors import not_found
from ioc.core.text import nfc
from ioc.store import Transaction
from ioc.store.lives import decide_life

router = APIRouter(prefix="/api/v1/sources", tags=["sources"])

TOPIC = "source"


class NewLife(Closed):
    """Where a source is to stand. Only live sources raise alarms; the reason goes into the audit trail."""

    life: Literal["commissioning", "live", "maintenance"]
    reason: Annotated[str, Field(min_length=3, max_length=500, examples=["Thay đầu dò, thử ba ngày"])]


@router.get("", summary="Every source: life, state, age, period")
@allow("wall", "operator")
async def sources(request: Request) -> dict[str, Any]:
    """Sources by id. While the part that watches a source is not live, `state` is what its age says:
    `silent`, `late`, else `unknown`, with the reason."""
    state = request.app.state
    now = state.auth.clock.now()
    judge, parts = judge_of(state), await parts_now(state)
    bodies = [judge.source(body, parts, now) for body in await _bodies(request)]
    return {"sources": [body | {"age_s": _age_s(body["last_at"], now)} for body in bodies]}


@router.post("/{source_id}/life", summary="Put a source into commissioning, live or maintenance")
@allow("supervisor")
async def decide(request: Request, source_id: str, given: NewLife, once: Doing) -> dict[str, Any]:
    """Takes effect within three seconds; what a source says outside its live time is kept and raises nothing."""
    id, by = nfc(source_id), principal_of(request).id

    def job(tx: Transaction) -> Reply:
        owner, _, key = id.partition(":")
        decide_life(tx, owner, key, given.life, by=by, reason=nfc(given.reason))
        return Reply(200, {"id": id, "life": given.life})

    async def work() -> Reply:
        if id not in {body["id"] for body in await _bodies(request)}:
            raise not_found()
        return await once.commit(job)

    return (await once.answer(work)).body


async def _bodies(request: Request) -> list[dict[str, Any]]:
    """The sources the caller may see, by id: those of their modules, a camera's where they may see the camera."""
    principal, classes, cameras = principal_of(request), classes_of(request), camera_classes(request.app.state.city)
    rows = sorted(await request.app.state.store.latest.all([TOPIC]), key=lambda row: str(row.key))
    removed = _removed(request.app.state)
    bodies: list[dict[str, Any]] = [msgspec.json.decode(row.body) for row in rows if not is_of(row.key, removed)]
    mine = [body for body in bodies if not principal.modules or body["module"] in principal.modules]
    return [body for body in mine if class_of(body["id"], cameras) in classes]


async def all_sources(state: Any) -> list[dict[str, Any]]:
    """Every source whose class may be counted in the open, judged as it stands now."""
    now, cameras = state.auth.clock.now(), camera_classes(state.city)
    judge, parts = judge_of(state), await parts_now(state)
    rows, removed = await state.store.latest.all([TOPIC]), _removed(state)
    bodies = [msgspec.json.decode(row.body) for row in rows if not is_of(row.key, removed)]
    return [judge.source(body, parts, now) for body in bodies if class_of(body["id"], cameras) in WALL]


def _removed(state: Any) -> frozenset[str]:
    return frozenset(one.id for one in state.city.removed_cameras)


def _age_s(last_at: str | None, now: Any) -> float | None:
    return round(max(0.0, (now - parse_time(last_at)).total_seconds()), 1) if last_at else None
