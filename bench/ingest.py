"""HTTP ingest, committed: 2xx means that it is on the disk. Our API process beside a bare msgspec ASGI handler that
commits to the same kind of database, a plain FastAPI one on the same bare writer, and one as most would write it,
with SQLAlchemy Core and a transaction a request; all under uvicorn with one worker.

The bare handler is there twice. One keeps each reading as a row, once by its id, so that it can be asked for: what
one would write. The other keeps a request as one row, as our log does: the least there is, and no goal.

A note is one event through a module's door (`own_modules/notes`): rights, guards, an idempotency key kept, the
event and its place. The peer keeps it as a row of its table of events and knows no key.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.children import Helper, helper, listens
from bench.frame import Goal, Report, Row, Size, in_turn_async
from bench.http_driver import connect, drive, post
from bench.installed import OWN_MODULES
from bench.latency import run_loop
from bench.samples import BOX, call_body, readings_body
from bench.stores import durable_postgres, folder
from ioc.host.discovery import OWN_FOLDER
from ioc.host.ports import free_port
from tests.servers import valkey, wait_until

BATCH = 100
SQLALCHEMY = "peer: FastAPI + pydantic + SQLAlchemy Core, a commit a request"
PLAIN = "peer: plain FastAPI + pydantic + group commit"
ROWS = "bare ASGI + msgspec, a row a reading, group commit"
LEAST = "bare ASGI + msgspec, a row a request, group commit"
_numbers = count()
_AS_DEVICE = "ioc-role: device"


class Kind(NamedTuple):
    """Something that is posted, and beside whom: the goals of the peers by name."""

    name: str
    unit: str
    connections: int
    make: Callable[[int], list[bytes]]
    per_run: int
    beside: dict[str, Goal | None]


def run(size: Size) -> Report:
    """Readings in batches, readings one by one, notes and calls, on SQLite."""
    report = Report("ingest (HTTP to committed, SQLite, every commit flushed)")
    with ExitStack() as stack:
        home, redis = stack.enter_context(folder()), stack.enter_context(valkey())
        ports = {
            "ours": _ours(stack, home, redis.url, ""),
            ROWS: _serve(stack, lambda port: helper("bench.bare_server", home / "bare", port, "rows")),
            LEAST: _serve(stack, lambda port: helper("bench.bare_server", home / "least", port)),
            PLAIN: _serve(stack, lambda port: helper("bench.plain_fastapi", home / "plain", port)),
            SQLALCHEMY: _sqlalchemy(stack, f"sqlite:///{home}/core.db"),
        }
        report.rows = _rows(ports, size)
    return report


def run_postgresql(size: Size) -> Report:
    """The same beside SQLAlchemy Core alone, on PostgreSQL."""
    report = Report("ingest (HTTP to committed, PostgreSQL, every commit flushed)")
    with ExitStack() as stack:
        home, redis = stack.enter_context(folder()), stack.enter_context(valkey())
        try:
            server = stack.enter_context(durable_postgres())
        except FileNotFoundError as error:
            report.notes.append(f"not measured: {error}")
            return report
        ports = {
            "ours": _ours(stack, home, redis.url, server.create("ours")),
            SQLALCHEMY: _sqlalchemy(stack, server.create("core")),
        }
        report.rows = _rows(ports, size)
    return report


def _ours(stack: ExitStack, home: Path, redis_url: str, database_url: str) -> int:
    own = {OWN_FOLDER: str(OWN_MODULES)}
    return _serve(stack, lambda port: helper("bench.api_process", home / "ours", port, redis_url, database_url, **own))


def _sqlalchemy(stack: ExitStack, url: str) -> int:
    return _serve(stack, lambda port: helper("bench.plain_sqlalchemy", port, url))


def _serve(stack: ExitStack, start: Callable[[int], AbstractContextManager[Helper]]) -> int:
    """The port of a server, once it listens there."""
    port = free_port()
    stack.enter_context(start(port)).wait_ready()
    wait_until(partial(listens, port), f"port {port} listens")
    return port


def _rows(ports: dict[str, int], size: Size) -> list[Row]:
    times, rows = size.of(5, 1), []
    for kind in _kinds():
        sides = ["ours", *(name for name in kind.beside if name in ports)]
        runs = [_Side(ports[name], kind, size.of(kind.per_run, 20)).run for name in sides]
        figures = run_loop(in_turn_async(times, *runs))
        for name, limit in zip(sides[1:], figures[1:], strict=True):
            rows.append(Row(kind.name, kind.unit, figures[0], limit, name, kind.beside[name]))
    return rows


def _kinds() -> list[Kind]:
    plain, core = Goal(ratio=1.5), Goal(ratio=1.2)
    batch = {ROWS: Goal(ratio=0.7), LEAST: None, PLAIN: plain, SQLALCHEMY: None}
    single = {ROWS: Goal(ratio=0.6), LEAST: None, PLAIN: plain, SQLALCHEMY: core}
    return [
        Kind(f"observations, {BATCH} a post, 8 connections", "readings/s", 8, _batches, 400, batch),
        Kind("observations, one a post, 32 connections", "requests/s", 32, _singles, 1_500, single),
        Kind("notes, one event a post, 32 connections", "requests/s", 32, _notes, 500, {SQLALCHEMY: core}),
        Kind("calls, 32 connections", "requests/s", 32, _calls, 150, {LEAST: None, PLAIN: None, SQLALCHEMY: None}),
    ]


class _Side:
    """One server and what it is sent; requests and connections are made before the clock runs."""

    def __init__(self, port: int, kind: Kind, number: int) -> None:
        self._port, self._kind, self._number = port, kind, number
        self._per_request = BATCH if kind.unit == "readings/s" else 1

    async def run(self) -> float:
        requests = self._kind.make(self._number)
        connections = await connect(self._port, self._kind.connections)
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


def _notes(number: int) -> list[bytes]:
    return [_note(next(_numbers)) for _ in range(number)]


def _note(number: int) -> bytes:
    return post("/api/v1/notes", note_body(number), _AS_DEVICE, f"Idempotency-Key: note-{number}")


def note_body(number: int) -> bytes:
    """One note as its door takes it."""
    note = {"where": f"Chỗ {number % 100}", "number": number, "sent": time.time(), "lon": BOX[0], "lat": BOX[1]}
    return msgspec.json.encode({"notes": [note]})


def _calls(number: int) -> list[bytes]:
    return [post("/api/v1/calls", call_body(next(_numbers)), _AS_DEVICE) for _ in range(number)]


def _observations(body: bytes) -> bytes:
    return post("/api/v1/observations", body, _AS_DEVICE)
