"""Opens a camera and takes its pictures. Runs in a decoder's process only: libraries that read foreign bytes crash."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

import cv2

from streams.address import FOLDER, SNAPSHOT
from streams.folder import STILLS, files_of, stills
from streams.http_camera import HttpCamera
from streams.messages import Trouble
from streams.network import place_of
from streams.pipeline import MOST_PIXELS
from streams.rtsp_relay import Relay
from streams.snapshot import snapshots
from streams.taken import Gone, Taken

MOST_FPS = 120.0
USUAL_FPS = 25.0
CLOCK_DRIFT = 0.002
AWAITED, AWAITED_RUN = 0.5, 5  # of its step waited for, so often in a row: it came as it was taken
LEAST_LOOP_S = 0.2  # a clip that is shorter than this is not played over and over
_NO_LISTS = "mpjpeg,mjpeg,jpeg_pipe,mpegts,flv,h264,hevc"  # of HTTP: no play lists, which lead elsewhere
_CLIPS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,h264,hevc,mjpeg,flv"

# What FFmpeg may open on the way: a camera must not be able to send it to files or to other servers' protocols.
_OPTIONS = {
    "rtsp": "rtsp_transport;tcp|protocol_whitelist;rtsp,rtp,tcp",
    "http": f"max_redirects;0|protocol_whitelist;http,tcp|format_whitelist;{_NO_LISTS}",
    "https": f"max_redirects;0|protocol_whitelist;https,http,tls,tcp|format_whitelist;{_NO_LISTS}",
    "file": f"protocol_whitelist;file|format_whitelist;{_CLIPS}",
}


def pictures(address: str, *, fps: float, open_s: float, read_s: float) -> Iterator[Taken]:
    """Every picture as it comes. A file is played at its own speed, over and over; still pictures are taken `fps` times
    a second.

    Raises:
        Gone: it cannot be opened, or it ends.
    """
    if address.startswith("file:"):
        yield from _clip(address, open_s, read_s)
    elif address.startswith(SNAPSHOT):
        yield from snapshots(address, fps, open_s=open_s, read_s=read_s)
    elif address.startswith(FOLDER):
        yield from _folder(address, fps, open_s, read_s)
    elif address.startswith("rtsp"):
        yield from _live(address, open_s, read_s)
    else:
        yield from _mjpeg(address, open_s, read_s)


def _live(address: str, open_s: float, read_s: float) -> Iterator[Taken]:
    """RTSP, through a relay of our own."""
    relay = Relay(address, open_s)
    try:
        while True:
            try:
                yield from _stream(relay.address, open_s, read_s, Pace())
            except Gone as gone:
                if not relay.again():
                    raise Gone(relay.trouble or gone.trouble) from None
    finally:
        relay.close()


def _mjpeg(address: str, open_s: float, read_s: float) -> Iterator[Taken]:
    """Over HTTP. It carries no times, FFmpeg makes some up; nor does FFmpeg say why it could not open it, so a camera
    that answered is asked once more then, for the head of its answer only."""
    _judge(address)
    began = time.monotonic()
    try:
        yield from _stream(address, open_s, read_s)
    except Gone as gone:
        if gone.trouble is not Trouble.CANNOT_OPEN or time.monotonic() - began >= open_s:
            raise
    camera = HttpCamera(address, open_s, read_s, any_certificate=True)
    try:
        raise Gone(camera.trouble())
    finally:
        camera.close()


def _stream(address: str, open_s: float, read_s: float, pace: Pace | None = None) -> Iterator[Taken]:
    """A live stream. Where nothing came for `read_s` seconds FFmpeg is told to give up, and hands out pictures it still
    held back, one for each further time it is told: they were taken before the silence, and are of no use now."""
    capture = _open(address, open_s, read_s)
    first, asked = True, time.monotonic()
    while capture.grab():
        came = time.monotonic()
        if came - asked >= read_s:
            break
        stream_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        yield Taken(capture, cut=first, lag_s=pace.lag_s(stream_s, came, came - asked) if pace else 0.0)
        first, asked = False, time.monotonic()
    capture.release()  # at once: the relay waits for it
    raise Gone(Trouble.NO_PICTURE if first else Trouble.ENDED)


def _judge(address: str) -> None:
    parts = urlsplit(address)
    try:
        place_of(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    except (OSError, ValueError):
        raise Gone(Trouble.CANNOT_OPEN) from None


def played_once(path: Path, *, open_s: float, read_s: float) -> Iterator[Taken]:
    """Every picture of a file, as fast as they are wanted.

    Raises:
        Gone: it cannot be opened.
    """
    _be_clip(path)
    capture = _open(f"file:{path}", open_s, read_s)
    first = True
    while capture.grab():
        yield Taken(capture, cut=first, lag_s=0.0)
        first = False
    capture.release()


def _folder(address: str, fps: float, open_s: float, read_s: float) -> Iterator[Taken]:
    """Its files in the order of their names, over and over; read anew for each round, so that it may grow."""
    while True:
        count = 0
        for still, paths in groupby(files_of(address), lambda path: path.suffix.lower() in STILLS):
            for taken in stills(list(paths), fps) if still else _clips(list(paths), open_s, read_s):
                count += 1
                yield taken
        if not count:
            raise Gone(Trouble.NO_PICTURE)


def _clips(paths: list[Path], open_s: float, read_s: float) -> Iterator[Taken]:
    """Each of these once, at its own speed; a bad one is passed over."""
    for path in paths:
        with suppress(Gone):
            yield from _played(path, open_s, read_s)


def _clip(address: str, open_s: float, read_s: float) -> Iterator[Taken]:
    path = Path(address.removeprefix("file:").removeprefix("//"))
    while True:
        began, count = time.monotonic(), 0
        for taken in _played(path, open_s, read_s):
            count += 1
            yield taken
        if not count or time.monotonic() - began < LEAST_LOOP_S:
            raise Gone(Trouble.NO_PICTURE if not count else Trouble.ENDED)


def _played(path: Path, open_s: float, read_s: float) -> Iterator[Taken]:
    """A clip once, at its own speed."""
    _be_clip(path)
    capture = _open(f"file:{path}", open_s, read_s)
    fps = capture.get(cv2.CAP_PROP_FPS)
    step = 1 / fps if 0 < fps <= MOST_FPS else 1 / USUAL_FPS
    began, count = time.monotonic(), 0
    while capture.grab():
        early = began + count * step - time.monotonic()
        if early > 0:
            time.sleep(early)
        yield Taken(capture, cut=not count, lag_s=max(0.0, -early))
        count += 1
    capture.release()


def _be_clip(path: Path) -> None:
    """What is no plain file may never end, or never begin.

    Raises:
        Gone: it is none, or nothing is in it.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        raise Gone(Trouble.CANNOT_OPEN) from None
    if not stat.S_ISREG(found.st_mode):
        raise Gone(Trouble.CANNOT_OPEN)
    if not found.st_size:
        raise Gone(Trouble.NO_PICTURE)


