"""`python -m bench [--quick] [NAME...]`: runs the benchmarks one after the other, each in a process of its own."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from bench.frame import Report, Size
from bench.machine import machine_line

LIMIT_S = 120
CLEAN_UP_S = 15
NAMES = {
    "publish": "bench.publish:run",
    "publish-postgresql": "bench.publish:run_postgresql",
    "relay": "bench.relay:run",
    "writer": "bench.batch_writer:run",
    "tail": "bench.tail:run",
    "ingest": "bench.ingest:run",
    "ingest-postgresql": "bench.ingest:run_postgresql",
    "mqtt": "bench.mqtt:run",
    "fanout-100": "bench.fanout:run_100",
    "fanout-500": "bench.fanout:run_500",
    "fanout-latency": "bench.fanout_latency:run",
    "fanout-stalled": "bench.fanout_latency:run_stalled",
    "wards": "bench.wards:run",
    "wards-postgis": "bench.wards:run_postgis",
    "latency": "bench.latency:run",
    "cameras": "bench.cameras:run",
    "readings": "bench.readings:run",
    "footprint": "bench.footprint:run",
    "alerta": "bench.alerta:run",
    "box": "bench.box:run",
    "effects": "bench.effects:run",
    "restore": "bench.restore:run",
    "soak": "bench.soak:run",
    "camera-streams": "bench.camera_streams:run",
}
# Too long to be run with all the others: only when named. Seconds each may take.
ONLY_NAMED = {"alerta": 300, "box": 600, "effects": 600, "restore": 2_400, "soak": 1_200, "camera-streams": 1_200}
ALL = f"without a name all but {', '.join(ONLY_NAMED)}"


def main() -> int:
    """0 when every benchmark came to its end; goals that were not reached are told, not punished."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; {ALL}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows only that everything works")
    parser.add_argument("--limit", type=float, help=f"seconds one benchmark may take ({LIMIT_S}, or more where named)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if given.here:
        _run_here(given.names[0], Size(given.quick))
        return 0
    print(machine_line(), flush=True)
    reports = [
        _run_apart(name, given.limit or ONLY_NAMED.get(name, LIMIT_S), quick=given.quick)
        for name in given.names or _with_all()
    ]
    return _verdict(reports)


def _with_all() -> list[str]:
    return [name for name in NAMES if name not in ONLY_NAMED]


def _run_here(name: str, size: Size) -> None:
    module, _, function = NAMES[name].partition(":")
    run: Callable[[Size], Report] = getattr(import_module(module), function)
    # As the product's own processes do (`ioc.host.process`): what is loaded for good is left alone by the collector.
    gc.collect()
    gc.freeze()
    run(size).print()


def _run_apart(name: str, limit_s: float, *, quick: bool) -> dict[str, Any] | None:
    """Runs one benchmark, shows what it says and returns its report; None when it failed or took too long."""
    command = [sys.executable, "-m", "bench", "--here", name, *(["--quick"] if quick else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said, _ = process.communicate(timeout=limit_s)
    except (subprocess.TimeoutExpired, KeyboardInterrupt) as error:
        said = _end(process)
        if isinstance(error, KeyboardInterrupt):
            raise
        print(f"\n== {name}: not done in {limit_s:g} s ==", flush=True)
    print(said, end="", flush=True)
    lines = said.strip().splitlines()
    if process.returncode or not lines:
        print(f"\n== {name}: FAILED ==", flush=True)
        return None
    report: dict[str, Any] = json.loads(lines[-1])
    return report


def _end(process: subprocess.Popen[str]) -> str:
    """Ctrl-C first, so that what it started is stopped in order; then its own process group."""
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=CLEAN_UP_S)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0]


def _verdict(reports: list[dict[str, Any] | None]) -> int:
    rows = [(report["benchmark"], row) for report in reports if report for row in report["rows"]]
    missed = [f"{name}: {row['name']}" for name, row in rows if row["reached"] is False]
    reached = sum(row["reached"] is True for _, row in rows)
    print(f"\n{reached} goals reached, {len(missed)} not{': ' + '; '.join(missed) if missed else ''}")
    return 1 if None in reports else 0


if __name__ == "__main__":
    sys.exit(main())
