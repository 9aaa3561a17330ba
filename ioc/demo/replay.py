"""Real Open311 requests of a data folder, moved into the city."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.demo.spots import Spots


def recorded_requests(folder: Path) -> list[dict[str, Any]]:
    """The service requests of all JSON and XML files below `folder/open311`, as plain fields; none where there is no
    such folder.

    Raises:
        Problem: a file cannot be read; it names the file.
    """
    home = folder / "open311"
    if not home.is_dir():
        return []
    found: list[dict[str, Any]] = []
    for path in sorted(home.iterdir()):
        try:
            found += _requests_of(path)
        except (OSError, ValueError, ElementTree.ParseError) as error:
            title = Text(f"Không đọc được {path.name}", f"{path.name} cannot be read")
            raise Problem("bad-requests", title, detail=Text(type(error).__name__, type(error).__name__)) from error
    return found


def _requests_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".json":
        read: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return read
    return list(_of_xml(path)) if path.suffix == ".xml" else []


def _of_xml(path: Path) -> Iterator[dict[str, Any]]:
    for request in ElementTree.parse(path).iter("request"):
        yield {child.tag: (child.text or "").strip() for child in request}


def as_form(request: dict[str, Any], service_code: str, spots: Spots) -> dict[str, Any]:
    """The request as a form for our own door: its words kept, its place drawn anew inside the city."""
    words = [request.get(name) for name in ("service_name", "description", "status_notes")]
    spot = spots.inside()
    return {
        "service_code": service_code,
        "lat": spot.lat,
        "long": spot.lon,
        "description": " · ".join(str(word) for word in words if word),
        "address_string": str(request.get("address") or ""),
    }
