"""Named places: the nearest to a point, and those that go by a name, with or without marks."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gis.names import fold, nfc
from gis.nearest import Points

# A place rounded to one arc-minute may lie this far from where it is said to be.
COARSE_M = 1_000.0


class NamedPlace(NamedTuple):
    """A point with a name; degrees WGS 84. `accuracy_m` is how far off it may be, `ward_code` its ward if known."""

    name: str
    kind: str
    lon: float
    lat: float
    accuracy_m: float = 0.0
    ward_code: str | None = None


class NearPlace(NamedTuple):
    """A named place and its great-circle distance in metres."""

    place: NamedPlace
    distance_m: float


class Gazetteer:
    """Places of a city, kept in memory."""

    def __init__(self, places: Iterable[NamedPlace]) -> None:
        self.places: tuple[NamedPlace, ...] = tuple(place._replace(name=nfc(place.name)) for place in places)
        self._points = Points([place.lon for place in self.places], [place.lat for place in self.places])
        self._accuracy = np.array([place.accuracy_m for place in self.places], dtype=float)
        self._folded = [fold(place.name) for place in self.places]

    def __len__(self) -> int:
        return len(self.places)

    def nearest(
        self, lon: float, lat: float, limit: int = 1, *, within_m: float = 1_000.0, accurate_to_m: float = 600.0
    ) -> list[NearPlace]:
        """The nearest places, nearest first; those known only roughly name no point and are passed over."""
        if not self.places:
            return []
        metres = self._points.distances_m(lon, lat)
        metres[self._accuracy > accurate_to_m] = np.inf
        order = np.argsort(metres, kind="stable")[:limit]
        return [NearPlace(self.places[i], float(metres[i])) for i in order if metres[i] <= within_m]

    def find(self, text: str, limit: int = 10) -> list[NamedPlace]:
        """Places whose name holds every word of the text; the same name first, then beginnings, then the rest.

        Marks typed count: "Hàm Rồng" puts Hàm Rồng before Ham Rong, "ham rong" finds both.
        """
        sought, exact = fold(text), nfc(text).casefold()
        if not sought:
            return []
        ranked = [
            (_rank(folded, sought), exact not in place.name.casefold(), place.name, i)
            for i, (folded, place) in enumerate(zip(self._folded, self.places, strict=True))
            if _has_words(folded, sought)
        ]
        return [self.places[i] for *_, i in sorted(ranked)[:limit]]


LABEL = "ward_label"  # the kind of a point where a map writes a ward's name: nothing stands there
_MARK = re.compile(r"\s*\(điểm nhãn\)", re.IGNORECASE)  # how lists mark it, for makers of maps


def read_landmarks(path: Path) -> list[NamedPlace]:
    """Places of a CSV with columns name, kind, lon, lat, and where present accuracy_m and ward_code.

    A point of a map's label is found by the ward's name, and names no point near it.

    Raises:
        KeyError: a needed column is missing.
        ValueError: a number is none.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_landmark(row) for row in csv.DictReader(file)]


def _landmark(row: dict[str, str]) -> NamedPlace:
    accuracy_m = float(row.get("accuracy_m") or 0.0)
    return NamedPlace(
        _MARK.sub("", nfc(row["name"])),
        row["kind"],
        float(row["lon"]),
        float(row["lat"]),
        max(accuracy_m, COARSE_M) if row["kind"] == LABEL else accuracy_m,
        row.get("ward_code") or None,
    )


def read_places(path: Path) -> list[NamedPlace]:
    """Places of a GeoJSON file of named points; `coarse` marks those rounded to one arc-minute.

    Raises:
        KeyError: a feature has no name or no point.
    """
    features: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [_place(feature["properties"], feature["geometry"]["coordinates"]) for feature in features]


def _place(properties: dict[str, Any], lonlat: list[float]) -> NamedPlace:
    accuracy_m = COARSE_M if properties.get("coarse") else float(properties.get("accuracy_m") or 0.0)
    kind = str(properties.get("kind") or "place")
    return NamedPlace(properties["name"], kind, lonlat[0], lonlat[1], accuracy_m, properties.get("ward_code"))


def _has_words(folded: str, sought: str) -> bool:
    words = folded.split()
    return all(any(word.startswith(part) for word in words) for part in sought.split())


def _rank(folded: str, sought: str) -> int:
    if folded == sought:
        return 0
    return 1 if folded.startswith(sought) else 2
