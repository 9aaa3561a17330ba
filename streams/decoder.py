"""What runs in a decoder's process: takes pictures, looks at some of them, tells its keeper, and trusts nothing."""

from __future__ import annotations

import gc
import os
import resource
import select
import socket
import time
from collections import Counter
from pathlib import Path

import cv2
import msgspec
from cv2.typing import MatLike as Image

from streams.counting import Crossing
from streams.detector import Detector, ModelUnusable
from streams.marks import with_marks
from streams.masks import Masks
from streams.messages import (
    HEAD,
    KEPT,
    LENGTH,
    LOADED,
    MOST,
    MOST_BYTES,
    ORDER,
    PICTURE,
    PLAN,
    REPORT,
    REPORT_S,
    TIME,
    Plan,
    Report,
    Trouble,
    encode,
    message,
    read_order,
    read_plan,
    usual_fps,
)
from streams.pipeline import Pipeline, Seen, TooLarge, for_screens, jpeg
from streams.source import pictures
from streams.stamp import Stamp
from streams.taken import Gone

SEND_S = 5.0  # a keeper that takes nothing for so long is none
BEHIND_S = 0.7  # a live stream that lags more is only read, not looked at, until it has caught up
CATCH_UP_S = 2.0  # the longest it is given for that: the times of a stream may be wrong
TIDY_S = 60.0  # hardly anything made here lasts, so the interpreter hardly ever tidies up by itself
MODEL_BYTES = 4 * 2**30  # of the operator's choice, which may be a mistake that takes all there is
OPEN_FILES = 64
MOST_WORDS = 300

Fault = tuple[str, str]  # in Vietnamese and English


def run(channel: socket.socket) -> None:
    """Serves one camera until its source or its keeper is gone."""
    channel.settimeout(SEND_S)
    plan = read_plan(_receive(channel, PLAN))
    detector, fault = _detector(plan.model)  # before the limits: its memory is the operator's own choice
    confine(plan.memory_mb)
    if plan.model is not None:
        channel.sendall(message(LOADED, b""))
    try:
        trouble = Decoder(plan, channel, detector, fault).decode()
    except TooLarge:
        trouble = Trouble.TOO_LARGE
    except (cv2.error, MemoryError, ValueError, ArithmeticError):
        trouble = Trouble.BROKEN
    channel.sendall(message(REPORT, encode(Report(at_ms=_now_ms(), trouble=trouble))))


