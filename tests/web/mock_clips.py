"""The stand-in's clips on their way out: really blurred and made into a film, by the program that does so in a city."""

from __future__ import annotations

import asyncio
import io
import sys
import zipfile
from typing import Any

import msgspec

from streams.parcel import Order, packed

Json = dict[str, Any]
THING = [0.1, 0.4, 0.2, 0.3]


def draft(clip: bytes) -> Json:
    """What the server proposes of this clip: one thing that moves to the right, in all its pictures but the last."""
    at_ms = [at for at, _ in pictures_of(clip)]
    boxes = [[THING[0] + 0.02 * n, *THING[1:]] for n in range(len(at_ms) - 1)]
    return {
        "boxes": [],
        "whole": False,
        "clip": {
            "evidence": "e-1",
            "at_ms": at_ms,
            "lasts_ms": at_ms[-1] - at_ms[0],
            "things": [{"by": "detector", "first": 0, "boxes": boxes}],
        },
    }


async def film(clip: bytes, plan: Json, wanted: Json) -> bytes:
    """The film with what is wanted blurred."""
    pictures = pictures_of(clip)
    areas: list[list[Any]] = [[] for _ in pictures]
    for number, thing in enumerate(plan["things"]):
        for offset, box in enumerate(thing["boxes"]):
            if number not in wanted["without"]:
                areas[thing["first"] + offset].append(box)
    for span in wanted["spans"]:
        for at in range(span["first"], span["last"] + 1):
            areas[at].append(span["box"])
    order = Order(
        at_ms=tuple(at for at, _ in pictures),
        areas=tuple(tuple(tuple(box) for box in some) for some in areas),
        masks=(),
        words="MÔ PHỎNG / SIMULATED · Ngã tư Bưu điện",
        utc_offset_s=25_200,
        whole=wanted["whole"],
    )
    told = packed(msgspec.json.encode(order), [jpeg for _, jpeg in pictures])
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "streams.film", stdin=pipe, stdout=pipe)
    made, _ = await process.communicate(told)
    assert process.returncode == 0
    return made


def pictures_of(clip: bytes) -> list[tuple[int, bytes]]:
    """When each picture was taken, and the picture."""
    with zipfile.ZipFile(io.BytesIO(clip)) as file:
        names = [name for name in file.namelist() if name.endswith(".jpg")]
        return [(int(name.partition("-")[2].removesuffix(".jpg")), file.read(name)) for name in names]
