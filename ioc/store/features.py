"""Features of layers (wards, zones, roads) with the days they are valid, as imported for the city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import delete, or_, select

from ioc.store.tables import feature
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

BBox = tuple[float, float, float, float]

_CHUNK = 500  # features a commit: an import must not hold the city's lock for long


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature. `geometry` is WKB, `bbox` (west, south, east, north), both degrees WGS 84, longitude first.

    It is valid from the first day to the last, both included; `valid_to` None: still.
    """

    collection: str
    id: str
    valid_from: date
    name: str
    properties: dict[str, Any]
    geometry: bytes
    bbox: BBox
    valid_to: date | None = None


class Features:
    """The layers of the city."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def put(self, features: list[Feature]) -> None:
        """Imports features, some hundred a commit; the same feature with the same first day is replaced."""
        for start in range(0, len(features), _CHUNK):
            some = features[start : start + _CHUNK]
            await self._access.write(partial(_put_all, features=some))

    async def remove(self, collection: str) -> int:
        """Takes a whole layer out and says how many features it had."""
        statement = delete(feature).where(feature.c.collection == collection)
        return await self._access.write(lambda tx: tx.execute(statement).rowcount)

    async def collections(self) -> list[str]:
        """The names of the layers."""
        statement = select(feature.c.collection).distinct().order_by(feature.c.collection)
        async with self._access.read() as connection:
            return list((await connection.execute(statement)).scalars())

    async def query(
        self,
        collection: str,
        *,
        on: date | None = None,
        bbox: BBox | None = None,
        limit: int | None = None,
        after_id: str | None = None,
    ) -> list[Feature]:
        """Features of a layer by id: those valid on a day, those whose box touches `bbox`, a page after an id."""
        c = feature.c
        statement = select(feature).where(c.collection == collection).order_by(c.id, c.valid_from).limit(limit)
        if on is not None:
            statement = statement.where(c.valid_from <= on, or_(c.valid_to.is_(None), c.valid_to >= on))
        if bbox is not None:
            west, south, east, north = bbox
            statement = statement.where(c.west <= east, c.east >= west, c.south <= north, c.north >= south)
        if after_id is not None:
            statement = statement.where(c.id > after_id)
        async with self._access.read() as connection:
            return [_feature(row) for row in await connection.execute(statement)]


def _put_all(tx: Transaction, features: list[Feature]) -> None:
    for one in features:
        put(tx, one)


def put(tx: Transaction, one: Feature) -> None:
    """Keeps one feature in this commit."""
    west, south, east, north = one.bbox
    insert = insert_for(tx.connection, feature).values(
        collection=one.collection,
        id=one.id,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        name=one.name,
        properties=msgspec.json.encode(one.properties),
        geometry=one.geometry,
        west=west,
        south=south,
        east=east,
        north=north,
    )
    key = ["collection", "id", "valid_from"]
    changed = {column.name: insert.excluded[column.name] for column in feature.c if column.name not in key}
    tx.execute(insert.on_conflict_do_update(index_elements=key, set_=changed))


def _feature(row: Any) -> Feature:
    return Feature(
        collection=row.collection,
        id=row.id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        name=row.name,
        properties=msgspec.json.decode(row.properties),
        geometry=bytes(row.geometry),
        bbox=(row.west, row.south, row.east, row.north),
    )
