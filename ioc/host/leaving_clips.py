"""Clips on their way out: what is to be blurred in them, and the film that leaves, both made by processes of their own,
one at a time."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog

from ioc.evidence.clip import Picture
from ioc.host.apart import ask
from streams.holding import ProposedClip, proposed_clip
from streams.marks import Marks, joined, marks_of
from streams.parcel import NO_PICTURE, Looked, Order, packed
from streams.webm import paced

MOST_PICTURES = 600
MOST_MS = 180_000  # of the film
MOST_BYTES = 32 * 2**20  # of all its pictures
LOOK_S = 45.0  # a detector needs a tenth of a second for a picture; without it their own boxes count
FILM_S = 45.0
MOST_WAITING = 4
_SLOW = (None, -signal.SIGXCPU, -signal.SIGKILL)  # out of time, by the clock or of the core
_log = structlog.get_logger("clips")
_one_at_a_time = asyncio.Semaphore(1)
_waiting = 0


class Unreadable(Exception):
    """The pictures of the clip cannot be read, or no film can be made of them."""


class TooLong(Exception):
    """More pictures, time or bytes than a film may have."""


class TooSlow(Exception):
    """It took longer than a process may take for it: this machine has much else to do, or the clip is hostile."""


class Busy(Exception):
    """Others wait for films already."""


class Proposal(msgspec.Struct, frozen=True):
    """The size of a clip's pictures, how long its film lasts, and what is to be blurred in it."""

    width: int
    height: int
    lasts_ms: int
    plan: ProposedClip


@asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """Waits for one's turn: a clip is in memory only within.

    Raises:
        Busy: too many wait.
    """
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Busy
    _waiting += 1
    try:
        async with _one_at_a_time:
            yield
    finally:
        _waiting -= 1


async def propose_clip(pictures: Sequence[Picture], model: Path | None) -> Proposal:
    """What is to be blurred before anybody has looked; within `turn`.

    Raises:
        TooLong, TooSlow, Unreadable: no film can be made of it.
    """
    shown = paced([one.at_ms for one in pictures])
    too_many = len(pictures) > MOST_PICTURES or sum(len(one.jpeg) for one in pictures) > MOST_BYTES
    if too_many or (shown and shown[-1] > MOST_MS):
        raise TooLong
    looked = await _look(pictures, model)
    carried = [marks_of(one.jpeg) for one in pictures]
    found: Sequence[Marks | None] = looked.marks or [None] * len(pictures)
    if len(found) != len(pictures):
        raise Unreadable
    marks = [joined(mine, its) for mine, its in zip(carried, found, strict=True)]
    plan = await asyncio.to_thread(proposed_clip, marks, shown)
    return Proposal(looked.width, looked.height, shown[-1], plan)


async def film(pictures: Sequence[Picture], order: Order) -> bytes:
    """The clip as it leaves, WebM; the same order gives the same bytes. Within `turn`.

    Raises:
        TooSlow, Unreadable: it could not be made.
    """
    told = packed(msgspec.json.encode(order), [one.jpeg for one in pictures])
    answer = await ask("streams.film", [], told, most_s=FILM_S)
    if answer.status != 0 or not answer.said:
        _log.warning("no film of a clip", status=answer.status)
        raise TooSlow if answer.status in _SLOW else Unreadable
    return answer.said


async def _look(pictures: Sequence[Picture], model: Path | None) -> Looked:
    told = packed(b"", [one.jpeg for one in pictures])
    if model is not None:
        answer = await ask("streams.looking", [str(model)], told, most_s=LOOK_S)
        if answer.status == 0:
            return _read(answer.said)
        if answer.status == NO_PICTURE:
            raise Unreadable
        _log.warning("no detector for a clip", model=model.name, status=answer.status)
    answer = await ask("streams.looking", [], told, most_s=LOOK_S)
    if answer.status != 0:
        raise TooSlow if answer.status in _SLOW else Unreadable
    return _read(answer.said)


def _read(said: bytes) -> Looked:
    try:
        return msgspec.json.decode(said, type=Looked)
    except msgspec.MsgspecError:
        raise Unreadable from None
