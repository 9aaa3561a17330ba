"""A feature source over a list in memory, for what changes seldom: wards and assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

import shapely
from shapely import STRtree
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from gis.bbox import BBox
from gis.ogc.documents import whole_time
from gis.ogc.model import Collection, Feature, Interval, ItemsQuery, Page, Viewer
from gis.ogc.query import bad_cursor
from gis.reason import Words
from gis.wards import VIETNAM_TIME, Ward


class Entry(NamedTuple):
    """A feature, its shape, the data class it belongs to, and when it holds (None: always)."""

    feature: Feature
    shape: BaseGeometry
    data_class: str
    time: Interval | None = None


def entry(
    feature_id: str,
    shape: BaseGeometry,
    properties: Mapping[str, Any],
    *,
    data_class: str = "public",
    time: Interval | None = None,
) -> Entry:
    """An entry made of a shape in degrees WGS 84."""
    return Entry(Feature(feature_id, mapping(shape), properties), shape, data_class, time)


class ListSource:
    """Features in a fixed order; the key of a page is the place of its last feature."""

    def __init__(self, collection_id: str, title: Words, description: Words, entries: Iterable[Entry]) -> None:
        self._entries: Sequence[Entry] = tuple(entries)
        self._by_id = {one.feature.id: one for one in self._entries}
        self._tree = STRtree([one.shape for one in self._entries])
        bounds = shapely.total_bounds([one.shape for one in self._entries]).tolist() if self._entries else None
        times = whole_time(one.time for one in self._entries if one.time is not None)
        self._collection = Collection(collection_id, title, description, BBox(*bounds) if bounds else None, times)

    async def collection(self) -> Collection:
        """What the collection is."""
        return self._collection

    async def page(self, query: ItemsQuery, viewer: Viewer) -> Page:
        """One page of the features that match.

        Raises:
            Refused: `after` is no key of this source.
        """
        first = 0
        if query.after is not None:
            if not (query.after.isascii() and query.after.isdigit() and len(query.after) < 10):
                raise bad_cursor()
            first = int(query.after) + 1
        matching = [i for i in self._in_box(query.bbox) if self._matches(i, query, viewer)]
        rest = [i for i in matching if i >= first]
        shown = rest[: query.limit]
        after = str(shown[-1]) if len(rest) > len(shown) else None
        return Page(tuple(self._entries[i].feature for i in shown), after, len(matching))

    async def one(self, feature_id: str, viewer: Viewer) -> Feature | None:
        """One feature; None where it does not exist or may not be seen."""
        found = self._by_id.get(feature_id)
        return found.feature if found and found.data_class in viewer.classes else None

    def _in_box(self, bbox: BBox | None) -> Iterable[int]:
        if bbox is None:
            return range(len(self._entries))
        boxes = [shapely.box(west, bbox.south, east, bbox.north) for west, east in bbox.spans()]
        return sorted({int(i) for box in boxes for i in self._tree.query(box, predicate="intersects")})

    def _matches(self, i: int, query: ItemsQuery, viewer: Viewer) -> bool:
        one = self._entries[i]
        if one.data_class not in viewer.classes:
            return False
        return query.interval is None or one.time is None or query.interval.meets(*one.time)


def ward_source(wards: Iterable[Ward]) -> ListSource:
    """The collection `wards`: every unit with its days of validity, id `code.YYYY-MM-DD`."""
    ordered = sorted(wards, key=lambda ward: (ward.code, ward.valid_from))
    return ListSource(
        "wards",
        Words("Phường, xã", "Wards and communes"),
        Words(
            "Đơn vị hành chính cấp xã theo ngày hiệu lực; ranh giới gần đúng được đánh dấu “approximate”.",
            "Commune-level units by days of validity; outlines drawn by hand are marked “approximate”.",
        ),
        [_ward_entry(ward) for ward in ordered],
    )


def _ward_entry(ward: Ward) -> Entry:
    properties = {
        "code": ward.code,
        "name": ward.name,
        "kind": ward.kind,
        "valid_from": ward.valid_from.isoformat(),
        "valid_to": ward.valid_to.isoformat() if ward.valid_to else None,
        "approximate": ward.approximate,
    }
    holds = Interval(
        datetime.combine(ward.valid_from, time.min, VIETNAM_TIME).astimezone(UTC),
        datetime.combine(ward.valid_to + timedelta(days=1), time.min, VIETNAM_TIME).astimezone(UTC)
        - timedelta(seconds=1)
        if ward.valid_to
        else None,
    )
    return entry(f"{ward.code}.{ward.valid_from.isoformat()}", ward.geometry, properties, time=holds)
