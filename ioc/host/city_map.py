"""Where the city's wards and names come from: a folder of real files, the imported layer, or the profile itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from gis.city_places import CityGis
from gis.gazetteer import Gazetteer, NamedPlace, read_landmarks
from gis.layers import read_wards
from gis.old_units import OldUnits, read_old_units
from gis.wards import Ward, WardIndex
from ioc.city.profile import City
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.host.places import CityPlaces
from ioc.store import Feature, Store

WARDS = "wards"


async def open_places(city: City, store: Store, data_dir: Path | None) -> CityPlaces:
    """All places of the city. An imported layer is official when it has every ward the profile names, and exactly.

    Raises:
        Problem: the data folder has no wards of this city.
    """
    imported = [ward_of(feature) for feature in await store.features.query(WARDS)]
    # Besides the loop: reading a province takes seconds on a busy machine, and a loop that does not beat is killed.
    return await asyncio.to_thread(_places, city, imported, data_dir)


def _places(city: City, imported: list[Ward], data_dir: Path | None) -> CityPlaces:
    own = read_wards(city.wards_file).wards
    codes = frozenset(ward.code for ward in own)
    wards, official = list(own), city.official_wards
    if imported:
        wards, official = imported, codes <= {ward.code for ward in imported if not ward.approximate}
    if data_dir and holds_wards(data_dir):
        wards, official = wards_of_folder(data_dir, own), True
    index = WardIndex(wards, tolerance_m=city.coast_tolerance_m)
    gis = CityGis(index, Gazetteer(_names(city, data_dir)), _area(wards, codes), city.coast_tolerance_m)
    return CityPlaces(gis, _old_units(data_dir), official=official)


def ward_of(feature: Feature) -> Ward:
    """The ward an imported feature keeps."""
    return Ward(
        code=feature.id,
        name=feature.name,
        kind=str(feature.properties.get("kind", "")),
        valid_from=feature.valid_from,
        geometry=shapely.from_wkb(feature.geometry),
        valid_to=feature.valid_to,
        approximate=bool(feature.properties.get("approximate", False)),
    )


def feature_of(ward: Ward) -> Feature:
    """The feature that keeps a ward."""
    west, south, east, north = ward.geometry.bounds
    return Feature(
        collection=WARDS,
        id=ward.code,
        valid_from=ward.valid_from,
        name=ward.name,
        properties={"kind": ward.kind, "approximate": ward.approximate},
        geometry=shapely.to_wkb(ward.geometry),
        bbox=(west, south, east, north),
        valid_to=ward.valid_to,
    )


def _area(wards: list[Ward], codes: frozenset[str]) -> BaseGeometry:
    """The service area: the wards the profile names, or all where an import knows none of them."""
    named = [ward.geometry for ward in wards if ward.code in codes and ward.valid_to is None]
    return shapely.union_all(named or [ward.geometry for ward in wards if ward.valid_to is None])


def holds_wards(folder: Path) -> bool:
    """Whether a folder of real files is to give the wards; one may also hold clips or readings only."""
    return (folder / "boundaries").is_dir()


def wards_of_folder(folder: Path, own: Sequence[Ward]) -> list[Ward]:
    """The real shapes of the profile's wards, from the file of a folder that has them all.

    The files carry no dates: the shapes are valid from the day the profile gives its wards.

    Raises:
        Problem: no file of the folder has all of them.
    """
    codes = {ward.code for ward in own}
    since = min(ward.valid_from for ward in own)
    for path in sorted((folder / "boundaries").glob("*_wards_*_simplified.geojson")):
        found = [ward for ward in read_wards(path, valid_from=since).wards if ward.code in codes]
        if {ward.code for ward in found} == codes:
            return found
    raise Problem(
        "no-wards-in-folder",
        Text(f"Thư mục {folder.name} không có ranh giới của thành phố này", f"{folder.name} has no wards of this city"),
    )


def _names(city: City, data_dir: Path | None) -> list[NamedPlace]:
    own = [NamedPlace(asset.name, asset.kind, asset.lon, asset.lat, asset.accuracy_m) for asset in city.assets]
    landmarks = data_dir / "landmarks" / "landmarks.csv" if data_dir else None
    if landmarks and landmarks.exists():
        west, south, east, north = city.bbox
        inside = [p for p in read_landmarks(landmarks) if west <= p.lon <= east and south <= p.lat <= north]
        return list({place.name: place for place in [*own, *inside]}.values())
    return own


def _old_units(data_dir: Path | None) -> OldUnits:
    if data_dir is None:
        return OldUnits([])
    return read_old_units(*sorted((data_dir / "boundaries").glob("*_old_to_new_*.csv")))
