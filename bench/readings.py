"""Ten thousand readings a second through HTTP into their series, beside 200 events a second to screens, in a whole
running city: none may be lost, the series must keep up, and the events must not feel it.

The readings go to a module made for this, whose handler sees every one and remembers a number for each meter.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bench.frame import Goal, Report, Row, Size, percentile
from bench.http_driver import connect, pace, post
from bench.latency import EVENTS_PER_S, WARM_UP, Posted, Seen, digest, events_of, post_calls, run_loop, settled, watch
from bench.machine import cpu_seconds
from bench.stores import folder
from ioc.city.profile import load_city
from ioc.demo.settings import demo_settings
from ioc.host.discovery import OWN_FOLDER
from ioc.host.parts import store_settings
from ioc.host.readings import consumer_of
from ioc.store import Store
from tests.running import ROOT, City, running_city

PER_S = 10_000
BATCH = 100
METERS = 500
CONNECTIONS = 16
SCREENS = 10
LOOK_S = 0.25
SETTLE_S = 20.0
CITY_DIR = ROOT / "cities" / "thanh-hoa"
OWNER = "meters"
KIND = f"{OWNER}.level"
PROCESSES = ("api", "desk", f"module {OWNER}", "module emergency")

MANIFEST = f"""name = "{OWNER}"
title_vi = "Đồng hồ"
title_en = "Meters"
version = "1"
owner = "bench"
"""
CODE = f"""from ioc.contract import Module, State, on


class Sum(State):
    count: int = 0
    total: float = 0.0


class Meters(Module):
    @on("{KIND}", state=Sum)
    def add(self, reading, meter, ctx):
        meter.count += 1
        meter.total += reading.value
        yield from ()
