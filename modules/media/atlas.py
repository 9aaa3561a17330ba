"""The city's places by name: wards of today and before, roads, landmarks, areas, and names of elsewhere."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from gis.bare_names import BareNames
from gis.layers import read_wards
from gis.mentions import Name, NameBook
from gis.names import bare, fold, nfc
from gis.nearest import METRES_PER_DEGREE, haversine_m
from gis.old_units import OldUnits, read_old_units
from gis.wards import Ward
from gis.words import words
from ioc.city.profile import Asset, City, Segment
from ioc.core.place import WardRef
from modules.media.wordlists import wordlist

OLD_UNITS = "old_units.csv"  # beside the wards' file, where the city has one

_UNIT_WORDS = {
    "phuong": ("phuong", "p"),
    "xa": ("xa",),
    "thi_tran": ("thi tran", "tt"),
    "dac_khu": ("dac khu",),
}
_ANY_UNIT = frozenset({"phuong", "p", "xa", "thi tran", "tt", "dac khu"})
_ROAD_WORDS = frozenset({"duong", "pho", "d", "dai lo", "nga tu", "nga ba", "nga nam", "nut giao", "vong xuyen"})
_CITY_WORDS = frozenset({"thanh pho", "tp", "thi xa", "tx", "tinh"})
_ROAD_START = re.compile(r"^(đường|đại lộ|phố|đ\.|đl)\s+", re.IGNORECASE)
_ROAD_PART = re.compile(r"\s+(?:đi|qua|tới|đến)\s+", re.IGNORECASE)
_NUMBERED = re.compile(r"QL\s*(\w+)$")
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_OFFICES = ("ubnd", "cong an", "tru so", "so chi huy", "trung tam")  # speak more often than anything happens there
_COARSE_M = 1_000.0
_STEP_M = 100.0
_LEAST_PART = 0.15  # of a stretch


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place a name stands for. Degrees WGS 84, longitude first; `uncertainty_m` is how far off the point may be."""

    ref: str
    kind: str  # ward | road | landmark | area
    name: str
    lon: float
    lat: float
    uncertainty_m: float
    ward_code: str | None
    segment: str | None = None


WardOf = Callable[[float, float], str | None]


class Atlas:
    """Everything the module knows of places by name. `ward_of` gives the code of a point's ward."""

    def __init__(self, city: City, ward_of: WardOf) -> None:
        wards = [ward for ward in read_wards(city.wards_file).wards if ward.valid_to is None]
        self.wards = {ward.code: _ward_spot(ward) for ward in wards}
        self.ward_refs = {one.code: WardRef(one.code, one.name, one.valid_from, one.approximate) for one in wards}
        self.old = _old_units(city.wards_file.parent / OLD_UNITS)
        self.town = fold(city.name.vi)
        self.areas = {area.id: tuple(area.wards) for area in city.areas}
        self.landmarks: dict[str, Spot] = {}
        self.roads: dict[str, tuple[Spot, ...]] = {}
        self.stretches: dict[str, Spot] = {}
        names = [*self._of_wards(wards), *self._of_old()]
        names += self._of_roads(city.segments, ward_of)
        names += self._of_assets(city, ward_of)
        names += [Name(area.name.vi, "area", f"area:{area.id}") for area in city.areas]
        names += _of_elsewhere(city)
        lists = wordlist("places")
        bare = BareNames(
            places=lists["before_a_unit"],
            towns=_own_names(city),
            town_words=_CITY_WORDS,
            families=lists["families"],
            common=lists["common"],
        )
        self.book = NameBook(names, barred=[*lists["persons"], *lists["other_kinds"]], bare=bare)

    def _of_wards(self, wards: Iterable[Ward]) -> Iterator[Name]:
        for ward in wards:
            before = frozenset(_UNIT_WORDS.get(fold(ward.kind).replace(" ", "_"), ("phuong", "p", "xa")))
            yield Name(_core(ward.name), "ward", f"ward:{ward.code}", before, bare="unit")

    def _of_old(self) -> Iterator[Name]:
        for name in dict.fromkeys(move.old_name for move in self.old.moves):
            kind = fold(name.split()[0])
            before = frozenset(_UNIT_WORDS.get(kind, tuple(_ANY_UNIT)))
            yield Name(_core(name), "old", f"old:{name}", before, alone=False, bare="unit")

    def _of_roads(self, segments: Iterable[Segment], ward_of: WardOf) -> Iterator[Name]:
        for segment in segments:
            ref = f"road:{segment.id}"
            self.roads[ref] = _road_spots(segment, ref, ward_of)
            self.stretches[ref] = _whole(segment, ref, ward_of)
            for alias in _road_aliases(segment):
                before = frozenset() if _says_itself(alias) else _ROAD_WORDS
                yield Name(alias, "road", ref, before, bare="" if not before else "road")

    def _of_assets(self, city: City, ward_of: WardOf) -> Iterator[Name]:
        for asset in city.assets:
            ref = f"landmark:{asset.id}"
            spot = _asset_spot(asset, ref, ward_of)
            aliases = list(_asset_aliases(asset.name, city))
            if aliases:
                self.landmarks[ref] = spot
            for alias in aliases:
                office = fold(alias).startswith(_OFFICES)
                yield Name(alias, "office" if office else "landmark", ref)


