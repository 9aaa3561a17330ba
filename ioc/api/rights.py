"""No route without a rule: checked at start, enforced before anything of the route runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ioc.api.problems import known
from ioc.contract.rights import ANYONE, Principal, Rule, rule_of
from ioc.core.dataclass import DataClass


class RouteWithoutRule(Exception):
    """The application does not start: some routes do not say who may call them."""

    def __init__(self, routes: Sequence[str]) -> None:
        super().__init__(
            "routes without a rule (put @allow(...) directly below the router's decorator): " + ", ".join(routes)
        )
        self.routes = tuple(routes)


def add_router(app: FastAPI, router: APIRouter) -> None:
    """Adds a router's routes to the application's own table, which is faster to search than a nested one."""
    app.router.routes.extend(router.routes)


def check_routes(app: FastAPI) -> None:
    """Refuses to go on while any route lacks a rule, or cannot be looked into (a mounted application).

    Raises:
        RouteWithoutRule: it names every such route.
    """
    bare = [_name(found) for found in iter_route_contexts(app.routes) if not _checked(found, app)]
    if bare:
        raise RouteWithoutRule(bare)


def guard_routes(app: FastAPI) -> None:
    """Checks all routes, then puts each route's rule in front of it: before its body is read or parsed.

    Raises:
        RouteWithoutRule: as `check_routes`.
    """
    check_routes(app)
    for found in iter_route_contexts(app.routes):
        route = found.original_route
        if not isinstance(route.handle, _Guard):  # routers are shared by applications of one process
            setattr(route, "handle", _Guard(route.handle, _rule(found), found.path or ""))  # noqa: B010 - an instance's own


def rule_for(found: RouteContext) -> Rule:
    """The rule of a route that was checked."""
    return _rule(found)


class _Guard:
    def __init__(self, app: ASGIApp, rule: Rule, path: str) -> None:
        self._app = app
        self._rule = rule
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        state["route"] = self._path
        principal: Principal = state.get("principal", ANYONE)
        if not self._rule.admits(principal):
            raise known(401 if principal.role == "anyone" else 403)
        await self._app(scope, receive, send)


def principal_of(request: Any) -> Principal:
    """Who is asking, as decided for this request."""
    found: Principal = getattr(request.state, "principal", ANYONE)
    return found


def classes_of(request: Any) -> frozenset[DataClass]:
    """The classes of data the caller may see: the one filter of every list."""
    return principal_of(request).classes


def _checked(found: RouteContext, app: FastAPI) -> bool:
    # of a plain Starlette route in a nested router a copy is served, on which no guard can be put
    route = found.original_route
    guardable = isinstance(route, APIRoute) or (isinstance(route, Route) and route in app.routes)
    return guardable and found.endpoint is not None and rule_of(found.endpoint) is not None


def _rule(found: RouteContext) -> Rule:
    rule = rule_of(found.endpoint) if found.endpoint else None
    if rule is None:
        raise RouteWithoutRule([_name(found)])
    return rule


def _name(found: RouteContext) -> str:
    methods = ",".join(sorted(found.methods or ()))
    return f"{methods} {found.path or type(found.original_route).__name__}".strip()
