"""From appending an event to its effect: five processes append 500 events a second together to the log of a city in
production, and one module has one effect for each. Then the same while every flush of every process takes 4 ms
longer.

The module is the bench's own (`own_modules/notes`): it counts by place and yields one event for each, so that
event, state and cursor are one commit. It runs once with the API and the desk alone, which is the way of an event and
nothing else, and once beside the five modules as shipped, which read every event too. An effect is there when another
process finds it in the table, woken by the store's bell; the time runs from when the event was due to be written. So
the row holds two commits, the relay, the bus, the module's work and the looking.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import msgspec

from bench.appender import store_line
from bench.children import Helper, helper
from bench.frame import Goal, Report, Row, Size, percentile
from bench.installed import Installed, Kind, installed
from bench.machine import shares_of_a_core
from bench.slow_sync import NoCompiler, build, slowed
from bench.stores import folder
from ioc.store import Row as LogRow
from ioc.store import Store

PROCESSES = 5
PER_S = 500
SECONDS = 10
WARM_S = 2  # first a module loads the state of each key it meets, one question each: that is not counted
SLOWER_US = 4_000
LATE_S = 15.0
LOOK_S, POLL_S = 0.05, 0.001
SEEN = "notes.note.seen"
GOAL, SLOW_GOAL = Goal(at_most=50), Goal(at_most=150)
KINDS: tuple[Kind, ...] = ("postgresql", "sqlite")
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


class Data(msgspec.Struct):
    """The part of a note that is looked at."""

    sent: float = 0.0


class Body(msgspec.Struct):
    """The part of an event that is looked at."""

    type: str
    data: Data


_decode = msgspec.json.Decoder(Body).decode


@dataclass
class Measured:
    """One run, in ms: from due to the effect, and from due to committed. What was due in the first seconds warms up."""

    began: float
    expected: int
    seen: int = 0
    effects: list[float] = field(default_factory=list)
    appends: list[float] = field(default_factory=list)
    cores: str = ""

    def note(self, rows: Sequence[LogRow], now: float) -> None:
        """Rows of the log were found at this moment, in seconds since 1970."""
        sent = [body.data.sent for row in rows if (body := _decode(row.body)).type == SEEN]
        self.seen += len(sent)
        self.effects += [(now - at) * 1000 for at in sent if at >= self.began + WARM_S]


def run(size: Size) -> Report:
    """Both back ends, alone and in a whole city, with flushes as they are and slowed."""
    report = Report(f"effects ({PER_S} events/s from {PROCESSES} processes, one effect each)")
    with folder() as home:
        try:
            home.chmod(0o755)
            library: Path | None = build(home)
        except NoCompiler as error:
            library = None
            report.notes.append(f"slow flushes not measured: {error}")
        for shipped, kind, slow in product((False, True), KINDS, (None, library) if library else (None,)):
            _add(report, kind, shipped, slow, size)
    return report


def _add(report: Report, kind: Kind, shipped: bool, library: Path | None, size: Size) -> None:
    beside = "five modules beside" if shipped else "one module"
    how = f"{NAMES[kind]}, {beside}" + (f", flushes +{SLOWER_US // 1000} ms" if library else "")
    try:
        with slowed(library, SLOWER_US) if library else nullcontext():
            found = _measure(kind, shipped, size.of(SECONDS, 2))
    except FileNotFoundError as error:
        report.notes.append(f"{how} not measured: {error}")
        return
    late = found.effects or [float("inf")]
    report.notes.append(f"{how}, of one core: {found.cores}")
    report.rows += [
        Row(f"effects, {how}", "events", [found.seen], [found.expected], "appended", Goal(ratio=1.0)),
        Row(f"due -> effect, {how}, p50", "ms", [percentile(late, 50)]),
        Row(f"due -> effect, {how}, p99", "ms", [percentile(late, 99)], goal=SLOW_GOAL if library else GOAL),
        Row(f"due -> committed, {how}, p99", "ms", [percentile(found.appends, 99)]),
    ]


def _measure(kind: Kind, shipped: bool, seconds: int) -> Measured:
    with ExitStack() as stack:
        city = stack.enter_context(installed(kind, shipped=shipped))
        city.start()
        per_s, lasts_s = PER_S // PROCESSES, WARM_S + seconds
        writers = [stack.enter_context(helper("bench.appender", one, per_s, lasts_s)) for one in range(PROCESSES)]
        for one in writers:
            one.tell(store_line(city.store_settings))
        for one in writers:
            one.wait_ready()
        return asyncio.run(_watch(city, writers, PER_S * lasts_s))


async def _watch(city: Installed, writers: list[Helper], expected: int) -> Measured:
    """Looks into the log as it grows, until every effect is there or they are plainly late."""
    store = await Store.open(city.store_settings)
    try:
        position, before, began = await store.log.head(), city.cpu_seconds(), time.time()
        for one in writers:
            one.tell(b"go\n")
        found = Measured(began=began, expected=expected)
        until = began + expected / PER_S + LATE_S
        while found.seen < expected and time.time() < until:
            rung = store.log_bell.number()
            rows = await store.log.after(position)
            found.note(rows, time.time())
            if rows:
                position = rows[-1].position
            else:
                await store.log_bell.changed(rung, LOOK_S, poll_s=POLL_S)
    finally:
        await store.close()
    found.appends = [ms for one in writers for ms in json.loads(one.line())]
    found.cores = shares_of_a_core(before, city.cpu_seconds(), time.time() - began)
    return found
