"""`ioc backup` and `ioc restore` of a city with a million events, on both back ends: how long each command takes as a
person starts it, and the most memory that any of its processes took.

The backup is made of an installation and put back into an empty place of the same server, with the same keys. Both
prove what they made before they end; the restore brings the tables to this build, too. The restored log is counted
afterwards.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bench.frame import Goal, Report, Row, Size
from bench.installed import IOC, ROOT, Installed, Kind, installed
from bench.million import fill
from ioc.store import Store, StoreSettings
from tests.production.installation import plain_environment

RESTORE_S = 15 * 60
PAGE = 5_000
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


class Took(NamedTuple):
    """One command: seconds, and the most memory one of its processes had (MiB)."""

    seconds: float
    peak_mib: float


def run(size: Size) -> Report:
    """A million events; ten thousand when quick."""
    count = size.of(1_000_000, 10_000)
    report = Report(f"restore (backup and restore of {count:,} events)")
    for kind in KINDS:
        try:
            with installed(kind) as city:
                report.rows += _there_and_back(city, kind, count, report)
        except FileNotFoundError as error:
            report.notes.append(f"{NAMES[kind]} not measured: {error}")
    return report


def _there_and_back(city: Installed, kind: Kind, count: int, report: Report) -> list[Row]:
    known = city.store_settings
    fill(known.url, count, datetime.now(UTC), known.city)
    saved = timed(["backup", str(city.folder / "backups")], city.environment)
    (backup,) = (path for path in (city.folder / "backups").iterdir() if path.is_dir())
    other = city.environment | {"IOC_STATE_DIR": str(city.folder / "other")}
    if city.database is not None:
        other["IOC_DATABASE_URL"] = city.database.create("other")
    back = timed(["restore", str(backup)], other)
    url = other["IOC_DATABASE_URL"] or f"sqlite:///{city.folder / 'other' / 'ioc.db'}"
    found = asyncio.run(_head(StoreSettings(url, known.city, city.folder / "other", known.key)))
    size_mib = sum(path.stat().st_size for path in backup.rglob("*") if path.is_file()) / 2**20
    name = NAMES[kind]
    report.notes.append(
        f"{name}: the backup has {size_mib:,.0f} MiB; the command's processes took at most {saved.peak_mib:,.0f} MiB "
        f"each, the restore's {back.peak_mib:,.0f} MiB"
    )
    return [
        Row(f"{name}, ioc backup", "s", [saved.seconds]),
        Row(f"{name}, ioc restore", "s", [back.seconds], goal=Goal(at_most=RESTORE_S)),
        Row(f"{name}, events that came back", "events", [found], [count], "there before", Goal(ratio=1)),
    ]


def timed(words: Sequence[str], environment: dict[str, str]) -> Took:
    """One of the product's commands; raises RuntimeError when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [IOC, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=plain_environment() | environment, cwd=ROOT
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise RuntimeError(f"ioc {' '.join(words)}: {said.decode(errors='replace')}")
    return Took(time.perf_counter() - began, used.ru_maxrss / 1024)


async def _head(settings: StoreSettings) -> int:
    """The number of events of a log without a hole: its last position, as far as every position is there."""
    store = await Store.open(settings)
    try:
        position = 0
        while rows := await store.log.after(position, PAGE):
            if rows[-1].position != position + len(rows):
                return position
            position = rows[-1].position
        return position
    finally:
        await store.close()
