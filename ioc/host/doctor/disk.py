"""Room on the disks that a city writes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ioc.store.doctor import Finding, broken, warning, well


class RoomLimits(msgspec.Struct, frozen=True):
    """Shares of a disk that should be free. TCVN 14423:2026 5.8.2.1 a asks for an alarm before logs fill it; 80% used
    is the usual mark. Below the lower one a city stops taking reports within a day."""

    warn_share: float = 0.2
    broken_share: float = 0.05


def check_disk(places: Iterable[Path], limits: RoomLimits = RoomLimits()) -> Iterator[Finding]:
    """One finding a disk."""
    seen = set()
    for place in places:
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        if there.stat().st_dev in seen:
            continue
        seen.add(there.stat().st_dev)
        usage = shutil.disk_usage(there)
        free, whole = usage.free / 2**30, usage.total / 2**30
        say = well if usage.free >= usage.total * limits.warn_share else warning
        say = say if usage.free >= usage.total * limits.broken_share else broken
        told = f"{free:.1f}/{whole:.1f} GiB"
        yield say("disk.room", f"Còn trống {told} ở {there}", f"{told} free at {there}")
