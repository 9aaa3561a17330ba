"""One camera's row in the overlay of an installation: what it says now, and how the profile stands with another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ioc.city.mistakes import CityInvalid, Mistake
from ioc.city.model import City
from ioc.city.parts import Camera
from ioc.city.reading import read
from ioc.city.references import check_references
from ioc.city.rows import unknown_key
from ioc.core.text import Text

FILE = "cameras.toml"
TABLE = "camera"
CHANGEABLE = (
    "name",
    "lon",
    "lat",
    "heading_deg",
    "source",
    "segment",
    "lines",
    "zones",
    "masks",
    "detector",
    "analysis_fps",
    "analysis_width",
    "life",
)
"""What may be changed at a screen. Who may see a camera, and whether it is simulated, is written by hand only."""

Tables = dict[str, Any]


def own_fields(tables: Tables, id: str) -> Tables:
    """What these tables say of the camera, without its id."""
    found = next((row for row in _rows(tables) if row.get("id") == id), {})
    return {key: value for key, value in found.items() if key != "id"}


def with_row(tables: Tables, id: str, fields: Mapping[str, Any]) -> Tables:
    """The tables with these fields of one camera in place of what they said of them; a value None takes the field
    away, so that what lies below holds again."""
    row = {"id": id} | {key: value for key, value in {**own_fields(tables, id), **fields}.items() if value is not None}
    rows = [row if one.get("id") == id else one for one in _rows(tables)]
    return {**tables, TABLE: rows if any(one is row for one in rows) else [*rows, row]}


def profile_with(folder: Path, overlay: Path | None, tables: Tables) -> City:
    """The profile as it would stand with these tables as the overlay's `cameras.toml`: looked at as `ioc city check`
    looks at it, but for the shapes of wards and roads, which no camera changes.

    Raises:
        CityInvalid: with every mistake.
    """
    draft = read(folder, overlay, {FILE: tables})
    mistakes = [*draft.mistakes, *check_references(draft)]
    if mistakes:
        raise CityInvalid(folder, mistakes)
    return draft.city()


def not_changeable(fields: Iterable[str]) -> list[tuple[str, Text]]:
    """The fields that are none, or not to be changed at a screen, each with what is said of it."""
    return [(field, unknown_key(CHANGEABLE)) for field in fields if field not in CHANGEABLE]


def of_camera(id: str, mistake: Mistake) -> str:
    """Where a mistake stands: the field inside the camera's row (`zones[cam-do].closed`), or file and field elsewhere
    in the profile."""
    label = f"{TABLE}[{id}]"
    if mistake.file == FILE and mistake.field.startswith(f"{label}."):
        return mistake.field.removeprefix(f"{label}.")
    return "id" if mistake.file == FILE and mistake.field == label else f"{mistake.file}: {mistake.field}"


def plain(camera: Camera) -> Tables:
    """The whole row as plain values."""
    row: Tables = msgspec.to_builtins(camera)
    return row


def without_nothing(value: Any) -> Any:
    """Tables and lists without keys of no value, which TOML cannot write."""
    if isinstance(value, dict):
        return {key: without_nothing(one) for key, one in value.items() if one is not None}
    return [without_nothing(one) for one in value] if isinstance(value, list) else value


def _rows(tables: Tables) -> list[Tables]:
    rows = tables.get(TABLE, [])
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
