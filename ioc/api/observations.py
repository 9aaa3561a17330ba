"""The door for readings: one, or a batch of up to 1,000, from devices. The hot route: decoded by msgspec, no models."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from ioc.api.hostile import refuse_json
from ioc.api.plain_route import PlainRoute, whole_body
from ioc.api.problems import known
from ioc.api.rights import principal_of
from ioc.contract.rights import Principal, allow
from ioc.core.errors import FieldError
from ioc.host.key_share import KeyShare
from ioc.host.quick_readings import QuickReadings
from ioc.host.sent_readings import KIND, MAX_BATCH, MAX_WORD, Malformed, WrongCount, sort_out
from ioc.store.observations import Stored, stored

JSON = "application/json"
PIECE = 2_000  # bytes: from 2,048 on hashing lets other threads run

router = APIRouter(prefix="/api/v1", tags=["observations"], route_class=PlainRoute)


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
    body = await whole_body(request)
    accepted = await take_quickly(state, principal, body)
    refused: list[FieldError] = []
    if accepted is None:
        good, refused = _thoroughly(state, body, principal)
        accepted = await _keep(state, principal, good)
    return Response(answer_of(accepted, refused), 202, media_type=JSON)


async def take_quickly(state: Any, principal: Principal, body: bytes) -> int | None:
    """How many readings of a body are kept, after the commit; None when some of them need a closer look.

    Raises:
        StoreUnavailable: nothing is known to be kept.
    """
    good = _quick(state).take(body, principal, state.auth.clock.now())
    return None if good is None else await _keep(state, principal, good)


def answer_of(accepted: int, refused: Sequence[FieldError] = ()) -> bytes:
    """The body of the answer."""
    mistakes = [{"field": e.field, "vi": e.text.vi, "en": e.text.en} for e in refused]
    return _encode({"accepted": accepted, "refused": mistakes})


async def _keep(state: Any, principal: Principal, good: list[Stored]) -> int:
    await state.store.observations.write_stored(principal.id, good, key=_batch_key(good))
    return len(good)


def _quick(state: Any) -> QuickReadings:
    if not hasattr(state, "quick_readings"):
        state.key_share = KeyShare()
        state.quick_readings = QuickReadings(state.reading_owners, state.key_share)
    quick: QuickReadings = state.quick_readings
    return quick


def _thoroughly(state: Any, body: bytes, principal: Principal) -> tuple[list[Stored], list[FieldError]]:
    """Each reading looked at by itself.

    Raises:
        Problem: 400 for what is no JSON or hostile, 422 when no reading can be used.
    """
    hostile = refuse_json(body)
    if hostile is not None:
        raise known(400, hostile)
    try:
        good, refused = sort_out(body, principal, state.auth.clock.now(), state.reading_owners, state.key_share)
    except Malformed as error:
        raise known(400, error.text) from None
    except WrongCount as error:
        raise known(422, error.text) from None
    if not good:
        problem = known(422)
        problem.errors = tuple(refused)
        raise problem
    return [stored(one) for one in good], refused


def _batch_key(good: list[Stored]) -> str:
    """The same for the same ids of the same series and times: a device that counts from 1 again after a start has new
    readings under old ids, and its series tell which of them came within 48 hours. In pieces, because for long ones the
    library lets other threads run and then waits for its turn."""
    ids = "\0".join([f"{one.kind}\0{one.key}\0{one.id}\0{one.at.timestamp()}" for one in good])
    digest = hashlib.sha256()
    words = ids.encode("utf-8", "surrogatepass")
    for start in range(0, len(words), PIECE):
        digest.update(words[start : start + PIECE])
    return digest.hexdigest()


_encode = msgspec.json.Encoder().encode
