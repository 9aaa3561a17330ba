"""What is to be blurred in a still picture: by its own boxes, by the operator's detector where there is one, or all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import structlog

from ioc.host.apart import ask
from streams.blurring import Proposed, proposed
from streams.marks import Marks, joined, marks_of
from streams.parcel import Looked, packed

MOST_S = 20.0  # a detector loads in two seconds on a quiet machine; a person is waiting
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
        answer = await ask("streams.looking", [str(model)], packed(b"", [jpeg]), most_s=MOST_S)
    try:
        looked = msgspec.json.decode(answer.said, type=Looked) if answer.status == 0 else None
    except msgspec.MsgspecError:
        looked = None
    if looked is None or not looked.marks:
        _log.warning("no detector for a still picture", model=model.name, status=answer.status)
        return None
    return looked.marks[0]
