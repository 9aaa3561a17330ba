"""The city's deployment profile: data about one city, checked before use. This is the door to `ioc.city`."""

from __future__ import annotations

from pathlib import Path

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
from ioc.city.reading import read
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


def check_city(path: Path) -> list[Mistake]:
    """Every mistake of the profile in this folder, by file; an empty list when there is none."""
    from ioc.city.wards import check_wards  # numpy and shapely: only this check needs them, not every process

    draft = read(path)
    return [*draft.mistakes, *check_references(draft), *check_wards(draft)]
