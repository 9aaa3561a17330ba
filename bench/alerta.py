"""From POST to stored and to be asked for: ours beside alerta-server, the best known open server of alerts in Python,
with four gunicorn workers, each with a database of its own on the same PostgreSQL that flushes every commit.

Both answer after their commit. The clock ends when a GET finds what was answered last. Who asks keeps its connection
as long as the server does; gunicorn's usual workers keep none. An alert is new every time, as a call and a note are.
Ours is one API process; a call is also judged, placed, numbered and sealed, a note is one event by a module's door.

alerta-server (Apache-2.0) needs older and other packages than ours: it gets an environment of its own, from
wherever the machine gets its packages, and where that fails the report says so.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.children import helper, listens, program
from bench.frame import Goal, Report, Row, Size, in_turn_async
from bench.http_driver import Caller, get, post
from bench.ingest import note_body
from bench.installed import OWN_MODULES
from bench.latency import run_loop
from bench.own_environment import NotInstalled, environment
from bench.samples import call_body
from bench.stores import durable_postgres, folder
from ioc.host.discovery import OWN_FOLDER
from ioc.host.ports import free_port
from tests.servers import valkey, wait_until

PACKAGES = ("alerta-server==9.1.0", "gunicorn==27.0.1", "psycopg2-binary==2.9.13")
WORKERS = 4
AT_ONCE = 32
GOAL = Goal(ratio=10)
FOUND_S = 10.0
APPLICATION = "from alerta import create_app\n\napp = create_app()\n"
_numbers = count()


class Door(NamedTuple):
    """Where something is posted and asked for. `found(number, answer)` gives the path of a GET and what it must say."""

    port: int
    path: str
    role: str
    body: Callable[[int], bytes]
    found: Callable[[int, bytes], tuple[str, bytes]]


def run(size: Size) -> Report:
    """Calls and notes beside alerts."""
    report = Report(f"alerta (POST to stored and found, PostgreSQL, {WORKERS} workers of alerta-server)")
    with ExitStack() as stack:
        home, redis = stack.enter_context(folder()), stack.enter_context(valkey())
        home.chmod(0o755)
        try:
            programs = environment(home / "alerta", *PACKAGES)
            server = stack.enter_context(durable_postgres())
        except (NotInstalled, FileNotFoundError) as error:
            report.notes.append(f"not installed: {error}")
            return report
        alerts = _alerta(stack, programs, home, server.create("alerta"))
        port = free_port()
        own = {OWN_FOLDER: str(OWN_MODULES)}
        ours = helper("bench.api_process", home / "ours", port, redis.url, server.create("ours"), **own)
        stack.enter_context(ours).wait_ready()
        wait_until(partial(listens, port), "ours listens")
        report.rows = _rows(port, alerts, size)
    return report


def _alerta(stack: ExitStack, programs: Path, home: Path, url: str) -> Door:
    port = free_port()
    (home / "alertad.py").write_text(APPLICATION, encoding="ascii")
    words = ["-b", f"127.0.0.1:{port}", "-w", str(WORKERS), "--log-level", "error", "--chdir", str(home), "alertad:app"]
    settings = {"DATABASE_URL": url, "SECRET_KEY": "bench", "AUTH_REQUIRED": "False", "PLUGINS": "reject,blackout"}
    # Once alone first: four workers that make the tables at once are in each other's way.
    making = {**os.environ, **settings}
    subprocess.run([str(programs / "python"), str(home / "alertad.py")], check=True, env=making, cwd=home)
    stack.enter_context(program([str(programs / "gunicorn"), *words], **settings))
    wait_until(partial(listens, port), "alerta listens")
    return Door(port, "/alert", "", _alert, lambda _number, said: _by_id("/alert/", said))


def _rows(port: int, alerts: Door, size: Size) -> list[Row]:
    newest = "/api/v1/events?type=notes.note.taken&limit=100"
    kinds = {
        "notes, one event each": Door(
            port, "/api/v1/notes", "device", note_body, lambda number, _said: (newest, f"Ghi chú {number} ".encode())
        ),
        "calls": Door(port, "/api/v1/calls", "device", call_body, lambda _number, said: _by_id("/api/v1/calls/", said)),
    }
    runs = [partial(_rate, door, size.of(1_000, 20)) for door in kinds.values()]
    runs.append(partial(_rate, alerts, size.of(200, 20)))
    *ours, theirs = run_loop(in_turn_async(size.of(5, 1), *runs))
    name = f"alerta-server, {WORKERS} workers, new alerts"
    return [Row(kind, "stored/s", mine, theirs, name, GOAL) for kind, mine in zip(kinds, ours, strict=True)]


def _by_id(path: str, said: bytes) -> tuple[str, bytes]:
    id = msgspec.json.decode(said)["id"]
    return path + id, id.encode()


def _alert(number: int) -> bytes:
    return msgspec.json.encode(
        {
            "resource": f"tram-{number}-{time.time_ns()}",
            "event": "MucNuoc",
            "environment": "Production",
            "severity": "major",
            "service": ["ngập"],
            "group": "Ngập",
            "value": "7.25",
            "text": f"Mực nước cao ở trạm {number}, phường Hạc Thành",
            "tags": ["ngập", "trạm"],
            "attributes": {"lat": 19.8067, "lon": 105.7764},
            "origin": "bench",
            "type": "sensorAlert",
        }
    )


async def _rate(door: Door, number: int) -> float:
    """Things a second, from the first POST until a GET finds the one that was answered last."""
    bodies = [(one, door.body(one)) for one in (next(_numbers) for _ in range(number))]
    waiting, last = iter(bodies), (0, b"")
    callers = [Caller(door.port) for _ in range(AT_ONCE)]
    began = time.perf_counter()

    async def work(caller: Caller) -> None:
        nonlocal last
        for one, body in waiting:
            last = one, await caller.ask(post(door.path, body, *_headers(door, one)))

    await asyncio.gather(*map(work, callers))
    path, wanted = door.found(*last)
    async with asyncio.timeout(FOUND_S):
        while wanted not in await callers[0].ask(get(path, "ioc-role: operator")):
            continue
    lasted = time.perf_counter() - began
    for caller in callers:
        caller.close()
    return number / lasted


def _headers(door: Door, number: int) -> tuple[str, ...]:
    if not door.role:
        return ()
    return (f"ioc-role: {door.role}", f"Idempotency-Key: alerta-{number}")
