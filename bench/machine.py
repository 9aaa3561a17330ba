"""Where a run took place, and what processes cost: read from /proc."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import psutil

MIB = 2**20
_TICKS = os.sysconf("SC_CLK_TCK")


def load_average() -> float:
    """How many processes wanted a core in the last minute."""
    return os.getloadavg()[0]


def machine_line() -> str:
    """The machine in one line."""
    model = next((line.split(":", 1)[1].strip() for line in _cpu_info() if line.startswith("model name")), "unknown")
    memory = psutil.virtual_memory().total / 2**30
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    system = f"Linux {platform.release()}, Python {platform.python_version()}"
    return f"{when} · {os.cpu_count()} cores {model} · {memory:.0f} GiB · {system} · load {load_average():.1f}"


def cpu_seconds(pid: int) -> float:
    """CPU seconds of one process and all its threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def shares_of_a_core(before: dict[str, float], after: dict[str, float], seconds: float) -> str:
    """In words, what each process took of one core between two looks at their CPU seconds, from a hundredth on."""
    spent = {name: (used - before.get(name, 0.0)) / seconds for name, used in after.items()}
    return ", ".join(f"{name} {share:.0%}" for name, share in spent.items() if share >= 0.01)


def pss_mib(pid: int) -> float:
    """Memory of one process in MiB, what it shares divided among those who share it."""
    return _rolled_up(pid, "Pss:")


def own_mib(pid: int) -> float:
    """Memory that one process has written itself, MiB: it does not move with what others do who share its libraries."""
    return _rolled_up(pid, "Private_Dirty:")


def _rolled_up(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {name} of {pid}")


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    head = psutil.Process(pid)
    return [head, *head.children(recursive=True)]


def _cpu_info() -> list[str]:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
