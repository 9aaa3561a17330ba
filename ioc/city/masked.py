"""Which masks a picture was taken under, so that one taken under others is not shown as if they held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

_BYTES = 8


def masked_as(polygons: Iterable[Sequence[tuple[float, float]]]) -> str:
    """The same 16 hex digits for the same masks only; empty where there are none. Points are shares of the picture."""
    plain = [[(float(x), float(y)) for x, y in polygon] for polygon in polygons]
    return hashlib.blake2b(msgspec.json.encode(plain), digest_size=_BYTES).hexdigest() if plain else ""
