"""`routes.md`: every HTTP route, who may call it and what it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts

from ioc.api.frame import create_api
from ioc.api.rights import rule_for
from ioc.auth import Auth, AuthSettings
from ioc.cli.city import profiles_home
from ioc.cli.reference.built_in import built_in_modules
from ioc.cli.reference.markdown import code, first_sentence, head, table
from ioc.settings import Settings


class _Route(NamedTuple):
    owner: str
    path: str
    methods: str
    who: str
    does: str


def page() -> str:
    """Routes of the platform, then of each module."""
    by_owner: dict[str, list[_Route]] = defaultdict(list)
    for route in sorted(_routes(_application())):
        by_owner[route.owner].append(route)
    parts = [
        head(
            "HTTP routes",
            "Every route states who may call it; a route without such a rule keeps the system from starting. A role "
            "may do all that the roles to its right may: admin > supervisor > operator > wall > anyone. A `device` may "
            "do what `anyone` may and what names it; no other role may do the latter unless it is named too.",
            "A refusal is a problem document (RFC 9457) with `title`, `detail` and `errors` in Vietnamese and "
            "`title_en`, `detail_en` in English; Open311 routes answer with the list of errors of their standard. "
            "`/openapi.json` describes parameters and bodies. The WebSocket `/feed` has [a page of its own](feed.md).",
        )
    ]
    for owner in ["platform", *sorted(by_owner.keys() - {"platform"})]:
        title = "The platform" if owner == "platform" else f"Module `{owner}`"
        rows = [(code(r.path), r.methods, r.who, r.does) for r in by_owner[owner]]
        parts.append(f"## {title}\n\n" + table(("path", "methods", "who", "what it does"), rows))
    return "\n".join(parts)


def _application() -> FastAPI:
    """The real application; it is only looked at, so it stands on no store."""
    settings = Settings.model_construct(city_dir=profiles_home() / "thanh-hoa", state_dir=profiles_home())
    auth = Auth(cast(Any, None), AuthSettings(city="reference", secret=bytes(range(32))))
    return create_api(settings, auth, built_in_modules())


def _routes(app: FastAPI) -> Iterator[_Route]:
    for found in iter_route_contexts(app.routes):
        methods = ", ".join(sorted((found.methods or set()) - {"HEAD"}))
        yield _Route(_owner(found), found.path or "", methods, _who(found), _does(found))


def _owner(found: RouteContext) -> str:
    package = str(getattr(found.endpoint, "__module__", ""))
    return package.split(".")[1] if package.startswith("modules.") else "platform"


def _who(found: RouteContext) -> str:
    rule = rule_for(found)
    return ", ".join(rule.roles)


def _does(found: RouteContext) -> str:
    return first_sentence(found.endpoint)
