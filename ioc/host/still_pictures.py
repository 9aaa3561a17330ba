"""What is to be blurred in a still picture: by its own boxes, by the operator's detector where there is one, or all."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import structlog

from streams.blurring import Proposed, proposed
from streams.marks import Marks, joined, marks_of, read_marks

MOST_S = 20.0  # a detector loads in two seconds on a quiet machine; a person is waiting
_HOME = Path(__file__).resolve().parents[2]
_log = structlog.get_logger("pictures")
_one_at_a_time = asyncio.Semaphore(1)


async def propose(jpeg: bytes, model: Path | None) -> tuple[Marks | None, Proposed]:
    """What is known of the picture, and what is to be blurred before anybody has looked."""
    carried, found = marks_of(jpeg), None if model is None else await _look(jpeg, model)
    marks = joined(carried, found)
    return marks, proposed(marks)


async def _look(jpeg: bytes, model: Path) -> Marks | None:
    """The detector's boxes; None where it cannot be used or takes too long, which is logged: a person looks anyway."""
    async with _one_at_a_time:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streams.looking", str(model)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.defpath, "PYTHONPATH": str(_HOME), "OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
        )
        try:
            async with asyncio.timeout(MOST_S):
                said, _ = await process.communicate(jpeg)
        except TimeoutError:
            said = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    marks = read_marks(said) if process.returncode == 0 else None
    if marks is None:
        _log.warning("no detector for a still picture", model=model.name, status=process.returncode)
    return marks
