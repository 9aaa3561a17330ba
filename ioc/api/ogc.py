"""OGC API – Features Part 1 at `/ogc`: wards, assets, events and incidents for QGIS, ArcGIS and browsers.

Open to anyone; what comes out is cut to the caller's data classes, and personal and security values never do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from fastapi import APIRouter, Request, Response

from gis.ogc import documents, html, openapi
from gis.ogc.model import Collection, FeatureSource, Viewer
from gis.ogc.query import EVERYWHERE, OF_ITEMS, items_query, known
from gis.ogc.style import CSS
from gis.reason import Reason, Refused, Words
from ioc.api.ogc_sources import sources
from ioc.contract import ANYONE, Principal, allow
from ioc.core.clock import SystemClock
from ioc.core.dataclass import WALL
from ioc.core.errors import FieldError, Problem, not_found
from ioc.core.text import Text

T = TypeVar("T")
router = APIRouter(prefix="/ogc", tags=["ogc"])

SIMULATED = Words("DỮ LIỆU MÔ PHỎNG", "SIMULATED DATA")
_BAD: dict[int | str, dict[str, Any]] = {400: {"description": "Bad parameter"}, 404: {"description": "Not found"}}
_ITEM_PARAMETERS = {"parameters": openapi.item_parameters()}


class Asked:
    """One request read: where it came to, what it asks for, and in which form and language it wants the answer."""

    def __init__(self, request: Request, allowed: frozenset[str] = EVERYWHERE) -> None:
        self.values = _read(lambda: known(request.query_params.multi_items(), allowed))
        self.base = f"{str(request.base_url).rstrip('/')}/ogc"
        self.lang = _one_of(self.values, "lang", ("vi", "en")) or "vi"
        self.as_html = _wants_html(self.values, request.headers.get("accept", ""))
        self.title = _title(request)
        self._notice = SIMULATED if request.app.state.auth.demo else None
        self._path = request.url.path.partition("/ogc")[2].rstrip("/")

    def frame(self) -> html.Frame:
        """The frame of an HTML page."""
        return html.Frame(self.base, self.title, self.lang, self._path, self.values, self._notice)

    def answer(
        self, page: Callable[[html.Frame], str], document: Callable[[], Mapping[str, Any]], kind: str = documents.JSON
    ) -> Response:
        """The page or the document, whichever was asked for."""
        headers = {"Content-Language": self.lang, "Vary": "Accept, Accept-Language"}
        if self.as_html:
            return Response(page(self.frame()), media_type=documents.HTML, headers=headers)
        return Response(msgspec.json.encode(document()), media_type=kind, headers=headers)


@router.get("", responses=_BAD)
@allow("anyone")
async def landing(request: Request) -> Response:
    """The landing page."""
    asked = Asked(request)
    return asked.answer(
        lambda frame: html.landing_page(frame, asked.title),
        lambda: documents.landing(asked.base, asked.title, asked.lang),
    )


@router.get("/", include_in_schema=False)
@allow("anyone")
async def landing_with_slash(request: Request) -> Response:
    """The landing page, for clients that end it with a slash."""
    return await landing(request)


@router.get("/style.css", include_in_schema=False)
@allow("anyone")
async def style() -> Response:
    """The style sheet of the HTML pages."""
    return Response(CSS, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/api", responses=_BAD)
@allow("anyone")
async def api(request: Request) -> Response:
    """The OpenAPI 3.0 description."""
    asked = Asked(request)
    description = openapi.openapi(asked.base, asked.title, await _collections(request), asked.lang)
    return asked.answer(
        lambda frame: html.api_page(frame, [f"/ogc{path}" for path in description["paths"]]),
        lambda: description,
        documents.OPENAPI,
    )


@router.get("/conformance", responses=_BAD)
@allow("anyone")
async def conformance(request: Request) -> Response:
    """The conformance classes."""
    asked = Asked(request)
    return asked.answer(html.conformance_page, lambda: documents.conformance(asked.base, asked.lang))


@router.get("/collections", responses=_BAD)
@allow("anyone")
async def collections(request: Request) -> Response:
    """The list of collections."""
    asked, found = Asked(request), await _collections(request)
    return asked.answer(
        lambda frame: html.collections_page(frame, found),
        lambda: documents.collections(asked.base, found, asked.lang),
    )


@router.get("/collections/{collection_id}", responses=_BAD)
@allow("anyone")
async def collection(request: Request, collection_id: str) -> Response:
    """One collection."""
    asked, found = Asked(request), await _source(request, collection_id).collection()
    return asked.answer(
        lambda frame: html.collection_page(frame, found),
        lambda: documents.collection(asked.base, found, asked.lang),
    )


@router.get("/collections/{collection_id}/items", responses=_BAD, openapi_extra=_ITEM_PARAMETERS)
@allow("anyone")
async def items(request: Request, collection_id: str) -> Response:
    """One page of a collection's features."""
    source = _source(request, collection_id)
    asked = Asked(request, OF_ITEMS)
    query = _read(lambda: items_query(asked.values, collection_id))
    try:
        page = await source.page(query, _viewer(request))
    except Refused as refused:
        raise _problem(refused) from refused
    about = await source.collection()
    # a thread, because drawing a whole province of full outlines takes the better part of a second
    return await asyncio.to_thread(
        asked.answer,
        lambda frame: html.items_page(frame, about, page, asked.values),
        lambda: documents.items(asked.base, collection_id, page, asked.values, SystemClock().now(), asked.lang),
        documents.GEOJSON,
    )