def _open(address: str, open_s: float, read_s: float) -> cv2.VideoCapture:
    """An address that is opened.

    Raises:
        Gone: nobody is there, a file is no clip, or its pictures are larger than any camera's.
    """
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = _OPTIONS.get(address.partition(":")[0], "protocol_whitelist;none")
    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(open_s * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(read_s * 1000)),
        *(cv2.CAP_PROP_N_THREADS, 1),
    ]
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise Gone(Trouble.BROKEN if address.startswith("file:") else Trouble.CANNOT_OPEN)
    if capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT) > MOST_PIXELS:
        raise Gone(Trouble.TOO_LARGE)  # before any is unpacked
    return capture


class Pace:
    """Tells how far the pictures of a live stream lag behind: what waits unread in buffers grows old."""

    def __init__(self) -> None:
        self._quickest: float | None = None
        self._at = self._stream_s = 0.0
        self._awaited = 0

    def lag_s(self, stream_s: float, now: float, waited_s: float = 0.0) -> float:
        """How much longer this picture took than the quickest; 0 where the stream carries no times. The clocks of
        cameras drift, so what counts as quickest drifts with them.

        Nothing lies unread while one picture after the other has to be waited for (`waited_s`): if such pictures still
        seem to lag, the camera's clock runs at another pace than ours, and they count as the quickest.
        """
        took, step = now - stream_s, stream_s - self._stream_s
        self._awaited = self._awaited + 1 if waited_s > step * AWAITED > 0 else 0
        if stream_s <= 0 or self._quickest is None or self._awaited >= AWAITED_RUN:
            self._quickest, self._at = took, now
        self._quickest = min(took, self._quickest + (now - self._at) * CLOCK_DRIFT)
        self._at, self._stream_s = now, stream_s
        return took - self._quickest
