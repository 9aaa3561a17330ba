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
    Detector,
    MediaFeed,
    ModuleProfile,
    ReportService,
    Segment,
    Threshold,
    UnitProfile,
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
    "Detector",
    "MediaFeed",
    "Mistake",
    "ModuleProfile",
    "ReportService",
    "Segment",
    "Threshold",
    "UnitProfile",
    "check_city",
    "load_city",
    "render",
]


def load_city(path: Path) -> City:
    """The profile in the folder `cities/<id>`. Shapes of wards are left to `check_city`, which takes longer.

    Raises:
        CityInvalid: something in the files is wrong; it carries every mistake, not the first only.
    """
    draft = read(path)
    mistakes = [*draft.mistakes, *check_references(draft)]
    if mistakes:
        raise CityInvalid(path, mistakes)
    return draft.city()


def check_city(path: Path) -> list[Mistake]:
    """Every mistake of the profile in this folder, by file; an empty list when there is none."""
    from ioc.city.wards import check_wards  # numpy and shapely: only this check needs them, not every process

    draft = read(path)
    return [*draft.mistakes, *check_references(draft), *check_wards(draft)]
