"""Whether two reports are probably about the same thing: a suggestion for people, never a merge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from gis.nearest import haversine_m
from modules.citizen.words import tokens

SHINGLE_WORDS = 3
_PRINT_BYTES = 4  # enough to compare a few hundred shingles, too short to read a text back from


class Rule(msgspec.Struct, frozen=True):
    """How near in space, time and words two reports must be; the values are the city's thresholds."""

    distance_m: float
    days: float
    jaccard: float


class Sighting(msgspec.Struct, frozen=True):
    """What is compared of a report: `prints` are fingerprints of its shingles, never the words themselves."""

    id: str
    service_code: str
    lon: float
    lat: float
    received: datetime
    prints: frozenset[str]
    photo_hash: str | None = None


class Likeness(msgspec.Struct, frozen=True):
    """An earlier report that may be the same: metres away, how alike the words are, whether the photo is equal."""

    id: str
    distance_m: float
    jaccard: float
    same_photo: bool


def shingles(text: str) -> frozenset[str]:
    """Every run of three lower-cased words; a shorter text is one shingle of all its words."""
    words = tokens(text)
    if not words:
        return frozenset()
    runs = max(1, len(words) - SHINGLE_WORDS + 1)
    return frozenset(" ".join(words[i : i + SHINGLE_WORDS]) for i in range(runs))


def fingerprints(text: str) -> frozenset[str]:
    """Short one-way hashes of the shingles: comparable as the shingles are, without keeping the text."""
    return frozenset(blake2b(one.encode(), digest_size=_PRINT_BYTES).hexdigest() for one in shingles(text))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared over all; 0 where either is empty (silence is not alike)."""
    if not one or not other:
        return 0.0
    return len(one & other) / len(one | other)


def likeness(new: Sighting, old: Sighting, rule: Rule) -> Likeness | None:
    """How alike the two are, or None where they are not candidates (`old` came before `new`)."""
    if new.service_code != old.service_code or new.received - old.received > timedelta(days=rule.days):
        return None
    distance = haversine_m(new.lon, new.lat, old.lon, old.lat)
    if distance > rule.distance_m:
        return None
    words = jaccard(new.prints, old.prints)
    same_photo = new.photo_hash is not None and new.photo_hash == old.photo_hash
    if words < rule.jaccard and not same_photo:
        return None
    return Likeness(old.id, round(distance, 1), round(words, 3), same_photo)


def candidates(new: Sighting, earlier: Iterable[Sighting], rule: Rule, *, limit: int = 5) -> tuple[Likeness, ...]:
    """The earlier reports `new` may repeat, most alike first."""
    found = [alike for old in earlier if old.id != new.id and (alike := likeness(new, old, rule))]
    found.sort(key=lambda alike: (not alike.same_photo, -alike.jaccard, alike.distance_m))
    return tuple(found[:limit])
