"""Which readings were taken in already: 8 bytes each in sorted runs, bounded in number and in time.

Doors deliver at least once, so the same reading may come again, within a second or a day later. A table with a row a
reading would be written to all over the place, thousands of pages a second; these runs are kept in memory by the one
process that judges an owner's readings and lie in the store as they were added, one short row a commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

KEPT = timedelta(hours=48)
MOST = 8_000_000  # 64 MB
HASH_BYTES = 8
HOUR_MS = 3_600_000
Hashes = NDArray[np.uint64]


def hash_of(identity: str) -> bytes:
    """8 bytes for what tells a reading from all others of its owner."""
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()


class Seen:
    """The readings of one owner."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._runs: list[tuple[int, Hashes]] = []  # hour of the newest in it, sorted; oldest first

    def __len__(self) -> int:
        return sum(len(run) for _, run in self._runs)

    def fresh(self, hashes: bytes) -> NDArray[np.bool_]:
        """For each of these (8 bytes a reading) whether it comes for the first time."""
        wanted = np.frombuffer(hashes, np.uint64)
        fresh = np.zeros(len(wanted), np.bool_)
        fresh[np.unique(wanted, return_index=True)[1]] = True
        for _, run in self._runs:
            place = np.minimum(np.searchsorted(run, wanted), len(run) - 1)
            fresh &= run[place] != wanted
        return fresh

    def add(self, at_ms: int, hashes: bytes) -> None:
        """Remembers these as seen at a time, which is not before that of any other call."""
        if not hashes:
            return
        hour = at_ms - at_ms % HOUR_MS
        self._runs.append((hour, np.sort(np.frombuffer(hashes, np.uint64))))
        while len(self._runs) > 1 and self._mergeable(*self._runs[-2:]):
            (_, older), (_, newer) = self._runs[-2:]
            self._runs[-2:] = [(hour, np.sort(np.concatenate((older, newer)), kind="stable"))]
        self._forget(at_ms)

    def load(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Remembers what the store has kept, oldest first."""
        for at_ms, hashes in rows:
            self.add(at_ms, hashes)

    def _mergeable(self, older: tuple[int, Hashes], newer: tuple[int, Hashes]) -> bool:
        """Runs of one hour that are alike in size become one: few runs to look through, little to sort again."""
        return older[0] == newer[0] and len(older[1]) <= 2 * len(newer[1])

    def _forget(self, now_ms: int) -> None:
        oldest = now_ms - KEPT // timedelta(milliseconds=1)
        while len(self._runs) > 1 and (self._runs[0][0] + HOUR_MS < oldest or len(self) > self._most):
            del self._runs[0]