def _core(name: str) -> str:
    """The name without its unit word, marks kept."""
    plain = bare(name).split()
    return " ".join(nfc(name).split()[-len(plain) :])


def _ward_spot(ward: Ward) -> Spot:
    inside = ward.geometry.representative_point()
    squeeze = math.cos(math.radians(inside.y))
    radius = math.sqrt(ward.geometry.area * squeeze / math.pi) * METRES_PER_DEGREE
    return Spot(
        ref=f"ward:{ward.code}",
        kind="ward",
        name=ward.name,
        lon=round(inside.x, 6),
        lat=round(inside.y, 6),
        uncertainty_m=round(radius),
        ward_code=ward.code,
    )


def _road_spots(segment: Segment, ref: str, ward_of: WardOf) -> tuple[Spot, ...]:
    """A stretch of road as one spot for each ward it passes, the middle of its part there; parts too short to be told
    from the crookedness of the map are left out."""
    points = _along(segment.line)
    codes = [ward_of(lon, lat) for lon, lat in points]
    found = []
    for code in dict.fromkeys(one for one in codes if one is not None):
        part = [point for point, one in zip(points, codes, strict=True) if one == code]
        if len(part) >= len(points) * _LEAST_PART:
            found.append(_road_spot(segment, ref, part, code))
    return tuple(found)


def _whole(segment: Segment, ref: str, ward_of: WardOf) -> Spot:
    """A stretch as one spot, its middle; in no certain ward."""
    points = _along(segment.line)
    return _road_spot(segment, ref, points, ward_of(*points[len(points) // 2]))


def _road_spot(segment: Segment, ref: str, part: Sequence[tuple[float, float]], code: str | None) -> Spot:
    lon, lat = part[len(part) // 2]
    return Spot(
        ref=ref,
        kind="road",
        name=segment.name,
        lon=round(lon, 6),
        lat=round(lat, 6),
        uncertainty_m=round(max(haversine_m(lon, lat, *end) for end in (part[0], part[-1]))),
        ward_code=code,
        segment=segment.id,
    )


def _along(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points of a line, one every hundred metres or so."""
    points = [line[0]]
    for (lon1, lat1), (lon2, lat2) in pairwise(line):
        steps = max(1, round(haversine_m(lon1, lat1, lon2, lat2) / _STEP_M))
        points += [(lon1 + (lon2 - lon1) * n / steps, lat1 + (lat2 - lat1) * n / steps) for n in range(1, steps + 1)]
    return points


def _road_aliases(segment: Segment) -> Iterator[str]:
    """ "Quốc lộ 1A, cầu Hoàng Long" is also known by each of its halves, "Đường Trần Phú" as Trần Phú."""
    number = _NUMBERED.match(segment.road)
    parts = [segment.name, *segment.name.split(","), _ROAD_PART.split(segment.name)[0]]
    parts += [f"Quốc lộ {number[1]}"] if number else []
    for part in dict.fromkeys(part.strip() for part in parts):
        yield _ROAD_START.sub("", part) if not _says_itself(_ROAD_START.sub("", part)) else part


def _says_itself(name: str) -> bool:
    """Whether a road's name says that it is one, such as a numbered road or a bridge."""
    return fold(name).startswith(("quoc lo", "tinh lo", "cau ", "nut giao", "duong truc", "duong ven"))


def _asset_spot(asset: Asset, ref: str, ward_of: WardOf) -> Spot:
    return Spot(
        ref=ref,
        kind="landmark",
        name=asset.name,
        lon=asset.lon,
        lat=asset.lat,
        uncertainty_m=asset.accuracy_m,
        ward_code=ward_of(asset.lon, asset.lat) if asset.accuracy_m <= _COARSE_M else None,
    )


def _asset_aliases(name: str, city: City) -> Iterator[str]:
    full = _BRACKETS.sub("", name).strip()
    town = [city.name.vi, city.province.vi, f"thị xã {city.name.vi}", f"tỉnh {city.name.vi}"]
    short = full
    for one in sorted(town, key=len, reverse=True):
        short = re.sub(rf"\s+{re.escape(one)}$", "", short, flags=re.IGNORECASE)
    for alias in dict.fromkeys((full, short, full.split(",")[0].strip())):
        if len(words(alias)) > 1 and fold(alias) not in {fold(one) for one in town} and fold(alias) != "tru so":
            yield alias


def _old_units(path: Path) -> OldUnits:
    return read_old_units(path) if path.is_file() else OldUnits([])


def _own_names(city: City) -> set[str]:
    """The city's name and its province's."""
    return {city.name.vi, city.province.vi.removeprefix("Tỉnh ").removeprefix("Thành phố ")}


def _of_elsewhere(city: City) -> Iterator[Name]:
    """The city itself (so that it is known when it is meant), other provinces, and rivers."""
    own = _own_names(city)
    for name in own:
        yield Name(name, "city", "city", _CITY_WORDS)
    for name in wordlist("places")["elsewhere"]:
        if name not in own:
            yield Name(name, "elsewhere", f"elsewhere:{name}")
    for name in wordlist("places")["rivers"]:
        yield Name(name, "river", f"river:{name}")
