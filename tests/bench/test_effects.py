"""Flushes are slowed for real, and an effect's time is taken from when its event was due."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.appender import TAKEN, a_note
from bench.effects import SEEN, WARM_S, Measured
from bench.slow_sync import PRELOAD, NoCompiler, build, slowed
from ioc.core.envelope import encode
from ioc.store import Row

FLUSH = """
import os, sys, time
with open(sys.argv[1], "wb") as file:
    file.write(b"x")
    began = time.perf_counter()
    for _ in range(5):
        os.fsync(file.fileno())
        os.fdatasync(file.fileno())
print(time.perf_counter() - began)
"""


def test_every_flush_of_a_program_started_inside_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(PRELOAD, raising=False)
    try:
        library = build(tmp_path)
    except NoCompiler as error:
        pytest.skip(str(error))
    with slowed(library, 20_000):
        said = subprocess.run(
            [sys.executable, "-c", FLUSH, str(tmp_path / "file")], capture_output=True, text=True, check=True
        )
    assert said.stderr == ""
    assert float(said.stdout) >= 10 * 0.020


def test_the_environment_is_as_before_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(PRELOAD, "")
    with slowed(tmp_path / "library.so", 1):
        pass
    assert os.environ[PRELOAD] == ""
    assert "SLOW_SYNC_US" not in os.environ


def test_only_effects_count_and_only_once_it_is_warm():
    found = Measured(began=1_000.0, expected=2)
    taken = a_note("thanh-hoa", 1, 7, 1_000.0 + WARM_S)
    seen = [a_note("thanh-hoa", 1, number, 1_000.0 + number) for number in (0, WARM_S)]
    bodies = [encode(taken), *(encode(one).replace(TAKEN.encode(), SEEN.encode()) for one in seen)]
    found.note([Row(place, body) for place, body in enumerate(bodies, 1)], 1_000.0 + WARM_S + 0.25)
    assert found.seen == 2
    assert found.effects == [pytest.approx(250)]
