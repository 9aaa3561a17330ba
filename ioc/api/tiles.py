"""Vector tiles of the city's wards and road segments, for its own maps and for QGIS."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from shapely import LineString

from gis.tiles import MAX_ZOOM, NoSuchTile, TileFeature, TileLayer
from gis.wards import Ward
from ioc.city.profile import City, Segment
from ioc.contract.rights import allow
from ioc.core.clock import VIETNAM
from ioc.core.errors import not_found

router = APIRouter(tags=["map"])

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
Zoom = Annotated[int, Path(ge=0, le=MAX_ZOOM)]
Number = Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)]


class CityTiles:
    """The city's layers as tiles, each made when it is first asked for."""

    def __init__(self, city: City, places: Any) -> None:
        self._city = city
        self._places = places

    def layer(self, name: str) -> TileLayer | None:
        """The layer of this name; None where there is none."""
        return {"wards": lambda: self._wards, "segments": lambda: self._segments}.get(name, lambda: None)()

    @cached_property
    def _wards(self) -> TileLayer:
        today = datetime.now(VIETNAM).date()
        return TileLayer("wards", [_ward(ward) for ward in self._places.wards if ward.valid_on(today)])

    @cached_property
    def _segments(self) -> TileLayer:
        return TileLayer("segments", [_segment(segment) for segment in self._city.segments])


def _ward(ward: Ward) -> TileFeature:
    return TileFeature(
        ward.geometry, {"code": ward.code, "name": ward.name, "kind": ward.kind, "approximate": ward.approximate}
    )


def _segment(segment: Segment) -> TileFeature:
    properties: dict[str, str | int | float] = {"id": segment.id, "name": segment.name, "road": segment.road}
    properties |= {"lanes": segment.lanes, "approximate": segment.approximate}
    return TileFeature(LineString(segment.line), properties)


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt", summary="A vector tile of `wards` or `segments`")
@allow("anyone")
async def tile(request: Request, layer: str, z: Zoom, x: Number, y: Number) -> Response:
    """A Mapbox Vector Tile 2.1 in Web Mercator; 204 where the layer has nothing there, 404 for no such
    layer or tile, 422 for a zoom there is not."""
    found = request.app.state.tiles.layer(layer)
    if found is None:
        raise not_found()
    try:
        body = found.tile(z, x, y)
    except NoSuchTile:
        raise not_found() from None
    kept = {"Cache-Control": "max-age=300"}
    return Response(body, media_type=MEDIA_TYPE, headers=kept) if body else Response(status_code=204, headers=kept)
