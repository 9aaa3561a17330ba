"""HTTP ingest, committed: 2xx means that it is on the disk. Our API process beside a bare msgspec ASGI handler that
commits to the same kind of database, and a plain FastAPI one; all under uvicorn with one worker.

The bare handler is there twice. One keeps each reading as a row, once by its id, so that it can be asked for: what one
would write. The other keeps a request as one row, as our log does: the least there is, and no goal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count

import uvloop

from bench.children import helper, listens
from bench.frame import Goal, Report, Row, Size, in_turn_async
from bench.http_driver import connect, drive, post
from bench.samples import call_body, readings_body
from bench.stores import folder
from ioc.host.ports import free_port
from tests.servers import valkey, wait_until

BATCH = 100
_numbers = count()
_AS_DEVICE = "ioc-role: device"


def run(size: Size) -> Report:
    """Readings in batches, readings one by one, and calls."""
    report = Report("ingest (HTTP to committed, SQLite, every commit flushed)")
    with ExitStack() as stack:
        home, redis = stack.enter_context(folder()), stack.enter_context(valkey())
        ports = ours, bare, least, plain = [free_port() for _ in range(4)]
        servers = [
            stack.enter_context(helper("bench.api_process", home / "ours", ours, redis.url)),
            stack.enter_context(helper("bench.bare_server", home / "bare", bare, "rows")),
            stack.enter_context(helper("bench.bare_server", home / "least", least)),
            stack.enter_context(helper("bench.plain_fastapi", home / "plain", plain)),
        ]
        for server in servers:
            server.wait_ready()
        for port in ports:
            wait_until(partial(listens, port), f"port {port} listens")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            report.rows = runner.run(_rows(ports, size))
    return report


async def _rows(ports: Sequence[int], size: Size) -> list[Row]:
    times = size.of(5, 1)
    kinds: list[tuple[str, str, int, Callable[[int], list[bytes]], int, float | None]] = [
        (f"observations, {BATCH} a post, 8 connections", "readings/s", 8, _batches, 400, 0.7),
        ("observations, one a post, 32 connections", "requests/s", 32, _singles, 1_500, 0.6),
        ("calls, 32 connections", "requests/s", 32, _calls, 150, None),
    ]
    rows = []
    for name, unit, connections, make, per_run, goal_ratio in kinds:
        number = size.of(per_run, 20)
        sides = [_Side(port, connections, make, number, unit) for port in ports]
        if goal_ratio is None:
            sides.pop(1)  # it keeps nothing but readings
        ours, *bare, least, plain = await in_turn_async(times, *(side.run for side in sides))
        if goal_ratio is not None:
            limit = "bare ASGI + msgspec, a row a reading, group commit"
            rows.append(Row(name, unit, ours, bare[0], limit, Goal(ratio=goal_ratio)))
        rows.append(Row(name, unit, ours, least, "bare ASGI + msgspec, a row a request, group commit"))
        peer = None if goal_ratio is None else Goal(ratio=1.5)
        rows.append(Row(name, unit, ours, plain, "peer: plain FastAPI + pydantic + group commit", peer))
    return rows


class _Side:
    """One server and what it is sent; requests and connections are made before the clock runs."""

    def __init__(self, port: int, connections: int, make: Callable[[int], list[bytes]], number: int, unit: str) -> None:
        self._port, self._connections, self._make, self._number = port, connections, make, number
        self._per_request = BATCH if unit == "readings/s" else 1

    async def run(self) -> float:
        requests = self._make(self._number)
        connections = await connect(self._port, self._connections)
        began = time.perf_counter()
        await drive(connections, requests)
        took = time.perf_counter() - began
        for connection in connections:
            connection.close()
        return self._number * self._per_request / took


def _batches(number: int) -> list[bytes]:
    return [_observations(readings_body(next(_numbers) * BATCH, BATCH)) for _ in range(number)]


def _singles(number: int) -> list[bytes]:
    return [_observations(readings_body(10_000_000 + next(_numbers), 1)) for _ in range(number)]


def _calls(number: int) -> list[bytes]:
    return [post("/api/v1/calls", call_body(next(_numbers)), _AS_DEVICE) for _ in range(number)]


def _observations(body: bytes) -> bytes:
    return post("/api/v1/observations", body, _AS_DEVICE)
