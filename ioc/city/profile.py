"""The city's deployment profile: data about one city, checked before use. This is the door to `ioc.city`."""

from __future__ import annotations

from pathlib import Path

from ioc.city.composing import decomposed_text
from ioc.city.mistakes import CityInvalid, Mistake, render
from ioc.city.model import City
from ioc.city.parts import (
    DEADLINE_THRESHOLD,
    Agency,
    Area,
    Asset,
    Camera,
    CountingLine,
    Detector,
    Happening,
    MediaFeed,
    ModuleProfile,
    ReportService,
    Segment,
    SourceLife,
    Threshold,
    UnitProfile,
    Zone,
)
from ioc.city.reading import Draft, read, unread_files
from ioc.city.references import check_references

__all__ = [
    "DEADLINE_THRESHOLD",
    "Agency",
    "Area",
    "Asset",
    "Camera",
    "City",
    "CityInvalid",
    "CountingLine",
    "Detector",
    "Draft",
    "Happening",
    "MediaFeed",
    "Mistake",
    "ModuleProfile",
    "ReportService",
    "Segment",
    "SourceLife",
    "Threshold",
    "UnitProfile",
    "Zone",
    "check_city",
    "load_city",
    "mistakes_of",
    "read",
    "render",
]


def load_city(path: Path, overlay: Path | None = None) -> City:
    """The profile in the folder `cities/<id>`. Shapes of wards are left to `check_city`, which takes longer.

    Files in `overlay` lie over those of the profile: what one installation adds to it or keeps for itself.

    Raises:
        CityInvalid: something in the files is wrong; it carries every mistake, not the first only.
    """
    draft = read(path, overlay)
    mistakes = [*draft.mistakes, *check_references(draft)]
    if mistakes:
        raise CityInvalid(path, mistakes)
    return draft.city()


def check_city(path: Path, overlay: Path | None = None) -> list[Mistake]:
    """Every mistake of the profile in this folder, by file; an empty list when there is none."""
    return mistakes_of(read(path, overlay))


def mistakes_of(draft: Draft) -> list[Mistake]:
    """Every mistake of a profile that was read, of its ward map and of the form of its text."""
    # numpy and shapely: only this check needs them, not every process
    from ioc.city.old_units import check_old_units
    from ioc.city.road_shapes import check_road_shapes
    from ioc.city.wards import check_wards

    return [
        *draft.mistakes,
        *check_references(draft),
        *check_road_shapes(draft),
        *check_wards(draft),
        *check_old_units(draft),
        *decomposed_text(draft.folder),
        *unread_files(draft.folder),
    ]
