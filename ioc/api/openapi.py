"""The descriptions of the whole API and of its messages, for programs; there is no page to try them out."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import Response

from ioc.api.rights import rule_for
from ioc.contract.rights import allow

router = APIRouter()


@router.get("/openapi.json", include_in_schema=False)
@allow("anyone")
async def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document; every operation says in `x-roles` who may call it."""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = msgspec.json.encode(describe(request.app))
    return Response(state.openapi, media_type="application/json")


@router.get("/asyncapi.json", include_in_schema=False)
@allow("anyone")
def asyncapi(request: Request) -> Response:
    """The AsyncAPI 3 document of every event and of the feed; made at the first question, for it loads all modules."""
    return Response(request.app.state.asyncapi(), media_type="application/json")


def describe(app: FastAPI) -> dict[str, Any]:
    """The document as plain values."""
    document = app.openapi()
    for found in iter_route_contexts(app.routes):
        path = found.path_format or ""
        operations = document["paths"].get(path, {})
        for method in found.methods or ():
            operation = operations.get(method.lower())
            if operation is not None:
                operation["x-roles"] = list(rule_for(found).roles)
                _name_parameters(path, operation)
    return document


def _name_parameters(path: str, operation: dict[str, Any]) -> None:
    """Adds the parts of the path that the route's function reads from the request by itself."""
    parameters = operation.setdefault("parameters", [])
    named = {one["name"] for one in parameters if one["in"] == "path"}
    for name in re.findall(r"{(\w+)}", path):
        if name not in named:
            parameters.append({"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