@router.get("/collections/{collection_id}/items/{feature_id}", responses=_BAD)
@allow("anyone")
async def item(request: Request, collection_id: str, feature_id: str) -> Response:
    """One feature."""
    source, asked = _source(request, collection_id), Asked(request)
    found = await source.one(feature_id, _viewer(request))
    if found is None:
        raise not_found()
    about = await source.collection()
    return asked.answer(
        lambda frame: html.item_page(frame, about, found),
        lambda: documents.item(asked.base, collection_id, found, asked.lang),
        documents.GEOJSON,
    )


def _sources(request: Request) -> Mapping[str, FeatureSource]:
    """The collections, made once for the application at the first request."""
    state = request.app.state
    if not hasattr(state, "ogc_sources"):
        state.ogc_sources = sources(state.store, state.city, state.gis)
    made: Mapping[str, FeatureSource] = state.ogc_sources
    return made


def _source(request: Request, collection_id: str) -> FeatureSource:
    source = _sources(request).get(collection_id)
    if source is None:
        raise not_found()
    return source


async def _collections(request: Request) -> list[Collection]:
    return [await source.collection() for source in _sources(request).values()]


def _viewer(request: Request) -> Viewer:
    """The caller as the collections see them: never more classes than a wall, and their own modules only."""
    principal: Principal = getattr(request.state, "principal", ANYONE)
    return Viewer(frozenset(one.value for one in principal.classes & WALL), principal.modules)


def _title(request: Request) -> Words:
    name: Text = request.app.state.city.name
    return Words(f"{name.vi} – dữ liệu không gian", f"{name.en} – spatial data")


def _wants_html(values: Mapping[str, str], accept: str) -> bool:
    """`f` decides; else HTML is sent only to who asks for it and does not take JSON as well."""
    wanted = _one_of(values, "f", ("json", "html"))
    return wanted == "html" if wanted else "text/html" in accept and "json" not in accept


def _one_of(values: Mapping[str, str], name: str, words: tuple[str, ...]) -> str | None:
    value = values.get(name)
    if value is None or value in words:
        return value
    vi = f"{name} phải là một trong: {', '.join(words)}."
    en = f"{name} must be one of: {', '.join(words)}."
    raise _problem(Refused(Reason("bad-parameter", vi, en, name)))


def _read(read: Callable[[], T]) -> T:
    try:
        return read()
    except Refused as refused:
        raise _problem(refused) from refused


def _problem(refused: Refused) -> Problem:
    """The 400 the standard asks for, in both languages."""
    first = refused.reasons[0]
    errors = tuple(FieldError(reason.field, Text(reason.vi, reason.en)) for reason in refused.reasons)
    title = Text("Yêu cầu không hợp lệ", "Bad request")
    return Problem(first.code, title, 400, Text(first.vi, first.en), errors)
