"""A small application with the OGC API over hand-made collections, and who is asking taken from a header."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import cast

import shapely
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from gis.ogc.listed import ListSource, entry, ward_source
from gis.ogc.model import FeatureSource
from gis.reason import Words
from gis.wards import Ward
from ioc.api import ogc
from ioc.api.answers import Answers
from ioc.api.rights import add_router, guard_routes
from ioc.auth.roles import CLASSES
from ioc.contract import Principal
from ioc.contract.rights import Role
from ioc.core.text import Text

CITY_NAME = Text("Thành phố Thử", "Test City")
MERGER = date(2025, 7, 1)


class AskingAs:
    """Takes the role from the header `x-role`; no header is nobody we know."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            role = cast(Role, headers.get(b"x-role", b"anyone").decode())
            principal = Principal(id=role, name=role, role=role, classes=CLASSES[role])
            scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)


def wards(count: int = 25) -> ListSource:
    """A row of square wards; the last one has an island."""
    squares = [shapely.box(105 + i / 50, 19, 105 + (i + 1) / 50, 19.05) for i in range(count)]
    island = shapely.box(105.6, 19.01, 105.61, 19.02)
    shapes = [*squares[:-1], shapely.MultiPolygon([squares[-1], island])]
    return ward_source(Ward(f"{i:05d}", f"Phường Số {i} Ngọc", "phuong", MERGER, s) for i, s in enumerate(shapes))


def events() -> ListSource:
    """One event of each data class, its title an attack on the page."""
    made = []
    for i, data_class in enumerate(("public", "internal", "personal", "security")):
        properties = {
            "module": "traffic",
            "ward": "00001",
            "severity": i + 1,
            "title_vi": f"<script>alert({i})</script>",
            "title_en": data_class,
        }
        made.append(entry(f"e{i}", shapely.Point(105.01 + i / 100, 19.02), properties, data_class=data_class))
    return ListSource("events", Words("Sự kiện", "Events"), Words("Mọi sự kiện", "All events"), made)


def application(sources: dict[str, FeatureSource] | None = None, **state: object) -> FastAPI:
    """The application; with `state` instead of `sources` it reads the real store, city and places."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    add_router(app, ogc.router)
    guard_routes(app)
    app.add_middleware(AskingAs)
    app.add_middleware(Answers)
    app.state.auth = SimpleNamespace(demo=False)
    if state:
        for name, value in state.items():
            setattr(app.state, name, value)
    else:
        app.state.city = SimpleNamespace(name=CITY_NAME)
        app.state.ogc_sources = sources or {"wards": wards(), "events": events()}
    return app
