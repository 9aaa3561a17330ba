"""The module's ways in: social posts from devices, and stories to screens."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select

from ioc.contract import Decision, Door, Principal, Reply, Run, allow, door
from ioc.contract.bodies import described, fingerprint, read_bytes
from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.ids import is_id
from ioc.core.text import Text
from modules.media.atlas import Atlas
from modules.media.limits import clock_ahead
from modules.media.module import ward_of
from modules.media.posts import Taken, again, check_times, new_writes, nowhere, sealed, taken, worth_a_look
from modules.media.shapes import PostIn, PostsIn, Several, posts_of
from modules.media.statements import titles_of
from modules.media.tables import story
from modules.media.views import item_view, items_of, recent_stories, story_view

MODULE = "media"
MOST = 200
MOST_BODY = 4 * 1024 * 1024
SHOWN_ITEMS = 50
REVEALED = 20

_SHAPES = [described(one)["requestBody"]["content"]["application/json"]["schema"] for one in (PostIn, Several, PostsIn)]
POSTS = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": _SHAPES}}}}}

_NOWHERE = Text(
    "Bài không nêu nơi nào trong thành phố thì được lưu và đếm, nhưng không vào tin nào nên không hiện trên màn hình.",
    "Posts that name no place of this city are kept and counted, but belong to no story, so that no screen shows them.",
)

router = APIRouter(prefix="/api/v1/media", tags=["media"])
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128)]


@router.post("/posts", status_code=202, openapi_extra=POSTS, summary="Social posts: one, or up to 500")
@allow("device", "operator", module=MODULE)
async def post_posts(request: Request, idempotency_key: Key = None) -> JSONResponse:
    """Takes social posts of official interfaces or exported files; 202 once they are committed.

    `without_place` counts those that name no place of this city: they are kept and counted, and stand in no story.
    A post dated further ahead than a clock may run is refused.

    A post met again (by its `id` and `author`) is kept once, whatever sends it; only how many people it reached is
    brought up to date. Author, words and address of a post never stand in an event or on a screen.
    """
    here = door(request, MODULE)
    by = here.principal(request)
    body = await read_bytes(request, MOST_BODY)
    posts = posts_of(body)
    now = here.clock.now()
    check_times(posts, now + clock_ahead(here, now))
    atlas = atlas_of(request, here)
    found = await asyncio.to_thread(taken, posts, atlas, here)
    reply = await _keep(here, by, found, f"posts:{idempotency_key}" if idempotency_key else None, fingerprint(body))
    return JSONResponse(reply.body, reply.status)


async def _keep(here: Door, by: Principal, found: list[Taken], key: str | None, print_: bytes) -> Reply:
    now = here.clock.now()
    once = {one.id: one for one in found}
    rows = {one.id: new_writes(one, here, by, now) for one in once.values()}

    def decide(run: Run) -> Decision:
        there = {row.id for row in run(titles_of(once))}
        new = [one for one in once.values() if one.id not in there]
        return Decision(
            reply=Reply(202, _told(new, len(found) - len(new))),
            writes=[write for id, one in once.items() for write in (again(one) if id in there else rows[id])],
            sealed=[sealed(one) for one in new if worth_a_look(one)],
        )

    return await here.decide(decide, by=by, key=key, fingerprint=print_)


def _told(new: list[Taken], repeated: int) -> dict[str, Any]:
    """What was taken, and of what nothing will be seen."""
    count = sum(nowhere(one) for one in new)
    told: dict[str, Any] = {"accepted": len(new), "repeated": repeated, "without_place": count}
    return told | {"note": {"vi": _NOWHERE.vi, "en": _NOWHERE.en}} if count else told


@router.get("/stories")
@allow("operator", "wall", module=MODULE)
async def list_stories(request: Request, limit: Annotated[int, Query(ge=1, le=MOST)] = 50) -> dict[str, Any]:
    """Stories of the city, newest first. One whose place is not certain names the wards it may be, and why."""
    here = door(request, MODULE)
    async with here.read() as connection:
        rows = (await connection.execute(recent_stories(limit))).mappings().all()
    atlas = atlas_of(request, here)
    return {"stories": [story_view(row, atlas) for row in rows]}


@router.get("/stories/{id}")
@allow("operator", module=MODULE)
async def get_story(
    request: Request,
    id: Annotated[str, Path(max_length=36)],
    reveal: bool = False,
    reason: Annotated[str, Query(max_length=300)] = "",
) -> dict[str, Any]:
    """One story with its items; with `reveal=1&reason=…` also the words of posts that were sealed, audited."""
    here = door(request, MODULE)
    if not is_id(id):
        raise not_found()
    async with here.read() as connection:
        row = (await connection.execute(select(story).where(story.c.id == id))).mappings().first()
        items = (await connection.execute(items_of(id, SHOWN_ITEMS))).mappings().all()
    if row is None:
        raise not_found()
    view = {**story_view(row, atlas_of(request, here)), "items": [item_view(one) for one in items]}
    if reveal:
        refs = [one["personal"] for one in items if one["personal"]][:REVEALED]
        view["personal"] = await _revealed(here, here.principal(request), refs, reason)
    return view


async def _revealed(here: Door, by: Principal, refs: list[str], reason: str) -> list[dict[str, str]]:
    if not reason.strip():
        raise bad_field("reason", "Cần nêu lý do xem dữ liệu cá nhân", "Say why you look at personal data")
    found = []
    for ref in refs:
        try:
            found.append(await here.personal.reveal(ref, by=by, reason=reason))
        except Problem as gone:  # the words of one post were erased; those of the others are there
            if gone.status != 404:
                raise
    return found


def atlas_of(request: Request, here: Door) -> Atlas:
    """The city's places by name, made once for the application."""
    state = request.app.state
    if not hasattr(state, "media_atlas"):
        state.media_atlas = Atlas(here.city, ward_of(here.gis))
    made: Atlas = state.media_atlas
    return made
