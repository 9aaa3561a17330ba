"""The memory of processes over time, and how fast it grows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import linear_regression

import psutil

from bench.machine import family, pss_mib

Point = tuple[float, float]  # seconds since the beginning, MiB


def mib_per_minute(points: Sequence[Point], after_s: float = 0.0, before_s: float = float("inf")) -> float:
    """The slope of the straight line that fits best, of what was measured after and before so many seconds."""
    kept = [(at / 60, mib) for at, mib in points if after_s <= at < before_s]
    return linear_regression(*zip(*kept, strict=True)).slope if len(kept) > 1 else 0.0


@dataclass
class Growth:
    """Memory of each process, by pid."""

    of: dict[int, list[Point]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def add(self, pid: int, name: str, at: float, mib: float) -> None:
        """One look at one process."""
        self.of.setdefault(pid, []).append((at, mib))
        self.names[pid] = name

    def together(self) -> list[Point]:
        """All processes that were there from first to last, look by look."""
        most = max(map(len, self.of.values()), default=0)
        whole = [points for points in self.of.values() if len(points) == most]
        return [(looks[0][0], sum(mib for _, mib in looks)) for looks in zip(*whole, strict=True)]

    def by_name(self, after_s: float = 0.0) -> dict[str, float]:
        """How fast those of one name grew together, MiB a minute, of those that were there from first to last."""
        most, grew = max(map(len, self.of.values()), default=0), dict[str, float]()
        for pid, points in self.of.items():
            if len(points) == most:
                grew[self.names[pid]] = grew.get(self.names[pid], 0.0) + mib_per_minute(points, after_s)
        return grew

    def peak(self) -> float:
        """The most memory of all together, in MiB."""
        return max((mib for _, mib in self.together()), default=0.0)


@contextmanager
def watched_growth(
    pid: int, every_s: float, name_of: Callable[[psutil.Process], str], mib_of: Callable[[int], float] = pss_mib
) -> Iterator[Growth]:
    """Looks at a process and all below it every so many seconds, from a thread, until the block ends."""
    growth, ended, began = Growth(), threading.Event(), time.monotonic()

    def look() -> None:
        while not ended.is_set():
            at = time.monotonic() - began
            for one in family(pid):
                try:
                    growth.add(one.pid, name_of(one), at, mib_of(one.pid))
                except (psutil.NoSuchProcess, OSError, RuntimeError):
                    continue  # it ended meanwhile
            ended.wait(every_s)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield growth
    finally:
        ended.set()
        thread.join()
