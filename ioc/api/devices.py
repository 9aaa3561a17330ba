"""Keys of devices and walls, for the administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import Field

from ioc.api.once import Doing
from ioc.api.people import Closed, Modules
from ioc.api.rights import principal_of
from ioc.contract.deciding import Reply
from ioc.contract.rights import allow

router = APIRouter(prefix="/api/v1/devices", tags=["devices"])


class NewKey(Closed):
    """A device or wall to be let in. No module named means all of the city."""

    kind: Literal["device", "wall"]
    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Trạm quan trắc cầu Hoàng Long"])]
    modules: Annotated[Modules, Field(default_factory=list)]
    days: Annotated[int, Field(ge=1, le=1100, description="How long the key is good")] = 365


@router.get("", summary="Every key")
@allow("admin")
async def keys(request: Request) -> dict[str, Any]:
    """Keys, newest first; the signed text itself is not kept and cannot be shown again."""
    found = await request.app.state.auth.devices.list()
    return {"keys": [msgspec.to_builtins(one) for one in found]}


@router.post("", status_code=201, summary="A new key; its text is shown this once")
@allow("admin")
async def issue(request: Request, given: NewKey, once: Doing) -> dict[str, Any]:
    """Issues a key, to be sent as `Authorization: Bearer`. Only who has its `Idempotency-Key` is shown it again."""
    devices = request.app.state.auth.devices

    async def work() -> Reply:
        job = devices.issuing(
            kind=given.kind,
            name=given.name,
            modules=given.modules,
            valid_for=timedelta(days=given.days),
            by=principal_of(request).id,
        )
        return await once.commit(lambda tx: Reply(201, {"id": job(tx)}))  # what is kept of the answer has no secret

    made = await devices.issued((await once.answer(work)).body["id"])
    return {"id": made.id, "token": made.token, "expires": made.expires}


@router.delete("/{key_id}", status_code=204, summary="Revoke a key")
@allow("admin")
async def revoke(request: Request, key_id: str) -> Response:
    """Ends a key for good; whoever uses it is out within five seconds."""
    await request.app.state.auth.devices.revoke(key_id, by=principal_of(request).id)
    return Response(status_code=204)
