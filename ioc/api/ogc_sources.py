"""The four collections of the OGC API over the city's store, profile and places.

Whatever the caller may see elsewhere, personal and security values never come out here: features carry a fixed set
of properties, and the classes handed down are cut to public and internal by the router.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from shapely import Point

from gis.bbox import BBox
from gis.ogc.listed import Entry, ListSource, entry, ward_source
from gis.ogc.model import Collection, Feature, FeatureSource, Interval, ItemsQuery, Page, Viewer
from gis.ogc.query import bad_cursor
from gis.reason import Words
from ioc.city.profile import City
from ioc.contract import Gis
from ioc.core.clock import iso
from ioc.core.envelope import Recorded
from ioc.core.ids import is_id
from ioc.incidents.tables import incident as incident_table
from ioc.incidents.view import Incident, from_store
from ioc.store import Store

_ALWAYS = Interval(None, None)


def sources(store: Store, city: City, gis: Any) -> dict[str, FeatureSource]:
    """The collections of a city by id. `gis` is the city's Gis; its `wards` are all units known."""
    return {
        "wards": ward_source(gis.wards),
        "assets": asset_source(city, gis),
        "events": EventSource(store, BBox(*city.bbox)),
        "incidents": IncidentSource(store, BBox(*city.bbox)),
    }


def asset_source(city: City, gis: Gis) -> ListSource:
    """The city's hospitals, stations, schools and other places, each with its ward."""
    about = Words("Bệnh viện, trụ sở, trường học và các công trình khác.", "Hospitals, stations, schools and the like.")
    return ListSource("assets", Words("Công trình", "Assets"), about, _asset_entries(city, gis))


def _asset_entries(city: City, gis: Gis) -> Iterable[Entry]:
    for asset in city.assets:
        ward = gis.place(asset.lon, asset.lat).ward
        properties = {
            "name": asset.name,
            "kind": asset.kind,
            "module": "city",
            "ward": ward.code if ward else None,
            "ward_name": ward.name if ward else None,
            "severity": None,
            "accuracy_m": asset.accuracy_m,
        }
        yield entry(asset.id, Point(asset.lon, asset.lat), properties, data_class=asset.data_class.value)


class EventSource:
    """The log's events, newest first; the key of a page is the position of its last event."""

    def __init__(self, store: Store, bbox: BBox) -> None:
        self._store = store
        self._collection = Collection(
            "events",
            Words("Sự kiện", "Events"),
            Words("Những gì các phân hệ ghi nhận, mới nhất trước.", "What the modules say happened, newest first."),
            bbox,
            _ALWAYS,
        )

    async def collection(self) -> Collection:
        """What the collection is."""
        return self._collection

    async def page(self, query: ItemsQuery, viewer: Viewer) -> Page:
        """One page of the log.

        Raises:
            Refused: `after` is no position.
        """
        since, until = query.interval or _ALWAYS
        found = await self._store.log.query(
            bbox=_plain_box(query.bbox),
            since=since,
            until=_just_after(until),
            classes=viewer.classes,
            modules=viewer.modules or None,
            limit=query.limit + 1,
            before_position=_number(query.after),
        )
        shown = found[: query.limit]
        after = str(shown[-1].position) if len(found) > len(shown) else None
        return Page(tuple(event_feature(row.recorded()) for row in shown), after)

    async def one(self, feature_id: str, viewer: Viewer) -> Feature | None:
        """One event; None where it does not exist or may not be seen."""
        found = await self._store.log.find(feature_id) if is_id(feature_id) else None
        if found is None:
            return None
        recorded = found.recorded()
        permitted = recorded.envelope.dataclass in viewer.classes and viewer.sees(recorded.envelope.module)
        return event_feature(recorded) if permitted else None


def event_feature(recorded: Recorded) -> Feature:
    """An event without its payload: what, where, when, how bad."""
    envelope = recorded.envelope
    properties = {
        "type": envelope.type,
        "module": envelope.module,
        **_ward(envelope.data.get("ward")),
        "severity": envelope.severity,
        **_title(envelope.data.get("title"), envelope.type),
        "time": iso(envelope.time),
        "recorded": iso(envelope.recordedtime),
        "simulated": envelope.simulated,
        "exercise": envelope.exercise,
    }
    return Feature(envelope.id, envelope.data.get("geometry"), properties)


