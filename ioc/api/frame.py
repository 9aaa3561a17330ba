"""The HTTP application: routers, rules and the layers every request passes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI

from ioc.api import (
    camera_setup,
    camera_stream,
    cameras,
    city,
    devices,
    events,
    evidence,
    health,
    holds,
    incidents,
    modules,
    observations,
    ogc,
    openapi,
    pages,
    people,
    places,
    problems,
    releases,
    series,
    session,
    sources,
    tiles,
)
from ioc.api.answers import Answers
from ioc.api.headers import SafeHeaders, safe_headers
from ioc.api.hosts import Hosts, OwnNames
from ioc.api.limits import Held, Limits, Sizes
from ioc.api.measures import Measures
from ioc.api.rights import add_router, guard_routes
from ioc.api.trace import Trace
from ioc.api.who import Rates, Turnstile, Who
from ioc.auth.authenticator import Auth
from ioc.host.discovery import ModuleSpec, load_part
from ioc.settings import Settings

WEB = Path(__file__).resolve().parents[2] / "web" / "dist"

# The hottest first: routes are searched in this order.
_ROUTERS = (
    observations,
    sources,
    series,
    events,
    incidents,
    session,
    city,
    modules,
    cameras,
    camera_stream,
    camera_setup,
    evidence,
    releases,
    people,
    holds,
    places,
    devices,
    health,
    ogc,
    tiles,
    pages,
    openapi,
)


def create_api(
    settings: Settings,
    auth: Auth,
    specs: Iterable[ModuleSpec] = (),
    *,
    routers: Iterable[APIRouter] = (),
    web: Path = WEB,
    rates: Rates | None = None,
    sizes: Sizes | None = None,
) -> FastAPI:
    """The application; its `state` still needs `store city gis settings feed bus doors build`.

    Raises:
        RouteWithoutRule: a route, of ours or of a module, does not say who may call it.
    """
    app = FastAPI(
        title="IOC",
        version="1",
        openapi_url=None,
        redirect_slashes=False,
        redoc_url=None,
        docs_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    specs = list(specs)
    state = app.state
    state.measures, state.web, state.auth, state.settings = Measures(), web, auth, settings
    state.titles = {spec.name: spec.title for spec in specs}
    for router in [*(part.router for part in _ROUTERS), *_module_routers(specs), *routers]:
        add_router(app, router)
    guard_routes(app)
    problems.install(app)
    _add_layers(app, settings, auth, rates or Rates(), sizes or Sizes())
    return app


def _module_routers(specs: Iterable[ModuleSpec]) -> list[APIRouter]:
    parts = [load_part(spec, "api") for spec in specs]
    return [part.router for part in parts if part is not None]


def _add_layers(app: FastAPI, settings: Settings, auth: Auth, rates: Rates, sizes: Sizes) -> None:
    """From the innermost to the outermost. What they share with the quick door is kept in the state."""
    state = app.state
    state.turnstile, state.held = Turnstile(auth, rates), Held(sizes)
    state.own_names = OwnNames(auth, own_hosts(settings), own_origins(settings))
    state.safe_headers = safe_headers(tls=auth.settings.secure)
    app.add_middleware(Who, turnstile=state.turnstile)
    app.add_middleware(Limits, sizes=sizes, held=state.held)
    app.add_middleware(Hosts, names=state.own_names)
    app.add_middleware(Answers)
    app.add_middleware(SafeHeaders, always=state.safe_headers)
    app.add_middleware(Trace, observe=state.measures.observe)


def own_hosts(settings: Settings) -> set[str]:
    """The names the installation answers to, besides loopback names on the machine itself."""
    own = urlsplit(settings.public_url).hostname
    return {*settings.allowed_hosts, *([own] if own else [])}


def own_origins(settings: Settings) -> set[str]:
    """The pages that are ours although their host is not the one asked for (behind a proxy)."""
    parts = urlsplit(settings.public_url)
    return {f"{parts.scheme}://{parts.netloc}"} if parts.netloc else set()
