"""The city's deployment profile: data about one city, checked before use. This is the door to `ioc.city`."""

from __future__ import annotations

from pathlib import Path

from ioc.city.links import check_links
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
from ioc.city.pictures import camera_pictures
from ioc.city.reading import Draft, read
from ioc.city.references import check_references
from ioc.city.roads import check_roads

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
    "sketch_city",
]


def load_city(path: Path, overlay: Path | None = None) -> City:
    """The profile in the folder `cities/<id>`. Shapes of wards are left to `check_city`, which takes longer.

    Files in `overlay` lie over those of the profile: what one installation adds to it or keeps for itself.

    Raises:
        CityInvalid: something in the files is wrong; it carries every mistake, not the first only.
    """
    draft = read(path, overlay)
    mistakes = _quick(draft)
    if mistakes:
        raise CityInvalid(path, mistakes)
    return draft.city()


def _quick(draft: Draft) -> list[Mistake]:
    checks = (check_references, check_roads, check_links, camera_pictures)
    return list(dict.fromkeys([*draft.mistakes, *(mistake for check in checks for mistake in check(draft))]))


def sketch_city(path: Path, overlay: Path | None = None) -> City | None:
    """The city as far as its files can be read, mistakes and all: only to hold something else against it."""
    return read(path, overlay).sketch()


def check_city(path: Path, overlay: Path | None = None) -> list[Mistake]:
    """Every mistake of the profile in this folder, by file; an empty list when there is none."""
    from ioc.city.wards import check_wards  # numpy and shapely: only this check needs them, not every process

    draft = read(path, overlay)
    return [*_quick(draft), *check_wards(draft)]
