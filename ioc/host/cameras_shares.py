"""How cameras are shared out among the processes that take their pictures. Pure: every process comes to the same by
itself, from what all of them see in Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec

TAKEN_AT_ONCE = 16  # in one look: a decoder costs a tenth of a second of a core until it runs
GIVEN_AT_ONCE = 4  # each of them is blind for some seconds, so a few at a time


class Moves(msgspec.Struct, frozen=True):
    """What one worker should do next."""

    take: tuple[str, ...] = ()
    give: tuple[str, ...] = ()


def moves_of(me: str, workers: frozenset[str], held: Mapping[str, str], cameras: Sequence[str]) -> Moves:
    """What `me` should take of the free cameras, or give up of its own, `workers` being all that live.

    Shares differ by one at most, and those that have most keep the larger ones, so that nothing moves without need.
    """
    mine = [camera for camera in cameras if held.get(camera) == me]
    over = len(mine) - share_of(me, workers | {me}, held, cameras)
    if over > 0:
        return Moves(give=tuple(_by_liking(me, mine)[-min(over, GIVEN_AT_ONCE) :]))
    free = [camera for camera in cameras if camera not in held]
    return Moves(take=tuple(_by_liking(me, free)[: min(-over, TAKEN_AT_ONCE)]))


def share_of(me: str, workers: frozenset[str], held: Mapping[str, str], cameras: Sequence[str]) -> int:
    """How many cameras should be `me`'s, who is one of the workers."""
    counts = Counter(held[camera] for camera in cameras if camera in held)
    ranked = sorted(workers, key=lambda worker: (-counts[worker], worker))
    share, rest = divmod(len(cameras), len(workers))
    return share + (ranked.index(me) < rest)


def _by_liking(me: str, cameras: Sequence[str]) -> list[str]:
    """In an order of each worker's own, so that two seldom reach for the same."""
    return sorted(cameras, key=lambda camera: blake2b(f"{me} {camera}".encode(), digest_size=8).digest())
