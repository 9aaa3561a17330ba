"""Both sides of the tail handle every event, on a real server."""

from __future__ import annotations

from pathlib import Path

from bench.frame import Size
from bench.tail import run


def test_both_sides_handle_all_events(tmp_path: Path):
    (row,) = run(Size(quick=True)).rows
    assert row.value > 0
    assert row.ratio is not None
    assert row.ratio > 0
