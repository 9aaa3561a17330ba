"""From accepted to the screen: calls are posted to a whole running city, at a pace that makes 200 events a second in
its log, while 100 screens look on. Beside it the least a server can do with 200 posts a second: commit and send on,
all in one process.

What is measured of every event at every screen: from the time the store recorded it (before its commit) to its
arrival. Of the call itself also from the answer "accepted" and from the moment the post was due.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop

from bench.children import Helper, helper, listens
from bench.frame import Goal, Report, Row, Size, percentile
from bench.http_driver import connect, pace, post
from bench.machine import cpu_seconds
from bench.samples import call_body
from bench.stores import folder
from ioc.host.ports import free_port
from tests.running import City, running_city
from tests.servers import wait_until

EVENTS_PER_S = 200
SCREENS = 100
CONNECTIONS = 32
WARM_UP = 30  # calls, which also show how many events a call makes
GOAL = Goal(at_most=150)
QUIET_S = 0.7
BARE = "commit and send loop in one process"
RECEIVED = "emergency.call.received"


@dataclass
class Seen:
    """What one run showed, in ms: of all events, and of the posts themselves."""

    recorded: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    due: list[float] = field(default_factory=list)
    events: int = 0
    seconds: float = 0.0
    fewest: int = 0
    refused: int = 0
    cpu: dict[str, float] = field(default_factory=dict)


def run(size: Size) -> Report:
    """Ten seconds of ours, four of the bare server."""
    report = Report(f"latency (whole city, {EVENTS_PER_S} events/s, {SCREENS} screens)")
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        bare_port = free_port()
        stack.enter_context(helper("bench.bare_server", home / "bare", bare_port))
        city = stack.enter_context(running_city("--quiet"))
        ours = _ours(stack, city, home, size.of(10, 3))
        bare = _bare(stack, bare_port, home, size.of(4, 1))
    report.rows = _rows(ours, bare)
    rate = f"{ours.events / ours.seconds:.0f} events/s for {ours.seconds:.0f} s"
    report.notes.append(f"ours: {rate}, {ours.refused} calls refused")
    used = ", ".join(f"{name} {spent / ours.seconds:.0%}" for name, spent in ours.cpu.items())
    report.notes.append(f"of one core: {used}")
    report.notes.append(f"every event reached at least {ours.fewest} of {SCREENS} screens; the bare server sends 200/s")
    return report


def _rows(ours: Seen, bare: Seen) -> list[Row]:
    kinds = (
        ("recorded -> every screen, all events", "recorded", GOAL),
        ("accepted -> every screen, the call", "accepted", GOAL),
        ("post due -> every screen, the call", "due", None),
    )
    rows = []
    for name, kind, goal in kinds:
        mine, other = getattr(ours, kind), getattr(bare, kind)
        for percent in (50, 99):
            held = goal if percent == 99 else None
            limit = [percentile(other, percent)] if kind != "accepted" else []  # the bare server sends, then answers
            row = Row(f"{name}, p{percent}", "ms", [percentile(mine, percent)], limit, BARE if limit else "", held)
            rows.append(row)
    return rows


def _ours(stack: ExitStack, city: City, home: Path, seconds: int) -> Seen:
    audience = watch(stack, city.port, home / "city")
    run_loop(post_calls(city.port, range(WARM_UP), 20.0))
    per_call = len(events_of(settled(audience))) / WARM_UP
    calls_per_s = EVENTS_PER_S / per_call
    numbers = range(WARM_UP, WARM_UP + int(calls_per_s * seconds))
    before = _cpu(city)
    seen = _measure(audience, city.port, numbers, calls_per_s)
    seen.cpu = {name: used - before.get(name, 0.0) for name, used in _cpu(city).items()}
    return seen


def _cpu(city: City) -> dict[str, float]:
    """CPU seconds of the city's processes so far."""
    names = ("api", "desk", "module emergency", "module citizen")
    return {name: cpu_seconds(city.pid_of(name)) for name in names}


def _bare(stack: ExitStack, port: int, home: Path, seconds: int) -> Seen:
    wait_until(lambda: listens(port), "the bare server listens")
    audience = watch(stack, port, home / "screens")
    return _measure(audience, port, range(EVENTS_PER_S * seconds), EVENTS_PER_S)


def watch(stack: ExitStack, port: int, counter: Path, screens: int = SCREENS) -> Helper:
    """So many screens that note when each message came."""
    audience = stack.enter_context(helper("bench.screens", port, screens, counter, "stamp"))
    audience.wait_ready()
    return audience


def _measure(audience: Helper, port: int, numbers: range, per_s: float) -> Seen:
    posted = run_loop(post_calls(port, numbers, per_s))
    seen = digest(settled(audience), posted, len(numbers) / per_s)
    seen.refused = len(numbers) - len(posted)
    return seen


@dataclass(frozen=True)
class Posted:
    """When a post was due and when it was answered, in seconds since 1970."""

    due: float
    answered: float


async def post_calls(port: int, numbers: range, per_s: float) -> dict[str, Posted]:
    """Posts calls at a pace; by the id each was given."""
    connections = await connect(port, CONNECTIONS)
    requests = [post("/api/v1/calls", call_body(number), "ioc-role: device") for number in numbers]
    posted: dict[str, Posted] = {}
    epoch = time.time() - asyncio.get_running_loop().time()

    def answered(due: float, body: bytes | None) -> None:
        if body is not None:
            posted[json.loads(body)["id"]] = Posted(epoch + due, time.time())

    await pace(connections, requests, per_s, answered)
    for connection in connections:
        connection.close()
    return posted


def run_loop(work: Any) -> Any:
    """Runs a coroutine on a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def settled(audience: Helper) -> list[dict[str, Any]]:
    """Everything that came, once nothing more comes."""
    found: list[dict[str, Any]] = []
    while True:
        time.sleep(QUIET_S)
        audience.tell(b"report\n")
        more: list[dict[str, Any]] = json.loads(audience.line())
        if not more:
            return found
        found += more


def events_of(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events among the messages."""
    return [message for message in messages if message["topic"] == "event"]


def digest(messages: Sequence[dict[str, Any]], posted: dict[str, Posted], seconds: float) -> Seen:
    """What the messages say of how long events and calls were under way."""
    events = events_of(messages)
    seen = Seen(events=len(events), seconds=seconds, fewest=min(len(one["arrivals"]) for one in events))
    for one in messages:
        recorded = datetime.fromisoformat(one["rt"]).timestamp()
        seen.recorded += [(arrival - recorded) * 1000 for arrival in one["arrivals"]]
    for one in events:
        call = posted.get(one["correlation"])
        if one["type"] == RECEIVED and call is not None:
            seen.accepted += [(arrival - call.answered) * 1000 for arrival in one["arrivals"]]
            seen.due += [(arrival - call.due) * 1000 for arrival in one["arrivals"]]
    return seen
