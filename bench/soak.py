"""500 events a second accepted for ten minutes by a whole city on PostgreSQL, with 1,000 walls that look on.

**The door.** The product's own doors that make an event at once (calls, citizens' reports, incident records) also
judge, place, number and seal: a call costs 6 ms of processor and makes four to six events, so that 500 accepted
events a second would measure a call taker that does not exist. Readings are taken in batches but are not events. So
the events come by a door of a module of the bench's own (`own_modules/notes`), which does what every door does and
nothing more: rights and rates, the guards of size and shape, an `Idempotency-Key` kept in `accepted`, and
`door.commit` of typed events in one commit. From there they go the way of all events: relay, bus, feed, desk and
every module's follower. Requests carry `PER_POST` events, as the gateway of many devices hands them over; the 201
comes after the commit.

**The walls.** 1,000 times 500 is half a million messages a second, more than two cores can frame. Each wall looks
at one of 100 cells (a `bbox`), as those of a district do: 5,000 deliveries a second, each event to ten walls, and
each of the 1,000 is asked for every event whether it may see it.

What is checked: every accepted event is in the log once; every wall was sent exactly the log's events of its cell
(their number and the sum of their positions); how late they came after `recordedtime`, which is before the commit.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import msgspec
import psycopg

from bench.appender import TAKEN
from bench.cell_screens import PER_KEY, Digest
from bench.cells import CELLS, middle_of
from bench.children import Helper, helper
from bench.frame import Goal, Report, Row, Size, percentile
from bench.growth import Growth, mib_per_minute, watched_growth
from bench.http_driver import connect, pace, post
from bench.installed import Installed, installed
from bench.latency import run_loop
from bench.machine import shares_of_a_core

PER_S = 500
PER_POST = 5
WALLS = 1_000
SECONDS = 600
QUICK_S = 20
CONNECTIONS = 32
LATE_S = 15.0  # what was not sent by then is given up: the rate was not held
SETTLE_S = 30.0
CONNECT_S = 180.0
LOOK_S = 5.0
FIRST_S = 180.0  # memory may grow while caches fill


@dataclass
class Sent:
    """What became of the posts: answers in ms from when each was due, and the numbers of the notes accepted."""

    numbers: set[int] = field(default_factory=set)
    answers_ms: list[float] = field(default_factory=list)
    refused: int = 0
    unsent: int = 0
    seconds: float = 0.0

    @property
    def accepted(self) -> int:
        """Events accepted."""
        return len(self.numbers)


class Posts(Sequence[bytes]):
    """The requests, each made when it is due: 60,000 made beforehand would be what is measured."""

    def __init__(self, key: str, count: int) -> None:
        self._headers, self._count = f"Authorization: Bearer {key}", count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]
        notes = [_note(number) for number in range(index * PER_POST, (index + 1) * PER_POST)]
        body = msgspec.json.encode({"notes": notes})
        return post("/api/v1/notes", body, self._headers, f"Idempotency-Key: soak-{index}")


def _note(number: int) -> dict[str, object]:
    lon, lat = middle_of(number % CELLS)
    return {"where": f"Ô {number % CELLS}", "number": number, "sent": time.time(), "lon": lon, "lat": lat}


def run(size: Size) -> Report:
    """Ten minutes; twenty seconds when quick. Without PostgreSQL there is nothing to measure."""
    seconds = size.of(SECONDS, QUICK_S)
    report = Report(f"soak ({PER_S} events/s for {seconds} s, {WALLS:,} walls, PostgreSQL, every commit flushed)")
    with ExitStack() as stack:
        try:
            keys = -(-WALLS // PER_KEY)
            city = stack.enter_context(installed("postgresql", walls=keys, IOC_NOTES_ANSWERS="false"))
        except FileNotFoundError as error:
            report.notes.append(f"not measured: {error}")
            return report
        city.start()
        assert city.process is not None
        walls = _walls(stack, city)
        before, began = city.cpu_seconds(), time.perf_counter()
        with watched_growth(city.process.pid, LOOK_S, city.name_of) as growth:
            sent = run_loop(_send(city, seconds))
        cores = shares_of_a_core(before, city.cpu_seconds(), time.perf_counter() - began)
        logged = _logged(city)
        seen = _settled(walls, logged)
    first_s = min(FIRST_S, seconds / 3)
    report.rows = _rows(sent, logged, seen, growth, first_s)
    report.notes += _notes(sent, seen, growth, first_s, cores)
    return report


def _walls(stack: ExitStack, city: Installed) -> Helper:
    keys = city.folder / "wall.keys"
    keys.write_text("\n".join(city.wall_keys), encoding="ascii")
    walls = stack.enter_context(helper("bench.cell_screens", city.port, WALLS, keys))
    walls.wait_ready(CONNECT_S)
    return walls


async def _send(city: Installed, seconds: int) -> Sent:
    sent, loop = Sent(), asyncio.get_running_loop()
    posts = Posts(city.device_key, PER_S * seconds // PER_POST)
    connections = await connect(city.port, CONNECTIONS)

    def answered(due: float, body: bytes | None) -> None:
        if body is None:
            sent.refused += PER_POST
        else:
            sent.answers_ms.append((loop.time() - due) * 1000)
            first = json.loads(body)["first"]
            sent.numbers.update(range(first, first + PER_POST))

    began = loop.time()
    try:
        async with asyncio.timeout(seconds + LATE_S):
            await pace(connections, posts, PER_S / PER_POST, answered)
    except TimeoutError:
        sent.unsent = len(posts) * PER_POST - sent.accepted - sent.refused
    sent.seconds = loop.time() - began
    for connection in connections:
        connection.close()
    return sent


@dataclass
class Logged:
    """The notes in the log: their numbers, and their positions by cell."""

    numbers: set[int] = field(default_factory=set)
    positions: dict[int, list[int]] = field(default_factory=lambda: {cell: [] for cell in range(CELLS)})


def _logged(city: Installed) -> Logged:
    """Raises RuntimeError when an event is there twice."""
    logged = Logged()
    with psycopg.connect(city.store_settings.url) as connection:
        for position, body in connection.execute("select position, body from event where type = %s", [TAKEN]):
            number = json.loads(bytes(body))["data"]["number"]
            if number in logged.numbers:
                raise RuntimeError(f"note {number} is in the log twice")
            logged.numbers.add(number)
            logged.positions[number % CELLS].append(position)
    return logged


def _settled(walls: Helper, logged: Logged) -> Digest:
    """What the walls were sent, once it is all there, or after a while."""
    until = time.monotonic() + SETTLE_S
    while True:
        walls.tell(b"report\n")
        seen = msgspec.json.decode(walls.line(), type=Digest)
        if incomplete(seen, logged.positions) == 0 or time.monotonic() > until:
            return seen
        time.sleep(0.5)


def incomplete(seen: Digest, logged: dict[int, list[int]]) -> int:
    """How many walls were not sent exactly what the log holds of their cells."""
    found = zip(seen.counts, seen.sums, strict=True)
    wanted = [(len(positions), sum(positions)) for _, positions in sorted(logged.items())]
    return sum(one != wanted[number % len(wanted)] for number, one in enumerate(found))


def _rows(sent: Sent, logged: Logged, seen: Digest, growth: Growth, first_s: float) -> list[Row]:
    whole = len(seen.counts) - incomplete(seen, logged.positions)
    kept = len(sent.numbers & logged.numbers)
    answers = sent.answers_ms or [float("inf")]
    slope = mib_per_minute(growth.together(), first_s)
    return [
        Row("accepted", "events/s", [sent.accepted / sent.seconds], [PER_S], "asked for", Goal(ratio=0.99)),
        Row("post due -> 201, p50", "ms", [percentile(answers, 50)]),
        Row("post due -> 201, p99", "ms", [percentile(answers, 99)], goal=Goal(at_most=150)),
        Row("accepted and in the log", "events", [kept], [sent.accepted or 1], "accepted", Goal(ratio=1.0)),
        Row("walls that were sent all of theirs", "walls", [whole], [len(seen.counts)], "walls", Goal(ratio=1.0)),
        Row("recorded -> wall, p99", "s", [seen.lag_p99 / 1000], goal=Goal(at_most=2)),
        Row("recorded -> wall, the latest of all", "s", [seen.lag_max / 1000], goal=Goal(at_most=2)),
        Row("memory of the city's processes grows", "MiB/min", [slope], goal=Goal(at_most=1)),
    ]


def _notes(sent: Sent, seen: Digest, growth: Growth, first_s: float, cores: str) -> list[str]:
    rate, worst = max((mib_per_minute(points, first_s), growth.names[pid]) for pid, points in growth.of.items())
    return [
        f"{sent.accepted:,} accepted in {sent.seconds:.0f} s ({PER_POST} a post), {sent.refused:,} refused, "
        f"{sent.unsent:,} given up; {sum(seen.counts):,} deliveries, {seen.lost} walls thrown out",
        f"of one core: {cores}; PostgreSQL, Valkey, the sender and the walls had what was left of all",
        f"all processes of the city together had at most {growth.peak():,.0f} MiB",
        f"memory is judged after {first_s:.0f} s; the fastest to grow: {worst}, {rate:.2f} MiB/min",
    ]
