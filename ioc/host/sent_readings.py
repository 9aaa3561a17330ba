"""Readings as devices send them, whatever the door (HTTP, MQTT): decoded by msgspec, each judged by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.contract.bodies import wrong_shape
from ioc.contract.readings import Observation, Quality
from ioc.contract.rights import Principal
from ioc.core.clock import parse_time
from ioc.core.errors import FieldError
from ioc.core.text import Text, nfc
from ioc.host.key_share import TOO_MANY, KeyShare
from ioc.host.reading_owners import may_send

MAX_BATCH = 1_000
MAX_WORD = 120  # characters of an id, kind, key or unit
OLDEST = timedelta(days=3650)
FURTHEST = timedelta(
    days=366
)  # a clock may run off by a day or a month; beyond this no calendar of ours reaches safely
KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class Malformed(Exception):
    """What was sent is no JSON."""

    text = Text("JSON sai cú pháp", "Malformed JSON")


class WrongCount(Exception):
    """What was sent is neither a reading nor a list of at most `MAX_BATCH`."""

    text = Text(f"Mỗi lần gửi từ 1 đến {MAX_BATCH} số đo", f"Send 1 to {MAX_BATCH} readings at a time")


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reading as sent. `at` is RFC 3339 with a zone; `id` is the device's own, the same on every repeat."""

    id: str
    kind: str
    key: str
    value: float
    unit: str
    at: str
    quality: Quality = "good"


_batch = msgspec.json.Decoder(list[Reading] | Reading)
_anything = msgspec.json.Decoder()


def sort_out(
    body: bytes,
    principal: Principal,
    now: datetime,
    owners: Collection[str] | None = None,
    share: KeyShare | None = None,
) -> tuple[list[Observation], list[FieldError]]:
    """The readings that can be used, once each, and what is wrong with the others.

    `owners` are those whose kinds may come in (None: any), `share` what the key may still speak for. A time in the
    future is no reason to refuse a reading: it is kept, and judged to be bad.

    Raises:
        Malformed: the body is no JSON.
        WrongCount: it is no reading and no list of at most 1,000.
    """
    items = _items(body)
    good: dict[tuple[str, str, str], Observation] = {}
    refused: list[FieldError] = []
    for index, item in enumerate(items):
        reading, mistake = _read(item)
        if reading is not None:
            made = _check(reading, principal, now, owners)
            if isinstance(made, Observation) and not _shared(made, principal, now, share):
                made = FieldError("key", TOO_MANY)
            if isinstance(made, Observation):
                good.setdefault((made.kind, made.key, reading.id), made)
                continue
            mistake = made
        if mistake is not None:
            refused.append(FieldError(f"{index}.{mistake.field}".rstrip("."), mistake.text))
    return list(good.values()), refused


def _shared(reading: Observation, principal: Principal, now: datetime, share: KeyShare | None) -> bool:
    return share is None or share.takes(principal.id, [(reading.kind, reading.key)], now.toordinal())


def _items(body: bytes) -> list[Any]:
    try:
        found: Any = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise Malformed from None
    items = found if isinstance(found, list) else [found]
    if not 1 <= len(items) <= MAX_BATCH:
        raise WrongCount
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
        return None, wrong_shape(str(error))


def _check(
    reading: Reading, principal: Principal, now: datetime, owners: Collection[str] | None
) -> Observation | FieldError:
    for field, fits, text in _RULES:
        if not fits(reading):
            return FieldError(field, text)
    owner = reading.kind.partition(".")[0]
    if not may_send(principal, owner):
        return FieldError("kind", Text("Khóa này không được gửi loại đó", "This key may not send that kind"))
    if owners is not None and owner not in owners:
        return FieldError("kind", _NOBODYS.fill(owner=owner))
    at = _time(reading.at)
    if at is None or not now - OLDEST <= at <= now + FURTHEST:
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


def is_word(text: str, least: int = 1) -> bool:
    """Whether it is short and of characters that can be shown: what an id, key or unit may be."""
    return least <= len(text) <= MAX_WORD and (text.isprintable() or not text)


_BAD_TIME = Text("Thời gian phải theo RFC 3339 và có múi giờ", "The time must be RFC 3339 with a zone")
_OFF_TIME = Text("Thời gian cách hiện tại quá xa", "The time lies too far from now")
_NOBODYS = Text("Thành phố không chạy mô-đun {owner}", "The city runs no module {owner}")
_RULES: tuple[tuple[str, Callable[[Reading], bool], Text], ...] = (
    ("id", lambda r: is_word(r.id), Text("Cần mã từ 1 đến 120 ký tự", "Needs an id of 1 to 120 characters")),
    (
        "kind",
        lambda r: len(r.kind) <= MAX_WORD and KIND.fullmatch(r.kind) is not None,
        Text("Cần loại như noise.level", "Needs a kind such as noise.level"),
    ),
    ("key", lambda r: is_word(r.key), Text("Cần khóa từ 1 đến 120 ký tự", "Needs a key of 1 to 120 characters")),
    ("value", lambda r: math.isfinite(r.value), Text("Phải là số hữu hạn", "Must be a finite number")),
    ("unit", lambda r: is_word(r.unit, 0), Text("Đơn vị dài nhất 120 ký tự", "A unit has at most 120 characters")),
)