class IncidentSource:
    """Incidents, newest first; the key of a page is the number of its last incident."""

    def __init__(self, store: Store, bbox: BBox) -> None:
        self._store = store
        self._collection = Collection(
            "incidents",
            Words("Sự vụ", "Incidents"),
            Words("Các sự vụ đang và đã xử lý, mới nhất trước.", "Incidents worked on and closed, newest first."),
            bbox,
            _ALWAYS,
        )

    async def collection(self) -> Collection:
        """What the collection is."""
        return self._collection

    async def page(self, query: ItemsQuery, viewer: Viewer) -> Page:
        """One page of incidents by the time they were opened.

        Raises:
            Refused: `after` is no number.
        """
        number = _number(query.after)
        column = incident_table.c
        wanted = sa.select(column.view).where(*_permitted(viewer), *_incident_conditions(query))
        if number is not None:
            wanted = wanted.where(column.number < number)
        async with self._store.read() as connection:
            rows = await connection.execute(wanted.order_by(column.number.desc()).limit(query.limit + 1))
            found = [from_store(body) for body in rows.scalars()]
        shown = found[: query.limit]
        after = str(shown[-1].number) if len(found) > len(shown) else None
        return Page(tuple(incident_feature(one) for one in shown), after)

    async def one(self, feature_id: str, viewer: Viewer) -> Feature | None:
        """One incident; None where it does not exist or may not be seen."""
        if not is_id(feature_id):
            return None
        column = incident_table.c
        wanted = sa.select(column.view).where(column.id == feature_id, *_permitted(viewer))
        async with self._store.read() as connection:
            body = (await connection.execute(wanted)).scalar()
        return incident_feature(from_store(body)) if body is not None else None


def incident_feature(one: Incident) -> Feature:
    """An incident without its facts, its people and its operators."""
    properties = {
        "number": one.number,
        "kind": one.kind,
        "status": one.status,
        "module": one.module,
        **_ward(one.ward),
        "severity": one.severity,
        "priority": one.priority,
        "category": one.category,
        **_title(one.title, one.category),
        "opened": iso(one.opened),
        "updated": iso(one.updated),
        "due": iso(one.due) if one.due else None,
        "outcome": one.outcome,
        "simulated": one.simulated,
        "exercise": one.exercise,
    }
    point = {"type": "Point", "coordinates": list(one.lonlat)} if one.lonlat else None
    return Feature(one.id, point, properties)


def _permitted(viewer: Viewer) -> Iterable[sa.ColumnElement[bool]]:
    column = incident_table.c
    yield column.dataclass.in_(viewer.classes)
    if viewer.modules:
        yield column.module.in_(viewer.modules)


def _incident_conditions(query: ItemsQuery) -> Iterable[sa.ColumnElement[bool]]:
    column = incident_table.c
    since, until = query.interval or _ALWAYS
    if since is not None:
        yield column.opened_at >= since
    if until is not None:
        yield column.opened_at <= until
    if query.bbox is not None:
        west, south, east, north = query.bbox
        yield column.lat.between(south, north)
        across = sa.or_(column.lon >= west, column.lon <= east)
        yield column.lon.between(west, east) if west <= east else across


def _ward(ward: Mapping[str, Any] | None) -> dict[str, Any]:
    ward = ward if isinstance(ward, Mapping) else {}
    return {"ward": ward.get("code"), "ward_name": ward.get("name")}


def _title(title: Any, otherwise: str) -> dict[str, str]:
    title = title if isinstance(title, Mapping) else {}
    return {"title_vi": title.get("vi", otherwise), "title_en": title.get("en", otherwise)}


def _number(after: str | None) -> int | None:
    if after is None:
        return None
    if not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise bad_cursor()
    return int(after)


def _just_after(until: datetime | None) -> datetime | None:
    """The end of an interval belongs to it; the log's `until` does not."""
    try:
        return until + timedelta(microseconds=1) if until else None
    except OverflowError:
        return None


def _plain_box(bbox: BBox | None) -> tuple[float, float, float, float] | None:
    """The box as the log takes it; one across the 180° meridian reaches Vietnam only as its eastern half."""
    if bbox is None:
        return None
    west, east = bbox.spans()[0]
    return west, bbox.south, east, bbox.north
