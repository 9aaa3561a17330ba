"""What no JSON body may hold, looked for before anything parses it: one guard for every route, modules' included.

Too deep nesting ends parsers, `NaN` ends encoders, a lone surrogate ends every UTF-8 writer and a NUL ends
PostgreSQL; a name given twice says two things, of which parsers keep one without a word. A module's author should
not need to know. All checks run at about the speed of C on 10 MiB.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ioc.core.text import Text

MAX_DEPTH = 64

# An unclosed string runs to the end, so that no second attempt begins inside it (that would be quadratic).
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_PAIRS = re.compile(rb"\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NOT_NUMBERS = re.compile(rb"NaN|Infinity")
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(b for b in range(256) if b not in b"[]{}")


def looks_like_json(content_type: str, body: bytes) -> bool:
    """Whether a route may parse this as JSON, whatever the client calls it."""
    kind = content_type.casefold()
    if "json" in kind:
        return True
    return "multipart/" not in kind and body[:64].lstrip()[:1] in {b"{", b"["}


def refuse_json(body: bytes) -> Text | None:
    """Why this body is refused; None when it may go on to a parser (which may still find it malformed)."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return Text("Nội dung không phải UTF-8", "The body is not UTF-8")
    if b"\x00" in body:
        return Text("Nội dung chứa ký tự NUL", "The body holds a NUL character")
    return _refuse_escapes(body) or _refuse_structure(_STRINGS.sub(b"", body)) or _refuse_repeated_names(body)


def _refuse_escapes(body: bytes) -> Text | None:
    if b"\\u" not in body:
        return None
    plain = body.replace(b"\\\\", b"")  # an escaped backslash begins no escape
    if b"\\u0000" in plain:
        return Text("Nội dung chứa ký tự NUL", "The body holds a NUL character")
    if _SURROGATE.search(_PAIRS.sub(b"", plain)):
        return Text("Nội dung chứa ký tự Unicode không trọn vẹn", "The body holds half of a Unicode character")
    return None


def _refuse_structure(outside: bytes) -> Text | None:
    if _NOT_NUMBERS.search(outside):
        return Text("JSON không có NaN hay Infinity", "JSON has no NaN or Infinity")
    if too_deep(outside):
        return Text(f"JSON lồng quá {MAX_DEPTH} tầng", f"The JSON is nested more than {MAX_DEPTH} deep")
    return None


class _NamedTwice(Exception):
    """One object has two values of one name."""


def _refuse_repeated_names(body: bytes) -> Text | None:
    """Last of all, since only now the nesting is known to be harmless."""
    try:
        json.loads(body, object_pairs_hook=_names_once, parse_int=len, strict=False)  # any length of number
    except _NamedTwice:
        return Text("JSON có một tên trường xuất hiện hai lần", "A name stands twice in one object of the JSON")
    except ValueError:
        return None  # malformed: the route's own parser says where
    return None


def _names_once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise _NamedTwice


def too_deep(outside: bytes, limit: int = MAX_DEPTH) -> bool:
    """Whether brackets nest deeper than `limit`; strings must have been taken out.

    Each round takes the innermost pairs away, so as many rounds as levels are needed. What no round changes is
    malformed: closing brackets that close nothing, then opening ones that stay open; those count by themselves.
    """
    brackets = outside.translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(limit):
        inner = brackets.replace(b"[]", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    return b"[]" in brackets or brackets.count(b"[") > limit