class Decoder:
    """The camera of one plan."""

    def __init__(self, plan: Plan, channel: socket.socket, detector: Detector | None, fault: Fault | None) -> None:
        self._plan, self._channel, self._fault = plan, channel, fault
        self._masks = Masks(plan.masks)
        lit = self._masks.visible() if plan.masks else 1.0
        limits = msgspec.structs.replace(plan.limits, black_luma=plan.limits.black_luma * lit)
        self._pipeline = Pipeline(
            limits, plan.lines, plan.zones, plan.sharpness, detector=detector, width=plan.analysed_width
        )
        self._step_s = 1 / (plan.analysed_fps or usual_fps(detector=detector is not None))
        self._picture_s = 1 / plan.picture_fps
        self._kept_s = 1 / plan.kept_fps if plan.kept_fps else float("inf")
        self._stamp = Stamp(plan.name, plan.utc_offset_s) if plan.name else None
        self._crossings: Counter[Crossing] = Counter()
        self._kinds: Counter[tuple[str, str, str]] = Counter()
        self._wrong_ways: Counter[str] = Counter()
        self._frames, self._fps = 0, 0.0
        self._watched_s = self._gaps_s2 = 0.0
        self._looked_at: float | None = None
        self._seen: Seen | None = None
        self._looked = False
        self._report_at = self._look_at = self._picture_at = self._counted_from = time.monotonic()
        self._keep_at = self._look_at if plan.kept_fps else float("inf")
        self._tidy_at = self._look_at + TIDY_S

    def decode(self) -> Trouble:
        """Takes pictures until there are none any more; why there are none."""
        plan = self._plan
        try:
            for taken in pictures(plan.address, fps=1 / self._step_s, open_s=plan.open_s, read_s=plan.read_s):
                now = time.monotonic()
                self._frames += 1
                if taken.cut:
                    self._pipeline.cut()
                behind = taken.lag_s > BEHIND_S and now < self._look_at + CATCH_UP_S
                if now >= self._look_at and not behind and (picture := taken.picture()) is not None:
                    self._look(picture, now)
                if now >= self._report_at:
                    self._report(now)
                if now >= self._tidy_at:
                    self._tidy_at = now + TIDY_S
                    gc.collect()  # which empties its lists of free tuples, too: up to 2,000 of every length
        except Gone as gone:
            return gone.trouble
        return Trouble.ENDED

    def _look(self, picture: Image, now: float) -> None:
        self._obey()
        self._look_at = max(self._look_at + self._step_s, now)
        self._measure_gap(now)
        untouched = jpeg(for_screens(picture)) if self._plan.masks and now >= self._keep_at else b""
        self._masks.burn(picture)
        before, self._looked = self._seen, True
        self._seen = seen = self._pipeline.look(picture, now)
        self._crossings += seen.crossings
        self._kinds += seen.kinds
        self._wrong_ways.update(event.place for event in seen.events if event.kind == "wrong_way")
        self._show(picture, untouched, now)
        if before is None or before.state is not seen.state or before.zones != seen.zones or seen.crossings:
            self._report(now)

    def _measure_gap(self, now: float) -> None:
        gap = now - self._looked_at if self._looked_at is not None else 0.0
        self._watched_s += gap
        self._gaps_s2 += gap**2
        self._looked_at = now

    def _show(self, picture: Image, untouched: bytes, now: float) -> None:
        """Gives the picture to screens and to be kept, as often as wanted; only screens get words."""
        shown, kept = now >= self._picture_at, now >= self._keep_at
        if not (shown or kept):
            return
        at_ms, small, marks = _now_ms(), for_screens(picture), self._pipeline.marks()
        if shown:
            self._picture_at = max(self._picture_at + self._picture_s, now)
            burnt = small if self._stamp is None else self._stamp.burnt(small, at_ms)
            self._channel.sendall(message(PICTURE, TIME.pack(at_ms) + with_marks(jpeg(burnt), marks)))
        if kept:
            self._keep_at = max(self._keep_at + self._kept_s, now)
            masked = with_marks(jpeg(small), marks)
            self._channel.sendall(message(KEPT, LENGTH.pack(len(masked)) + masked + untouched))

    def _report(self, now: float) -> None:
        """Says what was seen; nothing when nothing could be looked at."""
        self._report_at = now + REPORT_S
        seen, looked = self._seen, self._looked
        self._looked = False
        if seen is None or not looked:
            return
        report = Report(
            at_ms=_now_ms(),
            frames=min(MOST, self._frames),
            fps=self._pace(now),
            state=seen.state,
            motion=round(seen.motion, 4),
            watched_s=min(MOST, self._watched_s),
            gaps_s2=min(MOST**2, self._gaps_s2),
            crossings=tuple((line, way, count) for (line, way), count in self._crossings.items()),
            zones=seen.zones,
            kinds=tuple((*key, count) for key, count in self._kinds.items()),
            wrong_ways=tuple(self._wrong_ways.items()),
            measures=tuple((*key, value) for key, value in self._pipeline.measures(now).items()),
            fault=self._fault,
            sharpness=self._pipeline.sharpness,
        )
        self._channel.sendall(message(REPORT, encode(report)))
        for counted in (self._crossings, self._kinds, self._wrong_ways):
            counted.clear()
        self._watched_s = self._gaps_s2 = 0.0

    def _pace(self, now: float) -> float:
        """What the source gives, over the last whole stretch: of a moment it would be any number."""
        passed = now - self._counted_from
        if passed >= REPORT_S:
            self._fps = min(MOST, round(self._frames / passed, 1))
            self._frames, self._counted_from = 0, now
        return self._fps

    def _obey(self) -> None:
        """Takes the keeper's newest order, if there is any."""
        while select.select([self._channel], [], [], 0)[0]:
            order = read_order(_receive(self._channel, ORDER))
            self._picture_s = 1 / max(0.1, order.picture_fps)
            self._picture_at = min(self._picture_at, time.monotonic() + self._picture_s)
            if order.lines is not None and order.zones is not None:
                self._pipeline.redraw(order.lines, order.zones)


def _detector(model: str | None) -> tuple[Detector | None, Fault | None]:
    """The detector, or why there is none; the camera is looked at by motion then. No path is told, only a name."""
    if model is None:
        return None, None
    path = Path(model)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MODEL_BYTES, most))
    try:
        return Detector(path), None
    except ModelUnusable as fault:
        vi, en = (words.replace(str(path), path.name)[:MOST_WORDS] for words in (fault.vi, fault.en))
        return None, (vi, en)


def _receive(channel: socket.socket, kind: bytes) -> bytes:
    """The body of the next message.

    Raises:
        EOFError: the keeper is gone.
        ValueError: it is of another kind.
    """
    came, length = HEAD.unpack(_exactly(channel, HEAD.size))
    if came != kind or length > MOST_BYTES:
        raise ValueError(f"a message {came!r} of {length} bytes")
    return _exactly(channel, length)


def _exactly(channel: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = channel.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def confine(memory_mb: int, file_bytes: int = 0) -> None:
    """No more memory than planned, no file written beyond so many bytes (nor a core, which would hold the login), few
    files open."""
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    most = size + memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
