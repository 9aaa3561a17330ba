"""How alike two texts are: a 64-bit SimHash for near copies, the cosine of rare words for the same story."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np

from gis.words import Word

BITS = 64
MOST_FEATURES = 200
_SHORT = 2  # a lone syllable of two letters or fewer tells nothing


def features(text: Sequence[Word]) -> frozenset[int]:
    """Fingerprints (32 bits) of the words and pairs of neighbouring words: comparable, and no text to be read back."""
    plain = [one.key for one in text]
    found = dict.fromkeys(_hash32(f"{a} {b}") for a, b in pairwise(plain))
    found |= dict.fromkeys(_hash32(one) for one in plain if len(one) > _SHORT)
    return frozenset(list(found)[:MOST_FEATURES])


def simhash(text: Sequence[Word]) -> int:
    """Charikar's hash over pairs of neighbouring words: near copies differ in few bits. 0 for an empty text."""
    keys = [one.key for one in text]
    shingles = {f"{a} {b}" for a, b in pairwise(keys)} or set(keys)
    if not shingles:
        return 0
    hashes = b"".join(blake2b(one.encode(), digest_size=BITS // 8).digest() for one in shingles)
    ones = np.unpackbits(np.frombuffer(hashes, dtype=np.uint8)).reshape(len(shingles), BITS).sum(axis=0)
    return int.from_bytes(np.packbits(2 * ones > len(shingles)).tobytes(), "big")


def hamming(one: int, other: int) -> int:
    """In how many bits two hashes differ."""
    return (one ^ other).bit_count()


def near_copy(one: int, other: int, most: int) -> bool:
    """Whether two texts are near copies; an empty text is a copy of nothing."""
    return bool(one and other) and hamming(one, other) <= most


def cosine(text: Collection[int], story: Mapping[int, int], weight: Mapping[int, float]) -> float:
    """The cosine of a text's features and a story's counts, each weighted by how rare it is (0 where unknown)."""
    dot = sum(story[one] * weight[one] ** 2 for one in text if one in story and one in weight)
    if dot <= 0:
        return 0.0
    mine = math.sqrt(sum(weight.get(one, 0.0) ** 2 for one in text))
    theirs = math.sqrt(sum((count * weight.get(one, 0.0)) ** 2 for one, count in story.items()))
    return dot / (mine * theirs)


def _hash32(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big")
