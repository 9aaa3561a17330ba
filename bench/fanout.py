"""Fan-out: messages delivered per second of server CPU, the steadiest figure of a feed. Ours beside a plain Starlette
loop and the library `ws` on Node (which only send) and beside ready frames written to bare transports (the ceiling)."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import which

from bench.children import Helper, helper, listens, program
from bench.frame import Goal, Report, Row, Size, in_turn
from bench.machine import cpu_seconds
from bench.samples import a_message
from bench.screens import Counter
from bench.stores import folder
from ioc.host.ports import free_port
from tests.servers import wait_until

KINDS = ("ours", "starlette", "node", "bare")
NODE_SERVER = Path(__file__).with_name("fanout_node.mjs")
IN_FLIGHT = 20
GOAL, NODE_GOAL = Goal(ratio=1.4), Goal(ratio=0.65)
STALL_S = 5.0


def run_100(size: Size) -> Report:
    """A hundred screens."""
    return _run(size, size.of(100, 20))


def run_500(size: Size) -> Report:
    """Five hundred screens."""
    return _run(size, size.of(500, 50))


def _run(size: Size, screens: int) -> Report:
    report = Report(f"fan-out to {screens} screens")
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        watched = [watched_by(stack, kind, screens, home) for kind in KINDS]
        seconds = 1.0 if size.quick else 1.2
        runs = [partial(one.saturate, seconds) for one in watched]
        ours, starlette, node, bare = in_turn(size.of(5, 1), *runs)
    unit = "per CPU s"
    report.rows = [
        Row("deliveries", unit, ours, starlette, "a plain Starlette send loop", GOAL),
        Row("deliveries", unit, ours, node, "the library ws on Node, a send loop", NODE_GOAL),
        Row("deliveries", unit, ours, bare, "ceiling: ready frames to bare transports"),
    ]
    rates = ", ".join(f"{one.kind} {one.rate():,.0f}/s" for one in watched)
    report.notes.append(f"{IN_FLIGHT} messages kept in flight; delivered a second of wall time: {rates}")
    return report


@dataclass
class Watched:
    """One server with its screens."""

    kind: str
    screens: int
    port: int
    server: Helper
    counter: Counter
    delivered: int = 0
    seconds: float = 0.0

    def saturate(self, seconds: float) -> float:
        """Keeps messages in flight for a while; deliveries per second of server CPU."""
        cpu, began, start = cpu_seconds(self.server.pid), time.perf_counter(), self.counter.value
        sent = 0
        while time.perf_counter() - began < seconds:
            room = IN_FLIGHT - (sent - (self.counter.value - start) // self.screens)
            if room > 0:
                self.server.tell(b"." * room)
                sent += room
            time.sleep(0.0005)
        wait_until(lambda: self.counter.value - start == sent * self.screens, f"{self.kind}: all delivered", STALL_S)
        self.delivered += sent * self.screens
        self.seconds += time.perf_counter() - began
        return sent * self.screens / (cpu_seconds(self.server.pid) - cpu)

    def rate(self) -> float:
        """Deliveries a second of wall time."""
        return self.delivered / self.seconds


def watched_by(stack: ExitStack, kind: str, screens: int, home: Path) -> Watched:
    """A server of one kind, started, with its screens connected."""
    port, path = free_port(), home / kind
    server = stack.enter_context(_on_node(port) if kind == "node" else helper("bench.fanout_servers", kind, port))
    counter = Counter(path)
    server.wait_ready()
    wait_until(lambda: listens(port), f"{kind} listens")
    audience = stack.enter_context(helper("bench.screens", port, screens, path, "count"))
    audience.wait_ready()
    return Watched(kind, screens, port, server, counter)


def _on_node(port: int) -> AbstractContextManager[Helper]:
    """Raises FileNotFoundError where there is no Node."""
    node = which("node")
    if node is None:
        raise FileNotFoundError("node is not installed: make test installs it")
    return program([node, str(NODE_SERVER), str(port)], MESSAGE=a_message())
