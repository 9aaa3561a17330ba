"""The JSON documents of OGC API – Features Part 1: Core (OGC 17-069r4), built from plain data.

`base` is the address of the landing page without a slash at its end; every link is absolute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from gis.ogc.model import CRS84, Collection, Feature, Interval, Page
from gis.ogc.query import write_cursor
from gis.reason import Words

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

_CONFORMANCE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
CLASSES = tuple(_CONFORMANCE + name for name in ("core", "geojson", "html", "oas30"))

Document = dict[str, Any]


def link(href: str, rel: str, kind: str, title: str) -> Document:
    """One link."""
    return {"href": href, "rel": rel, "type": kind, "title": title}


def landing(base: str, title: Words, lang: str) -> Document:
    """The landing page: where everything else is."""
    say = Words(
        "Dữ liệu không gian mở của trung tâm điều hành: phường xã, công trình, sự kiện, sự vụ.",
        "Spatial data of the operations centre: wards, assets, events, incidents.",
    )
    return {
        "title": title.say(lang),
        "description": say.say(lang),
        "links": [
            *_self_and_other(base, "", JSON, lang),
            link(f"{base}/api", "service-desc", OPENAPI, "OpenAPI 3.0"),
            link(f"{base}/api?f=html", "service-doc", HTML, Words("Mô tả giao diện", "API description").say(lang)),
            link(f"{base}/conformance", "conformance", JSON, Words("Các lớp tuân thủ", "Conformance").say(lang)),
            link(f"{base}/collections", "data", JSON, Words("Các bộ dữ liệu", "Collections").say(lang)),
        ],
    }


def conformance(base: str, lang: str) -> Document:
    """The conformance classes this server keeps."""
    return {"conformsTo": list(CLASSES), "links": _self_and_other(base, "/conformance", JSON, lang)}


def collections(base: str, found: Iterable[Collection], lang: str) -> Document:
    """The list of collections."""
    return {
        "links": _self_and_other(base, "/collections", JSON, lang),
        "collections": [collection(base, one, lang) for one in found],
    }


def collection(base: str, one: Collection, lang: str) -> Document:
    """One collection."""
    path = f"/collections/{one.id}"
    extent: Document = {}
    if one.bbox is not None:
        extent["spatial"] = {"bbox": [list(one.bbox)], "crs": CRS84}
    if one.time is not None:
        extent["temporal"] = {"interval": [[_text(one.time.start), _text(one.time.end)]]}
    return {
        "id": one.id,
        "title": one.title.say(lang),
        "description": one.description.say(lang),
        "itemType": "feature",
        "extent": extent,
        "crs": [CRS84],
        "links": [
            *_self_and_other(base, path, JSON, lang),
            link(f"{base}{path}/items", "items", GEOJSON, one.title.say(lang)),
            link(f"{base}{path}/items?f=html", "items", HTML, one.title.say(lang)),
        ],
    }


def items(base: str, collection_id: str, page: Page, asked: Mapping[str, str], now: datetime, lang: str) -> Document:
    """One page of features. `asked` are the query parameters as they came, repeated in the links."""
    path = f"/collections/{collection_id}/items"
    links = _self_and_other(base, path, GEOJSON, lang, asked)
    if page.after is not None:
        more = {**asked, "cursor": write_cursor(collection_id, page.after)}
        links.append(link(_url(base, path, more), "next", GEOJSON, Words("Trang sau", "Next page").say(lang)))
    links.append(link(f"{base}/collections/{collection_id}", "collection", JSON, collection_id))
    document: Document = {"type": "FeatureCollection", "timeStamp": _text(now), "numberReturned": len(page.features)}
    if page.matched is not None:
        document["numberMatched"] = page.matched
    return document | {"links": links, "features": [feature(one) for one in page.features]}


def item(base: str, collection_id: str, one: Feature, lang: str) -> Document:
    """One feature by itself."""
    path = f"/collections/{collection_id}/items/{quote(one.id, safe='')}"
    links = [
        *_self_and_other(base, path, GEOJSON, lang),
        link(f"{base}/collections/{collection_id}", "collection", JSON, collection_id),
    ]
    return feature(one) | {"links": links}


def feature(one: Feature) -> Document:
    """A feature as GeoJSON."""
    return {"type": "Feature", "id": one.id, "geometry": one.geometry, "properties": dict(one.properties)}


def _self_and_other(
    base: str, path: str, kind: str, lang: str, asked: Mapping[str, str] | None = None
) -> list[Document]:
    plain = {name: value for name, value in (asked or {}).items() if name != "f"}
    this = Words("Tài liệu này", "This document").say(lang)
    return [
        link(_url(base, path, asked or {}), "self", kind, this),
        link(_url(base, path, {**plain, "f": "html"}), "alternate", HTML, f"{this} (HTML)"),
    ]


def _url(base: str, path: str, asked: Mapping[str, str]) -> str:
    return f"{base}{path}?{urlencode(asked)}" if asked else f"{base}{path}"


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def whole_time(features: Iterable[Interval]) -> Interval | None:
    """The stretch that holds all of these, None where there is none; an open end stays open."""
    found = list(features)
    if not found:
        return None
    starts, ends = [one.start for one in found], [one.end for one in found]
    return Interval(
        None if None in starts else min(start for start in starts if start),
        None if None in ends else max(end for end in ends if end),
    )