"""


@dataclass
class Flow:
    """What became of the readings. Lags in seconds: how old the oldest reading was that was not in its series (or not
    handled) yet."""

    sent: int = 0
    refused: int = 0
    answers_ms: list[float] = field(default_factory=list)
    series_lag: list[float] = field(default_factory=list)
    handler_lag: list[float] = field(default_factory=list)
    stored: int = 0
    handled: int = 0
    seconds: float = 0.0


def run(size: Size) -> Report:
    """Ten seconds of both together."""
    seconds, per_s = size.of(10, 2), size.of(PER_S, 2_000)
    report = Report(f"readings (whole city, {per_s:,} readings/s beside {EVENTS_PER_S} events/s)")
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        stack.enter_context(own_module(home))
        city = stack.enter_context(running_city("--quiet"))
        audience = watch(stack, city.port, home / "screens", SCREENS)
        run_loop(post_calls(city.port, range(WARM_UP), 20.0))
        calls_per_s = EVENTS_PER_S / (len(events_of(settled(audience))) / WARM_UP)
        before = _cpu(city)
        flow, posted = run_loop(_measure(city, calls_per_s, per_s, seconds))
        spent = {name: used - before[name] for name, used in _cpu(city).items()}
        report.rows = _rows(flow, digest(settled(audience), posted, seconds), per_s, seconds)
    used = ", ".join(f"{name} {spent[name] / flow.seconds:.0%}" for name in PROCESSES)
    report.notes.append(
        f"sent {flow.sent:,}, refused {flow.refused:,}, handled {flow.handled:,} in {flow.seconds:.1f} s"
    )
    report.notes.append(f"of one core: {used}")
    return report


def _rows(flow: Flow, seen: Seen, per_s: int, seconds: int) -> list[Row]:
    everything, soon = Goal(ratio=0.999), Goal(at_most=2.0)
    sent = "sent in all"
    return [
        Row("readings in their series", "readings", [flow.stored], [flow.sent], sent, everything),
        Row("readings handled once", "readings", [flow.handled], [flow.sent], sent, everything),
        Row("into series, from first to last", "readings/s", [flow.stored / flow.seconds], [per_s], "asked for"),
        Row("oldest reading not in its series, p99", "s", [percentile(flow.series_lag, 99)], goal=soon),
        Row("oldest reading not handled, p99", "s", [percentile(flow.handler_lag, 99)], goal=soon),
        Row(f"{BATCH} readings a post, answered, p99", "ms", [percentile(flow.answers_ms, 99)]),
        Row("events while readings come", "events/s", [seen.events / seconds], [EVENTS_PER_S], "asked for"),
        Row("accepted -> every screen, the call, p50", "ms", [percentile(seen.accepted, 50)]),
        Row("accepted -> every screen, the call, p99", "ms", [percentile(seen.accepted, 99)], goal=Goal(at_most=150)),
    ]


@contextmanager
def own_module(home: Path) -> Iterator[None]:
    """The module of the meters, where the city's processes find it."""
    place = home / "modules" / OWNER
    place.mkdir(parents=True)
    (place / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (place / "module.py").write_text(CODE, encoding="utf-8")
    before = os.environ.get(OWN_FOLDER)
    os.environ[OWN_FOLDER] = str(place.parent)
    try:
        yield
    finally:
        shutil.rmtree(place.parent, ignore_errors=True)
        if before is None:
            del os.environ[OWN_FOLDER]
        else:
            os.environ[OWN_FOLDER] = before


async def _measure(city: City, calls_per_s: float, per_s: int, seconds: int) -> tuple[Flow, dict[str, Posted]]:
    store = await Store.open(store_settings(demo_settings(CITY_DIR, city.state), load_city(CITY_DIR).id))
    flow = Flow()
    calls = range(WARM_UP, WARM_UP + int(calls_per_s * seconds))
    watching = asyncio.create_task(_watch_lags(store, flow))
    began = time.perf_counter()
    try:
        posted, _ = await asyncio.gather(
            post_calls(city.port, calls, calls_per_s), _post_readings(city.port, flow, per_s, seconds)
        )
        await _all_handled(store)
        flow.seconds = time.perf_counter() - began
        await _count(store, flow)
    finally:
        watching.cancel()
        await store.close()
    return flow, posted


async def _post_readings(port: int, flow: Flow, per_s: int, seconds: int) -> None:
    connections = await connect(port, CONNECTIONS)
    count = per_s * seconds // BATCH
    requests = [post("/api/v1/observations", _batch(number), "ioc-role: device") for number in range(count)]

    def answered(due: float, body: bytes | None) -> None:
        flow.sent += BATCH
        flow.refused += BATCH * (body is None)
        flow.answers_ms.append((asyncio.get_running_loop().time() - due) * 1000)

    await pace(connections, requests, per_s / BATCH, answered)
    for connection in connections:
        connection.close()


def _batch(number: int) -> bytes:
    """A batch as a gateway sends it: every reading of another meter, its time by the millisecond it belongs to."""
    at = datetime.now(UTC)
    return msgspec.json.encode(
        [
            {
                "id": f"{one}/{at.timestamp():.3f}",
                "kind": KIND,
                "key": f"meter-{one % METERS}",
                "value": 50 + one % 97 / 10,
                "unit": "u",
                "at": at + timedelta(microseconds=one),
            }
            for one in range(number * BATCH, (number + 1) * BATCH)
        ]
    )


async def _watch_lags(store: Store, flow: Flow) -> None:
    while True:
        series, handled = await store.series.position(OWNER), await _cursor(store)
        for position, lags in ((series, flow.series_lag), (handled, flow.handler_lag)):
            waiting = await store.observations.of(OWNER, position, 1)
            lags.append((datetime.now(UTC) - waiting[0].at).total_seconds() if waiting else 0.0)
        await asyncio.sleep(LOOK_S)


async def _all_handled(store: Store) -> None:
    until = time.monotonic() + SETTLE_S
    while time.monotonic() < until:
        if not await store.observations.of(OWNER, await _cursor(store), 1):
            return
        await asyncio.sleep(LOOK_S / 4)


async def _cursor(store: Store) -> int:
    mine = consumer_of(OWNER, OWNER)
    return next((one.position for one in await store.cursors.all() if one.consumer == mine), 0)


async def _count(store: Store, flow: Flow) -> None:
    """How many points there are, and how many readings the handler counted."""
    now = datetime.now(UTC)
    keys = [f"meter-{number}" for number in range(METERS)]
    for key in keys:
        hours = await store.points.points(
            KIND, key, now - timedelta(hours=1), now + timedelta(hours=1), timedelta(hours=1)
        )
        flow.stored += sum(one.n for one in hours)
    bodies = await store.states.load(OWNER, "add", keys)
    flow.handled = sum(msgspec.json.decode(body)["count"] for body in bodies.values())


def _cpu(city: City) -> dict[str, float]:
    return {name: cpu_seconds(city.pid_of(name)) for name in PROCESSES}
