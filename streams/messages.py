"""What goes between a decoder's process and its keeper.

A message is one byte of kind, four bytes of length (big-endian) and a body. The keeper sends a `Plan`, then `Order`s;
the decoder says that it has loaded its detector, if it is to have one (no body), and sends `Report`s, pictures (eight
bytes of Unix milliseconds, big-endian, then JPEG), and pictures to be kept (four bytes, the length of a JPEG, that
JPEG, and where there are masks another of the same moment without them).
Whatever a decoder says is checked: its process chews on bytes from outside and may have lost its mind.
"""

from __future__ import annotations

import struct
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec

PLAN, ORDER, REPORT, PICTURE, KEPT, LOADED = b"P", b"O", b"R", b"J", b"K", b"L"
HEAD = struct.Struct(">cI")
TIME = struct.Struct(">Q")
LENGTH = struct.Struct(">I")
ANALYSED_FPS = 5.0  # pictures a second that are looked at, if the camera gives as many
DETECTOR_FPS = 10.0  # the same with a detector, which follows things by fewer of their pictures
LEAST_FPS = 3.5  # with fewer, counts miss the goal: 12 % of error at 3.5, but 30 % at 3, 45 % at 2 (decision 0034)
REPORT_S = 1.0
ANALYSED_WIDTH = 320  # pixels; whole pictures cost three to eight times as much and count no better
MOST_BYTES = 2 * 2**20  # a picture of 640 px is 60 KiB; whatever is longer than this is none

Point: TypeAlias = tuple[float, float]
Way: TypeAlias = Literal["in", "out"]
Measure: TypeAlias = Literal["occupancy", "queue", "congestion", "stopped", "left", "dwelling"]


class PictureState(StrEnum):
    """What a camera's picture is worth; a decoder says these, its keeper adds `starting` and `lost`."""

    OK = "ok"
    FROZEN = "frozen"
    BLACK = "black"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    MOVED = "moved"


class Trouble(StrEnum):
    """Why a decoder gives up."""

    CANNOT_OPEN = "cannot-open"
    ENDED = "ended"
    NO_PICTURE = "no-picture"
    TOO_LARGE = "too-large"
    BROKEN = "broken"
    REFUSED = "refused"
    ELSEWHERE = "elsewhere"
    TOO_SLOW = "too-slow"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When a picture is bad. Lumas are of 0-255, shares and likenesses (correlations) of 0-1, times in seconds.

    `covered_share` is of the usual strength of edges, `defocused_share` of the usual part of fine edges among coarse
    ones. A black or covered picture must last `tamper_s`, or `unsure_s` where it is not known what is usual.
    """

    black_luma: float
    covered_share: float
    covered_likeness: float
    defocused_share: float
    moved_likeness: float
    tamper_s: float
    defocused_s: float
    moved_s: float
    unsure_s: float
    frozen_s: float
    frozen_luma: float
    relearn_s: float


class Line(msgspec.Struct, frozen=True):
    """A counting line, points as shares of width and height from the top left; `in` is forward when one looks across
    the line with `start` at the left hand and `end` at the right. Where only one way is `allowed`, the other is wrong.
    """

    id: str
    start: Point
    end: Point
    allowed: Way | None = None


class Zone(msgspec.Struct, frozen=True):
    """A polygon in the picture, points as of `Line`; `purpose` says what is looked for in it, `hours` when, as (from,
    until) in minutes of the local day: none is always."""

    id: str
    points: tuple[Point, ...]
    purpose: str = ""
    hours: tuple[tuple[int, int], ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decoder is told. `address` has the login in it and is shown to nobody.

    `masks` are polygons that are black in every picture; `model` is a detector's file. Without `analysed_fps` the usual
    number of pictures a second is looked at; `kept_fps` of these a second are given to be kept, none where it is 0.

    `sharpness` is how strong the edges of the camera's picture used to be, from an earlier decoder's report. `name` is
    burnt into the pictures for screens, with the time of a clock `utc_offset_s` ahead of UTC; without one nothing is.
    """

    address: str
    limits: Limits
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    masks: tuple[tuple[Point, ...], ...] = ()
    model: str | None = None
    analysed_fps: float | None = None
    analysed_width: int = ANALYSED_WIDTH
    picture_fps: float = 1.0
    kept_fps: float = 0.0
    open_s: float = 5.0
    read_s: float = 3.0
    memory_mb: int = 512
    sharpness: float | None = None
    name: str = ""
    utc_offset_s: int = 0


class Order(msgspec.Struct, frozen=True):
    """A change while it runs: how many pictures a second, and which lines and zones from now on; None: as they are."""

    picture_fps: float
    lines: tuple[Line, ...] | None = None
    zones: tuple[Zone, ...] | None = None


MOST = 10_000  # of anything that is counted between two reports
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Figure = Annotated[float, msgspec.Meta(ge=0, le=MOST)]
Words = Annotated[str, msgspec.Meta(max_length=300)]


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was seen since the last report. `at_ms` is Unix time, `fps` what the source gives, 0 until it is known.

    `watched_s` are the seconds between the pictures that were looked at, all together, and `gaps_s2` the sum of their
    squares.

    `crossings` are (line, `in` or `out`, how many); `zones` how many objects stand in each now; `motion` is the share
    of the picture that moves. `kinds` are those of the crossings of which a detector knows what passed: line, way,
    kind, how many. `wrong_ways` are (line, how many) that went on against the only way; `measures` are (kind, zone,
    figure). `fault` says in Vietnamese and English why the detector cannot be used. With `trouble` it is the last
    report of this decoder.
    """

    at_ms: int
    fps: Figure = 0.0
    state: PictureState = PictureState.OK
    frames: Count = 0
    motion: Figure = 0.0
    watched_s: Figure = 0.0
    gaps_s2: Annotated[float, msgspec.Meta(ge=0, le=MOST**2)] = 0.0
    crossings: tuple[tuple[str, str, Count], ...] = ()
    zones: dict[str, Count] = {}
    kinds: tuple[tuple[str, str, str, Count], ...] = ()
    wrong_ways: tuple[tuple[str, Count], ...] = ()
    measures: tuple[tuple[Measure, str, Figure], ...] = ()
    fault: tuple[Words, Words] | None = None
    sharpness: Annotated[float, msgspec.Meta(ge=0, le=1e9)] | None = None
    trouble: Trouble | None = None


def usual_fps(*, detector: bool) -> float:
    """How many pictures a second are looked at where nobody says it."""
    return DETECTOR_FPS if detector else ANALYSED_FPS


encode = msgspec.msgpack.Encoder().encode
read_plan = msgspec.msgpack.Decoder(Plan).decode
read_order = msgspec.msgpack.Decoder(Order).decode
read_report = msgspec.msgpack.Decoder(Report).decode


def message(kind: bytes, body: bytes) -> bytes:
    """A message as it goes through the channel."""
    return HEAD.pack(kind, len(body)) + body
