"""The door for readings: one, or a batch of up to 1,000, from devices. The hot route: decoded by msgspec, no models."""

from __future__ import annotations

import hashlib

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from ioc.api.problems import known
from ioc.api.rights import principal_of
from ioc.contract.readings import Observation
from ioc.contract.rights import allow
from ioc.host.sent_readings import KIND, MAX_BATCH, MAX_WORD, Malformed, WrongCount, sort_out

router = APIRouter(prefix="/api/v1", tags=["observations"])


_EXAMPLE = {
    "id": "tram-01/2026-11-21T13:24:00Z",
    "kind": "noise.level",
    "key": "tram-01",
    "value": 71.5,
    "unit": "dB",
    "at": "2026-11-21T20:24:00+07:00",
}
_READING_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "kind", "key", "value", "unit", "at"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": MAX_WORD},
        "kind": {"type": "string", "pattern": f"^{KIND.pattern}$", "maxLength": MAX_WORD},
        "key": {"type": "string", "minLength": 1, "maxLength": MAX_WORD},
        "value": {"type": "number"},
        "unit": {"type": "string", "maxLength": MAX_WORD},
        "at": {"type": "string", "format": "date-time"},
        "quality": {"type": "string", "enum": ["good", "suspect", "bad", "substituted"], "default": "good"},
    },
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"oneOf": [_READING_SCHEMA, {"type": "array", "items": _READING_SCHEMA, "maxItems": MAX_BATCH}]},
            "example": _EXAMPLE,
        }
    },
}


@router.post(
    "/observations", status_code=202, openapi_extra={"requestBody": _BODY}, summary="Readings of a device: one or many"
)
@allow("device")
async def post_observations(request: Request) -> Response:
    """Takes readings; 202 once they are committed.

    A reading that cannot be used is refused by its index and does not hold up its neighbours; when none can be
    used the answer is 422. A repeat of the same readings (by `id`) is answered alike and kept once.
    """
    state, principal = request.app.state, principal_of(request)
    try:
        good, refused = sort_out(await request.body(), principal, state.auth.clock.now())
    except Malformed as error:
        raise known(400, error.text) from None
    except WrongCount as error:
        raise known(422, error.text) from None
    if good:
        await state.store.observations.write_batch(principal.id, good, key=_batch_key(good))
    elif refused:
        problem = known(422)
        problem.errors = tuple(refused)
        raise problem
    answer = {
        "accepted": len(good),
        "refused": [{"field": e.field, "vi": e.text.vi, "en": e.text.en} for e in refused],
    }
    return Response(msgspec.json.encode(answer), 202, media_type="application/json")


def _batch_key(good: list[Observation]) -> str:
    ids = "\0".join(str(one.id) for one in good)
    return hashlib.sha256(ids.encode("utf-8", "surrogatepass")).hexdigest()
