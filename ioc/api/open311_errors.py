"""Refusals under `/open311/` that no route of it has told: the standard's list of errors, in the client's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response

PREFIX = "/open311/"


def asked_by(scope: Mapping[str, Any]) -> bool:
    """Whether the request is an Open311 client's."""
    return str(scope.get("path", "")).startswith(PREFIX)


def answer(document: Mapping[str, Any], scope: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """A problem document as GeoReport v2 has it; 422 is 400 there, which is all the standard knows of bad input."""
    status = 400 if document["status"] == 422 else int(document["status"])
    errors = [{"code": status, "description": description} for description in _descriptions(document)]
    if _wants_xml(scope):
        return Response(_xml(errors), status, dict(headers), "application/xml; charset=utf-8")
    return Response(msgspec.json.encode(errors), status, dict(headers), "application/json; charset=utf-8")


def _descriptions(document: Mapping[str, Any]) -> list[str]:
    if document.get("errors"):
        return [f"{one['field']}: {one['vi']} / {one['en']}" for one in document["errors"]]
    which = "detail" if "detail" in document else "title"
    return [f"{document[which]} / {document[f'{which}_en']}"]


def _wants_xml(scope: Mapping[str, Any]) -> bool:
    path = scope["path"]
    if path.endswith((".xml", ".json")):
        return bool(path.endswith(".xml"))
    accept = Headers(raw=list(scope.get("headers", ()))).get("accept", "")
    return "xml" in accept and "json" not in accept


def _xml(errors: list[dict[str, Any]]) -> bytes:
    told = "".join(
        f"<error><code>{one['code']}</code><description>{escape(one['description'])}</description></error>"
        for one in errors
    )
    return f"<?xml version='1.0' encoding='utf-8'?>\n<errors>{told}</errors>".encode()
