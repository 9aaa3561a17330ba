"""The door for readings: one, or a batch of up to 1,000, from devices. The hot route: decoded by msgspec, no models."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from ioc.api.problems import known
from ioc.api.rights import principal_of
from ioc.contract.readings import Observation, Quality
from ioc.contract.rights import Principal, allow
from ioc.core.clock import parse_time
from ioc.core.errors import FieldError
from ioc.core.text import Text, nfc

router = APIRouter(prefix="/api/v1", tags=["observations"])

MAX_BATCH = 1_000
AHEAD = timedelta(minutes=5)  # clocks of devices run off; beyond this a time is a mistake
OLDEST = timedelta(days=3650)
_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_MAX_WORD = 120


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reading as sent. `at` is RFC 3339 with a zone; `id` is the device's own, the same on every repeat."""

    id: str
    kind: str
    key: str
    value: float
    unit: str
    at: str
    quality: Quality = "good"


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
        "id": {"type": "string", "minLength": 1, "maxLength": _MAX_WORD},
        "kind": {"type": "string", "pattern": f"^{_KIND.pattern}$", "maxLength": _MAX_WORD},
        "key": {"type": "string", "minLength": 1, "maxLength": _MAX_WORD},
        "value": {"type": "number"},
        "unit": {"type": "string", "maxLength": _MAX_WORD},
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
_batch = msgspec.json.Decoder(list[Reading] | Reading)
_anything = msgspec.json.Decoder()


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
    good, refused = sort_out(await request.body(), principal, state.auth.clock.now())
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


def sort_out(body: bytes, principal: Principal, now: datetime) -> tuple[list[Observation], list[FieldError]]:
    """The readings that can be used, once each, and what is wrong with the others.

    Raises:
        Problem: 400 when the body is no JSON, 422 when it is no reading and no list of at most 1,000.
    """
    items = _items(body)
    good: dict[str, Observation] = {}
    refused: list[FieldError] = []
    for index, item in enumerate(items):
        reading, mistake = _read(item)
        if reading is not None:
            made = _check(reading, principal, now)
            if isinstance(made, Observation):
                good.setdefault(reading.id, made)
                continue
            mistake = made
        if mistake is not None:
            refused.append(FieldError(f"{index}.{mistake.field}".rstrip("."), mistake.text))
    return list(good.values()), refused


def _items(body: bytes) -> list[Any]:
    try:
        found: Any = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise known(400, Text("JSON sai cú pháp", "Malformed JSON")) from None
    items = found if isinstance(found, list) else [found]
    if not 1 <= len(items) <= MAX_BATCH:
        raise known(422, Text(f"Mỗi lần gửi từ 1 đến {MAX_BATCH} số đo", f"Send 1 to {MAX_BATCH} readings at a time"))
    return items


def _decode(body: bytes) -> Any:
    try:
        return _batch.decode(body)
    except msgspec.ValidationError:
        return _anything.decode(body)  # some reading is wrong: each is looked at by itself


def _read(item: Any) -> tuple[Reading | None, FieldError | None]:
    if isinstance(item, Reading):
        return item, None
    try:
        return msgspec.convert(item, Reading), None
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        field = where.rstrip("`").lstrip(".")
        return None, FieldError(field, Text("Trường thiếu, thừa hoặc sai kiểu", what[:200]))


def _check(reading: Reading, principal: Principal, now: datetime) -> Observation | FieldError:
    for field, fits, text in _RULES:
        if not fits(reading):
            return FieldError(field, text)
    if principal.modules and reading.kind.partition(".")[0] not in principal.modules:
        return FieldError("kind", Text("Khóa này không được gửi loại đó", "This key may not send that kind"))
    at = _time(reading.at)
    if at is None or not now - OLDEST <= at <= now + AHEAD:
        return FieldError("at", _BAD_TIME if at is None else _OFF_TIME)
    return Observation(
        kind=reading.kind,
        key=nfc(reading.key),
        value=reading.value,
        unit=nfc(reading.unit),
        at=at,
        quality=reading.quality,
        simulated=principal.simulated,
        id=reading.id,
    )


def _time(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except ValueError:
        return None


def _word(text: str, least: int = 1) -> bool:
    return least <= len(text) <= _MAX_WORD and (text.isprintable() or not text)


_BAD_TIME = Text("Thời gian phải theo RFC 3339 và có múi giờ", "The time must be RFC 3339 with a zone")
_OFF_TIME = Text("Thời gian ở tương lai hoặc quá cũ", "The time lies in the future or too far back")
_RULES: tuple[tuple[str, Callable[[Reading], bool], Text], ...] = (
    ("id", lambda r: _word(r.id), Text("Cần mã từ 1 đến 120 ký tự", "Needs an id of 1 to 120 characters")),
    (
        "kind",
        lambda r: len(r.kind) <= _MAX_WORD and _KIND.fullmatch(r.kind) is not None,
        Text("Cần loại như noise.level", "Needs a kind such as noise.level"),
    ),
    ("key", lambda r: _word(r.key), Text("Cần khóa từ 1 đến 120 ký tự", "Needs a key of 1 to 120 characters")),
    ("value", lambda r: math.isfinite(r.value), Text("Phải là số hữu hạn", "Must be a finite number")),
    ("unit", lambda r: _word(r.unit, 0), Text("Đơn vị dài nhất 120 ký tự", "A unit has at most 120 characters")),
)


def _batch_key(good: list[Observation]) -> str:
    ids = "\0".join(str(one.id) for one in good)
    return hashlib.sha256(ids.encode("utf-8", "surrogatepass")).hexdigest()
