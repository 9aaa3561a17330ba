"""A film of VP8 pictures as a WebM file (Matroska, RFC 9559; WebM Container Guidelines), each shown at its own time.

FFmpeg's own writer would put pictures at an even pace and numbers by chance into the file. Here the same pictures
always give the same bytes, and a second without a picture is a second in which the one before stands.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise

import msgspec

_IVF_HEAD, _IVF_FRAME = struct.Struct("<4sHH4sHHIIII"), struct.Struct("<IQ")
_APP = b"ioc"
_APART_MS = 30_000  # within a cluster: times in it are 16 bits
_NUMBER_BYTES = 8


class Frame(msgspec.Struct, frozen=True):
    """A coded picture and when it is shown, in milliseconds from the beginning."""

    at_ms: int
    data: bytes

    @property
    def key(self) -> bool:
        """Whether it can be shown without those before it (RFC 6386, 9.1)."""
        return bool(self.data) and not self.data[0] & 1


def frames_of_ivf(data: bytes) -> list[bytes]:
    """The coded pictures of an IVF file, up to one that is not whole."""
    found, at = [], _IVF_HEAD.size
    while at + _IVF_FRAME.size <= len(data):
        length, _ = _IVF_FRAME.unpack_from(data, at)
        at += _IVF_FRAME.size
        if at + length > len(data):
            break
        found.append(data[at : at + length])
        at += length
    return found


def webm(frames: Sequence[Frame], width: int, height: int, lasts_ms: int) -> bytes:
    """The file. The first picture has to be one that stands by itself."""
    head = _element(
        0x1A45DFA3,
        *(_number(0x4286, 1), _number(0x42F7, 1), _number(0x42F2, 4), _number(0x42F3, 8)),
        *(_element(0x4282, b"webm"), _number(0x4287, 2), _number(0x4285, 2)),
    )
    info = _element(
        0x1549A966,
        *(_number(0x2AD7B1, 1_000_000), _element(0x4489, struct.pack(">d", lasts_ms))),
        *(_element(0x4D80, _APP), _element(0x5741, _APP)),
    )
    picture = _element(0xE0, _number(0xB0, width), _number(0xBA, height))
    track = _element(0xAE, _number(0xD7, 1), _number(0x73C5, 1), _number(0x83, 1), _element(0x86, b"V_VP8"), picture)
    before = info + _element(0x1654AE6B, track)
    groups = _clusters(frames)
    bodies = [_cluster(group) for group in groups]
    first = len(before) + len(_cues(groups, [0] * len(groups)))
    places = [first + sum(len(body) for body in bodies[:number]) for number in range(len(bodies))]
    return head + _element(0x18538067, before, _cues(groups, places), *bodies)


def _clusters(frames: Sequence[Frame]) -> list[list[Frame]]:
    groups: list[list[Frame]] = []
    for frame in frames:
        if not groups or frame.key or frame.at_ms - groups[-1][0].at_ms > _APART_MS:
            groups.append([])
        groups[-1].append(frame)
    return groups


def _cluster(group: Sequence[Frame]) -> bytes:
    begin = group[0].at_ms
    blocks = [
        _element(0xA3, b"\x81" + struct.pack(">hB", one.at_ms - begin, 0x80 if one.key else 0) + one.data)
        for one in group
    ]
    return _element(0x1F43B675, _number(0xE7, begin), *blocks)


def _cues(groups: Sequence[Sequence[Frame]], places: Sequence[int]) -> bytes:
    """Where to go on for who jumps: at each cluster that begins with a picture that stands by itself."""
    points = [
        _element(0xBB, _number(0xB3, group[0].at_ms), _element(0xB7, _number(0xF7, 1), _number(0xF1, place)))
        for group, place in zip(groups, places, strict=True)
        if group[0].key
    ]
    return _element(0x1C53BB6B, *points)


def _number(id: int, value: int) -> bytes:
    """Always of one length, so that what a number is changes the place of nothing."""
    return _element(id, value.to_bytes(_NUMBER_BYTES, "big"))


def _element(id: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    name = id.to_bytes((id.bit_length() + 7) // 8, "big")
    return name + (len(body) | 1 << 56).to_bytes(8, "big") + body


def paced(at_ms: Sequence[int], least_ms: int = 40, most_ms: int = 5_000) -> list[int]:
    """When each picture of a clip is shown, in milliseconds from its beginning, by when it was taken. Where a clock was
    set back, or nothing came for long, the step is one that can be looked at; the time burnt in says what was."""
    shown = [0] * min(1, len(at_ms))
    for sooner, later in pairwise(at_ms):
        shown.append(shown[-1] + min(most_ms, max(least_ms, later - sooner)))
    return shown
