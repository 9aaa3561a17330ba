"""Real Open311 requests of a data folder, moved into the city."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from ioc.demo.spots import Spots


def recorded_requests(folder: Path) -> list[dict[str, Any]]:
    """The service requests of all JSON and XML files below `folder/open311`, as plain fields.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: a file is neither.
    """
    home = folder / "open311"
    if not home.is_dir():
        raise FileNotFoundError(f"{home}: no recorded Open311 requests")
    found: list[dict[str, Any]] = []
    for path in sorted(home.iterdir()):
        if path.suffix == ".json":
            found += json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".xml":
            found += list(_of_xml(path))
    return found


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
