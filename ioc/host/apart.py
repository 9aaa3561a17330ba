"""Asks a program of ours that reads foreign pictures: a process of its own, which may crash, hang or run out of memory
without harm to the one that asks."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

_HOME = Path(__file__).resolve().parents[2]


class Answer(msgspec.Struct, frozen=True):
    """How it ended (0: well; negative: by which signal; None: it took too long), and what it said."""

    status: int | None
    said: bytes


async def ask(module: str, arguments: Sequence[str], told: bytes, *, most_s: float) -> Answer:
    """What `python -m module` makes of what it is told. It is given none of our environment, in which the
    installation's secrets stand."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "PYTHONPATH": str(_HOME), "OPENBLAS_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "SILENT"},
        cwd="/",
    )
    try:
        async with asyncio.timeout(most_s):
            said, _ = await process.communicate(told)
        return Answer(process.returncode, said)
    except TimeoutError:
        return Answer(None, b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
