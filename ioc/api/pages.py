"""The built web: pages that are always asked for anew, and files whose name changes with their content."""

from __future__ import annotations

import mimetypes
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from ioc.contract.rights import allow
from ioc.core.errors import not_found

router = APIRouter(include_in_schema=False)

GET = ["GET", "HEAD"]
_ASSET = re.compile(r"[A-Za-z0-9._-]{1,120}(?:/[A-Za-z0-9._-]{1,120}){0,2}")
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>IOC</title>
<h1>Giao diện chưa được dựng</h1><p>Chạy <code>make web</code> rồi tải lại trang. API đang hoạt động:
<a href="/readyz">/readyz</a>. Người dân gửi phản ánh tại <a href="/report">/report</a>.</p>
<h2 lang="en">The screens have not been built</h2><p lang="en">Run <code>make web</code> and load this page again.
The API is running: <a href="/readyz">/readyz</a>. Citizens report at <a href="/report">/report</a>.</p></html>"""


@router.api_route("/", methods=GET)
@allow("anyone")
async def home(request: Request) -> Response:
    """The front page."""
    return _page(request, "index")


@router.api_route("/wall", methods=GET)
@allow("anyone")
async def wall(request: Request) -> Response:
    """The video wall; it gets its data from the feed, which asks who it is."""
    return _page(request, "wall")


@router.api_route("/console", methods=GET)
@allow("anyone")
async def console(request: Request) -> Response:
    """The operator's console; it gets its data from the API, which asks who it is."""
    return _page(request, "console")


@router.api_route("/console/cameras", methods=GET)
@allow("anyone")
async def camera_setup(request: Request) -> Response:
    """Where cameras are set up; it gets its data from the API, which asks who it is."""
    return _page(request, "cameras")


@router.api_route("/login", methods=GET)
@allow("anyone")
async def login(request: Request) -> Response:
    """The sign-in page."""
    return _page(request, "login")


@router.api_route("/assets/{path:path}", methods=GET)
@allow("anyone")
async def asset(request: Request, path: str) -> Response:
    """A file of the built web; its name holds a hash of its content, so it never changes."""
    root = _web(request) / "assets"
    found = (root / path).resolve()
    if not _ASSET.fullmatch(path) or not found.is_relative_to(root.resolve()) or not found.is_file():
        raise not_found()
    media_type = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    return FileResponse(found, media_type=media_type, headers={"Cache-Control": _FOR_EVER})


@router.api_route("/.well-known/security.txt", methods=GET)
@allow("anyone")
async def security_txt(request: Request) -> Response:
    """Where to report a weakness (RFC 9116)."""
    state = request.app.state
    base = state.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    until = (datetime.now(UTC) + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    contact = state.settings.security_contact or f"{base}/report"
    lines = (f"Contact: {contact}", f"Expires: {until}", "Preferred-Languages: vi, en")
    return PlainTextResponse("\n".join((*lines, f"Canonical: {base}/.well-known/security.txt", "")))


def _page(request: Request, name: str) -> Response:
    path = _web(request) / f"{name}.html"
    if not path.is_file():
        return HTMLResponse(_NOT_BUILT, 503, {"Cache-Control": "no-cache", "Retry-After": "30"})
    return FileResponse(path, media_type="text/html", headers={"Cache-Control": "no-cache"})


def _web(request: Request) -> Path:
    state: Any = request.app.state
    web: Path = state.web
    return web
