"""The citizen's page `/report`: a plain form that works on any phone, without JavaScript and without an account."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from ioc.contract import Door, allow, door
from ioc.core.errors import not_found
from ioc.core.text import Language
from modules.citizen.pages import PageRoute
from modules.citizen.posts import ACCEPT_MISSING, NOT_SURE, NOTICE_VERSION, PagePost, take_page
from modules.citizen.views import HEADERS, STATIC, page

MODULE = "citizen"
_STATIC_TYPES = {
    "report.css": "text/css; charset=utf-8",
    "report.js": "text/javascript; charset=utf-8",
    "status.js": "text/javascript; charset=utf-8",
}

router = APIRouter(prefix="/report", tags=["report"], route_class=PageRoute)


@router.get("")
@allow("anyone", module=MODULE)
async def form(request: Request) -> Response:
    """The empty form."""
    return _form(request, door(request, MODULE), PagePost({}))


@router.post("", status_code=303)
@allow("anyone", module=MODULE)
async def send(request: Request) -> Response:
    """Takes the form and goes on to the citizen's own status page; mistakes come back with all that was typed."""
    here = door(request, MODULE)
    post = await take_page(request, here)
    if post.problem is not None:
        return _form(request, here, post)
    language = "&lang=en" if post.values.get("lang") == "en" else ""
    return RedirectResponse(f"/report/status/{post.code}?sent=1{language}", 303, HEADERS)


@router.get("/static/{name}")
@allow("anyone", module=MODULE)
async def static(name: Annotated[str, Path(max_length=40)]) -> Response:
    """The page's own style and script."""
    if name not in _STATIC_TYPES:
        raise not_found()
    headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response((STATIC / name).read_bytes(), 200, headers, _STATIC_TYPES[name])


def _form(request: Request, here: Door, post: PagePost) -> Response:
    problem = post.problem
    language: Language | None = "en" if post.values.get("lang") == "en" else None
    return page(
        "form.html",
        request,
        here,
        status=problem.status if problem else 200,
        language=language,
        values=post.values,
        problem=problem,
        wrong={one.field: one.text for one in problem.errors} if problem else {},
        groups=_groups(here),
        token=post.values.get("token") or secrets.token_urlsafe(24),
        notice_version=NOTICE_VERSION,
        not_sure=NOT_SURE,
        accept_missing=ACCEPT_MISSING,
    )


def _groups(here: Door) -> list[tuple[object, list[object]]]:
    """The kinds of report under their groups, in the city's order."""
    grouped: dict[str, tuple[object, list[object]]] = {}
    for service in here.city.services:
        grouped.setdefault(service.group.vi, (service.group, []))[1].append(service)
    return list(grouped.values())
