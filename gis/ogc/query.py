"""Query parameters of the OGC API, read strictly: an unknown one is refused (OGC 17-069r4, query-param-unknown)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone

from gis.bbox import parse_bbox
from gis.ogc.model import CRS84, DEFAULT_LIMIT, MAX_LIMIT, Interval, ItemsQuery
from gis.reason import Reason, Refused

EVERYWHERE = frozenset({"f", "lang"})
OF_ITEMS = EVERYWHERE | {"bbox", "bbox-crs", "crs", "datetime", "limit", "cursor"}
_CRS84_NAMES = frozenset({CRS84, "urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "CRS84", ""})
_VIETNAM = timezone(timedelta(hours=7))


def known(pairs: Iterable[tuple[str, str]], allowed: frozenset[str]) -> dict[str, str]:
    """The parameters by name.

    Raises:
        Refused: one is unknown here or comes twice.
    """
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise Refused(_unknown(name, allowed))
        if name in values:
            vi, en = f"Tham số “{name}” lặp lại.", f"The parameter “{name}” comes twice."
            raise Refused(Reason("repeated-parameter", vi, en, name))
        values[name] = value
    return values


def items_query(values: dict[str, str], collection: str) -> ItemsQuery:
    """The query of a collection's items.

    Raises:
        Refused: a value cannot be read.
    """
    for name in ("bbox-crs", "crs"):
        if values.get(name, "") not in _CRS84_NAMES:
            vi = f"{name}: chỉ hỗ trợ CRS84 (kinh độ, vĩ độ WGS 84)."
            en = f"{name}: only CRS84 (WGS 84 longitude, latitude) is supported."
            raise Refused(Reason("unknown-crs", vi, en, name))
    return ItemsQuery(
        limit=parse_limit(values["limit"]) if "limit" in values else DEFAULT_LIMIT,
        bbox=parse_bbox(values["bbox"]) if "bbox" in values else None,
        interval=parse_interval(values["datetime"]) if "datetime" in values else None,
        after=read_cursor(values["cursor"], collection) if "cursor" in values else None,
    )


def parse_limit(text: str) -> int:
    """A page size; more than the most allowed is taken as the most, as the standard asks.

    Raises:
        Refused: not a whole number of at least 1.
    """
    if not (text.isascii() and text.isdigit()) or not text.strip("0"):
        vi = f"limit phải là số nguyên từ 1 đến {MAX_LIMIT}."
        en = f"limit must be a whole number from 1 to {MAX_LIMIT}."
        raise Refused(Reason("bad-limit", vi, en, "limit"))
    return min(int(text[:9]), MAX_LIMIT)


def parse_interval(text: str) -> Interval:
    """An instant or `start/end`, either end open as `..` or empty; a bare date is that whole day in Vietnam.

    Raises:
        Refused: no RFC 3339 time, a time without a zone, both ends open, or the end before the start.
    """
    parts = text.split("/")
    if len(parts) == 1:
        interval = Interval(_moment(text, last=False), _moment(text, last=True))
    elif len(parts) == 2:
        interval = Interval(*(_end(part, last=bool(i)) for i, part in enumerate(parts)))
    else:
        raise _bad_time(text)
    if interval == (None, None) and text != "../..":
        raise _bad_time(text)
    if interval.start and interval.end and interval.end < interval.start:
        raise _bad_time(text)
    return interval


def write_cursor(collection: str, after: str) -> str:
    """The opaque text that stands for the place after which the next page begins."""
    return base64.urlsafe_b64encode(json.dumps([collection, after]).encode()).decode().rstrip("=")


def read_cursor(text: str, collection: str) -> str:
    """The source's key in a cursor.

    Raises:
        Refused: it was not written for this collection.
    """
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not (isinstance(found, list) and len(found) == 2 and found[0] == collection and isinstance(found[1], str)):
        raise bad_cursor()
    return found[1]


def bad_cursor() -> Refused:
    """The refusal of a cursor that no page of this collection gave."""
    return Refused(
        Reason(
            "bad-cursor",
            "cursor không hợp lệ: hãy dùng liên kết “next” của trang trước.",
            "The cursor is not valid: follow the “next” link of the page before.",
            "cursor",
        )
    )


def _end(text: str, *, last: bool) -> datetime | None:
    return None if text in ("", "..") else _moment(text, last=last)


def _moment(text: str, *, last: bool) -> datetime:
    try:
        if len(text) == 10:
            at = datetime.combine(date.fromisoformat(text), time.max if last else time.min, _VIETNAM)
        else:
            at = datetime.fromisoformat(text.replace(" ", "+"))  # a bare + in a query string arrives as a space
        if at.tzinfo is None:
            raise _bad_time(text)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _bad_time(text) from error


def _bad_time(text: str) -> Refused:
    shown = text[:60]
    vi = f"datetime “{shown}” không đọc được: dùng RFC 3339 có múi giờ, ví dụ 2026-11-21T00:00:00Z/.. ."
    en = f"datetime “{shown}” cannot be read: use RFC 3339 with a zone, such as 2026-11-21T00:00:00Z/.. ."
    return Refused(Reason("bad-datetime", vi, en, "datetime"))


def _unknown(name: str, allowed: frozenset[str]) -> Reason:
    names, shown = ", ".join(sorted(allowed)), name[:40]
    return Reason(
        "unknown-parameter",
        f"Không có tham số “{shown}”; các tham số được nhận: {names}.",
        f"There is no parameter “{shown}”; known are: {names}.",
        shown,
    )
