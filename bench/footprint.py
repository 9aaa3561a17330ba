"""What a demonstration takes: the time of a second start, and the memory of all its processes when nothing happens
but its simulated people."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.children import Helper, stop
from bench.frame import Goal, Report, Row, Size
from bench.machine import family, pss_mib
from bench.stores import folder
from ioc.host.children import die_with_parent
from tests.running import City, start_city

WARM_S = Goal(at_most=20)
IDLE_MIB = Goal(at_most=1024)
ALONE = "import ioc.app, sys; print('ready', flush=True); sys.stdin.read()"


def run(size: Size) -> Report:
    """A first start to make the tables, then the one that counts."""
    report = Report("footprint (ioc demo, simulated people included)")
    with folder() as home:
        first_s, _memory = _start(home, settle_s=0)
        seconds, memory = _start(home, settle_s=size.of(8, 2))
    bare_s, bare_mib = _alone()
    alone = "one bare Python that imports the API"
    report.rows = [
        Row("start to ready, warm", "s", [seconds], [bare_s], alone, WARM_S),
        Row("memory of all processes (PSS)", "MiB", [sum(memory.values())], [bare_mib], alone, IDLE_MIB),
    ]
    report.notes.append(f"the first start, which makes the tables, took {first_s:.1f} s")
    report.notes += [f"{mib:7.1f} MiB  {name}" for name, mib in memory.items()]
    return report


def _start(home: Path, settle_s: float) -> tuple[float, dict[str, float]]:
    """Seconds until /readyz says yes, and the memory of each process a while later."""
    with _city(home) as (city, began):
        city.wait_ready()
        seconds = time.perf_counter() - began
        time.sleep(settle_s)
        memory = {f"{one.pid} {_name(one.cmdline())}": pss_mib(one.pid) for one in family(city.process.pid)}
    return seconds, memory


@contextmanager
def _city(home: Path) -> Iterator[tuple[City, float]]:
    began = time.perf_counter()
    city = start_city(home / "state")
    try:
        yield city, began
        city.stop()
    finally:
        if city.process.poll() is None:
            city.process.kill()
            city.process.wait()


def _alone() -> tuple[float, float]:
    """Seconds and memory of a single process with the API's imports: what Python itself takes."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        preexec_fn=die_with_parent,
    )
    try:
        Helper(process).wait_ready()
        return time.perf_counter() - began, pss_mib(process.pid)
    finally:
        stop(process)


def _name(command: list[str]) -> str:
    """A process in a few words."""
    if not command:
        return "?"
    words = " ".join(Path(word).name if "/" in word else word for word in command)
    return words[:60]
