"""Pictures a decoder gives to be kept: as often as planned, masked, and untouched beside it where there are masks."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from streams.children import Decoder, DecoderGone, Kept, Nursery
from streams.messages import HEAD, KEPT, Plan, Report
from streams.settings import USUAL_LIMITS

MOST_S = 60.0
UPPER = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))


async def kept_of(decoder: Decoder, count: int) -> list[Kept]:
    """The next pictures to be kept."""
    found: list[Kept] = []
    async with asyncio.timeout(MOST_S):
        while len(found) < count:
            said = await decoder.read()
            found += [said] if isinstance(said, Kept) else []
    return found


def upper_luma(jpeg: bytes) -> float:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return float(picture[: picture.shape[0] // 2 - 8].mean())


async def test_where_there_are_masks_the_untouched_picture_comes_beside(nursery: Nursery, clip: Path) -> None:
    plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS, masks=(UPPER,), kept_fps=4.0)
    for one in await kept_of(await nursery.decoder("cam-01", plan), 3):
        assert one.untouched is not None
        assert upper_luma(one.jpeg) < 3
        assert upper_luma(one.untouched) > 60


async def test_without_masks_there_is_one_picture(nursery: Nursery, clip: Path) -> None:
    plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS, kept_fps=4.0)
    for one in await kept_of(await nursery.decoder("cam-01", plan), 3):
        assert one.untouched is None
        assert upper_luma(one.jpeg) > 60


async def test_where_none_are_wanted_none_come(nursery: Nursery, clip: Path) -> None:
    decoder = await nursery.decoder("cam-01", Plan(address=f"file:{clip}", limits=USUAL_LIMITS))
    reports = 0
    async with asyncio.timeout(MOST_S):
        while reports < 3:
            said = await decoder.read()
            assert not isinstance(said, Kept)
            reports += isinstance(said, Report)


@pytest.mark.parametrize("length", [0, 5, 2**31, 2**32 - 1])
async def test_a_decoder_that_lies_about_lengths_is_not_believed(nursery: Nursery, length: int) -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    decoder = Decoder(nursery, 0, ours)
    await decoder.begin(Plan(address="file:/", limits=USUAL_LIMITS))
    body = struct.pack(">I", length) + b"1234"
    theirs.sendall(HEAD.pack(KEPT, len(body)) + body)
    with theirs, pytest.raises(DecoderGone):
        async with asyncio.timeout(MOST_S):
            await decoder.read()
    decoder.kill()
