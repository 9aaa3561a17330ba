"""Real clips, drawn clips, and decoders in their own processes."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streams.children import Nursery
from tests.streams.scenes import write_clip

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clips(capsys: pytest.CaptureFixture[str]) -> Path | None:
    """The folder of real clips beside the repository; None, said aloud, where there is none."""
    folder = ROOT.parent / "shared" / "data" / "clips"
    if folder.is_dir():
        return folder
    with capsys.disabled():
        sys.stdout.write("\n../shared/data/clips is absent: checking drawn clips instead\n")
    return None


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A drawn clip of four seconds."""
    return write_clip(tmp_path / "drive.mp4")


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    """A nursery that is gone after the test."""
    made = Nursery()
    yield made
    made.close()
