"""`python -m streams.evaluation.player`: plays one clip through the analysis in a process of its own.

A file can end the process that decodes it; then only this one is gone. The job comes as JSON on the standard input.
On the standard output come lines `.` while it is at work and at last one line of JSON, the `Played`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import cv2
import msgspec

from streams.decoder import confine
from streams.detector import Detector, ModelUnusable
from streams.evaluation.scoring import SeenCrossing, SeenEvent
from streams.evaluation.words import Words
from streams.messages import ANALYSED_WIDTH, Limits, Line, Trouble, Zone
from streams.pipeline import Pipeline, TooLarge
from streams.source import played_once
from streams.taken import Gone

OPEN_S, READ_S = 10.0, 10.0
MEMORY_MB = 2048
ALIVE_EVERY_S = 1.0
SLACK_S = 1e-9


class Job(msgspec.Struct, kw_only=True):
    """What is to be played; without a `path` only the model is tried. `fps` is what the truth says of the file,
    `analysed_fps` how many are looked at, `analysed_width` how wide they are then."""

    path: str
    fps: float
    analysed_fps: float
    analysed_width: int = ANALYSED_WIDTH
    limits: Limits
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    model: str | None = None


class Played(msgspec.Struct, kw_only=True):
    """What was seen. CPU times in seconds: of all decoding, and of all looking; `trouble` when it could not go on."""

    frames: int = 0
    analysed: int = 0
    width: int = 0
    height: int = 0
    decode_s: float = 0.0
    look_s: float = 0.0
    crossings: list[SeenCrossing] = []
    events: list[SeenEvent] = []
    trouble: Trouble | None = None
    model_fault: Words | None = None


def play(job: Job) -> Played:
    """Plays the whole file; what was seen before a trouble is kept."""
    played = Played()
    try:
        detector = Detector(Path(job.model)) if job.model else None
        if job.path:
            _look_at_all(job, played, detector)
    except ModelUnusable as fault:
        played.model_fault = Words(fault.vi, fault.en)
    except Gone as gone:
        played.trouble = gone.trouble
    except TooLarge:
        played.trouble = Trouble.TOO_LARGE
    except (cv2.error, MemoryError, ValueError, ArithmeticError):
        played.trouble = Trouble.BROKEN
    return played


def _look_at_all(job: Job, played: Played, detector: Detector | None) -> None:
    pipeline = Pipeline(job.limits, job.lines, job.zones, detector=detector, width=job.analysed_width)
    due, told, mark = 0.0, time.monotonic(), time.process_time()
    for taken in played_once(Path(job.path), open_s=OPEN_S, read_s=READ_S):
        at = played.frames / job.fps
        played.frames += 1
        wanted = at + SLACK_S >= due
        picture = taken.picture() if wanted else None
        now = time.process_time()
        played.decode_s, mark = played.decode_s + now - mark, now
        if picture is not None:
            due += 1 / job.analysed_fps
            played.height, played.width = picture.shape[:2]
            _look(pipeline, picture, at, played)
            now = time.process_time()
            played.look_s, mark = played.look_s + now - mark, now
        if time.monotonic() - told > ALIVE_EVERY_S:
            told = time.monotonic()
            _say(".")


def _look(pipeline: Pipeline, picture: cv2.typing.MatLike, at: float, played: Played) -> None:
    seen = pipeline.look(picture, at)
    played.analysed += 1
    for (line, way), count in seen.crossings.items():
        played.crossings += [SeenCrossing(line, way, round(at, 3))] * count
    played.events += [SeenEvent(event.kind, round(event.at, 3), event.place) for event in seen.events]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Plays the job that stands on the standard input."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    cv2.setNumThreads(1)
    confine(MEMORY_MB)
    _say(msgspec.json.encode(play(job)).decode())


if __name__ == "__main__":
    main()
