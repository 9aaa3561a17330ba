"""What the OGC API – Features documents are made of, and the one protocol a collection's data stands behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from gis.bbox import BBox
from gis.reason import Words

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"  # WGS 84, longitude first
DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


class Interval(NamedTuple):
    """A stretch of time, both ends included; None is open. Times are UTC-aware."""

    start: datetime | None
    end: datetime | None

    def meets(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether it meets another stretch."""
        starts_late = self.end is not None and start is not None and start > self.end
        ends_early = self.start is not None and end is not None and end < self.start
        return not (starts_late or ends_early)


class Collection(NamedTuple):
    """What a collection says of itself. `time` is its extent in time, None where its features have none."""

    id: str
    title: Words
    description: Words
    bbox: BBox | None
    time: Interval | None


class Feature(NamedTuple):
    """One feature; `geometry` is GeoJSON in degrees WGS 84, lon/lat, or None. `properties` are JSON values."""

    id: str
    geometry: Mapping[str, Any] | None
    properties: Mapping[str, Any]


class ItemsQuery(NamedTuple):
    """What is asked of a collection. `after` is the source's own key of the last feature of the page before."""

    limit: int = DEFAULT_LIMIT
    bbox: BBox | None = None
    interval: Interval | None = None
    after: str | None = None


class Page(NamedTuple):
    """Features in the source's order; `after` asks for the next page, None where this is the last.

    `matched` counts all features of the query where that is cheap to know.
    """

    features: tuple[Feature, ...]
    after: str | None = None
    matched: int | None = None


class Viewer(NamedTuple):
    """Who looks: the classes of data they may see, and the modules they are limited to (empty: all)."""

    classes: frozenset[str]
    modules: frozenset[str] = frozenset()

    def sees(self, module: str) -> bool:
        """Whether the module is among theirs."""
        return not self.modules or module in self.modules


class FeatureSource(Protocol):
    """A collection's data. Only what the viewer may see may come out."""

    async def collection(self) -> Collection:
        """What the collection is."""
        ...

    async def page(self, query: ItemsQuery, viewer: Viewer) -> Page:
        """One page of the features that match.

        Raises:
            Refused: `after` is no key of this source.
        """
        ...

    async def one(self, feature_id: str, viewer: Viewer) -> Feature | None:
        """One feature; None where it does not exist or may not be seen."""
        ...
