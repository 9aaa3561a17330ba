"""How the type of a field reads to someone who sends or gets it as JSON."""

from __future__ import annotations

import types
from datetime import date, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

_PLAIN: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "time (RFC 3339, UTC)",
    date: "date",
    dict: "object",
    type(None): "null",
    Any: "anything",
}


def json_type(kind: object) -> str:
    """A type in words: `text`, `list of number`, `"open" | "closed"`, `text or null`."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return json_type(inner[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(json_type(one) for one in inner)
    if origin in (list, tuple, frozenset):
        return _listed(inner)
    if origin is dict:
        return "object"
    return getattr(kind, "__name__", str(kind))


def _listed(inner: tuple[object, ...]) -> str:
    if len(inner) > 1 and inner[-1] is not Ellipsis:
        return f"{len(inner)} × {json_type(inner[0])}"
    return f"list of {json_type(inner[0])}"
