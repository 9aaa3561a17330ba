"""The OpenAPI 3.0 description of the OGC API (the conformance class oas30 asks for 3.0, not 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gis.ogc.documents import GEOJSON, HTML, JSON
from gis.ogc.model import CRS84, DEFAULT_LIMIT, MAX_LIMIT, Collection
from gis.reason import Words

Document = dict[str, Any]
_ITEMS = ("limit", "bbox", "datetime", "cursor")


def openapi(base: str, title: Words, found: Sequence[Collection], lang: str) -> Document:
    """The description of the resources under `base`."""
    ids = [one.id for one in found]
    return {
        "openapi": "3.0.3",
        "info": {"title": title.say(lang), "version": "1.0.0"},
        "servers": [{"url": base}],
        "tags": [{"name": one.id, "description": one.description.say(lang)} for one in found],
        "paths": {
            "/": {"get": _operation("landing", "Landing page", JSON)},
            "/api": {"get": _operation("api", "This description", JSON)},
            "/conformance": {"get": _operation("conformance", "Conformance classes", JSON)},
            "/collections": {"get": _operation("collections", "Collections", JSON)},
            "/collections/{collectionId}": {
                "parameters": [_collection_id(ids)],
                "get": _operation("collection", "One collection", JSON, missing=True),
            },
            "/collections/{collectionId}/items": {
                "parameters": [_collection_id(ids)],
                "get": _operation("items", "Features", GEOJSON, _ITEMS, missing=True),
            },
            "/collections/{collectionId}/items/{featureId}": {
                "parameters": [_collection_id(ids), _path("featureId", {"type": "string"})],
                "get": _operation("item", "One feature", GEOJSON, missing=True),
            },
        },
        "components": {"parameters": _parameters(), "schemas": _SCHEMAS},
    }


def item_parameters() -> list[Document]:
    """The query parameters of a collection's items, for a description that embeds them."""
    known = _parameters()
    return [known[name] for name in (*_ITEMS, "f", "lang")]


def _operation(
    name: str, summary: str, kind: str, parameters: Sequence[str] = (), *, missing: bool = False
) -> Document:
    schema = {"$ref": "#/components/schemas/" + ("features" if name == "items" else "any")}
    responses: Document = {
        "200": {"description": summary, "content": {kind: {"schema": schema}, HTML: {"schema": {"type": "string"}}}},
        "400": _problem("A parameter is unknown or cannot be read"),
    }
    if missing:
        responses["404"] = _problem("There is no such thing")
    references = [{"$ref": f"#/components/parameters/{one}"} for one in (*parameters, "f", "lang")]
    return {"operationId": name, "summary": summary, "parameters": references, "responses": responses}


def _problem(description: str) -> Document:
    return {"description": description, "content": {"application/problem+json": {"schema": {"type": "object"}}}}


def _path(name: str, schema: Document) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _collection_id(ids: Sequence[str]) -> Document:
    return _path("collectionId", {"type": "string", "enum": list(ids)})


def _query(name: str, description: str, schema: Document, **more: Any) -> Document:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **more}


def _parameters() -> Document:
    numbers = {"type": "number"}
    box: Document = {"type": "array", "minItems": 4, "maxItems": 6, "items": numbers}
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    flat: Document = {"style": "form", "explode": False}
    return {
        "limit": _query("limit", "Most features of a page.", limit, **flat),
        "bbox": _query("bbox", f"west,south,east,north in degrees, {CRS84}.", box, **flat),
        "datetime": _query(
            "datetime", "An RFC 3339 instant or start/end; `..` leaves an end open.", {"type": "string"}, **flat
        ),
        "cursor": _query("cursor", "Taken from the `next` link; opaque.", {"type": "string"}),
        "f": _query(
            "f", "Encoding; without it the Accept header decides.", {"type": "string", "enum": ["json", "html"]}
        ),
        "lang": _query("lang", "Language of titles.", {"type": "string", "enum": ["vi", "en"]}),
    }


_SCHEMAS: Document = {
    "any": {"type": "object"},
    "features": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "links": {"type": "array", "items": {"type": "object"}},
            "features": {"type": "array", "items": {"type": "object"}},
        },
    },
}
