"""Fan-out at an easy pace: from publishing until the last of 500 screens has the message, beside the library `ws` on
Node. And the same with screens that do not read: what they cost, when they are put out, and whether others feel it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial

import psutil

from bench.fanout import Watched, watched_by
from bench.frame import Goal, Report, Row, Size, in_turn, percentile
from bench.machine import pss_mib
from bench.stalled import stalled_screen
from bench.stores import folder
from tests.servers import wait_until

PER_S = 50
LATE_S = 10.0
STALLED = 20
FEW = 50  # screens that read: few, so that enough is sent for those that do not
GONE_S = 30.0
LOOK_S = 0.0002


def run(size: Size) -> Report:
    """Ours beside Node, in turn."""
    screens, number = size.of(500, 20), size.of(100, 10)
    report = Report(f"fan-out to {screens} screens at {PER_S} messages/s")
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        watched = [watched_by(stack, kind, screens, home) for kind in ("ours", "node")]
        ours, node = in_turn(size.of(5, 1), *(partial(last_of_all_p99, one, number) for one in watched))
    limit = "the library ws on Node, a send loop"
    report.rows = [Row("until the last has it, p99", "ms", ours, node, limit, Goal(at_most_ratio=1.5))]
    report.notes.append("every message reached every screen: the next one is sent only then")
    return report


def run_stalled(size: Size) -> Report:
    """Twenty screens that do not read, among fifty that do."""
    number = size.of(200, 20)
    report = Report(f"fan-out while {STALLED} screens do not read")
    with ExitStack() as stack:
        watched = watched_by(stack, "ours", FEW, stack.enter_context(folder()))
        pid, port = watched.server.pid, watched.port
        watched.saturate(1.0)  # what memory the others need is there
        before, alone = pss_mib(pid), last_of_all_p99(watched, number)
        for _ in range(STALLED):
            stack.enter_context(stalled_screen(port))
        most, took = _until_gone(watched)
        beside = last_of_all_p99(watched, number)
    report.rows = [
        Row("memory for one that does not read", "MiB", [(most - before) / STALLED], goal=Goal(at_most=2)),
        Row("until all of them are put out", "s", [took], goal=Goal(at_most=GONE_S)),
        Row("the others, p99", "ms", [beside], [alone], "the others alone", Goal(at_most_ratio=1.1)),
    ]
    return report


def last_of_all_p99(watched: Watched, number: int) -> float:
    """Milliseconds from publishing a message until the last screen had it; 99 % of the messages took no longer."""
    took = []
    for _ in range(number):
        want, began = watched.counter.value + watched.screens, time.perf_counter()
        watched.server.tell(b".")
        while watched.counter.value < want:
            time.sleep(LOOK_S)
            if time.perf_counter() - began > LATE_S:
                raise TimeoutError(f"{watched.kind}: a message did not reach every screen")
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(max(0.0, 1 / PER_S - (time.perf_counter() - began)))
    return percentile(took, 99)


def _until_gone(watched: Watched) -> tuple[float, float]:
    """Publishes until the stalled ones are put out: the most memory of the server meanwhile (MiB), and the seconds."""
    began, most = time.perf_counter(), 0.0
    wait_until(lambda: _connections(watched) >= FEW + STALLED, "they are connected", LATE_S)
    while _connections(watched) > FEW and time.perf_counter() - began < 2 * GONE_S:
        watched.saturate(0.2)
        most = max(most, pss_mib(watched.server.pid))
    return most, time.perf_counter() - began


def _connections(watched: Watched) -> int:
    open_ones = psutil.Process(watched.server.pid).net_connections("tcp")
    return sum(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == watched.port for one in open_ones)
