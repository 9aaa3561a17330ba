"""All clips of a folder: each played in a process of its own under a watchdog, and held against its truth."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec

from streams.evaluation.player import Job, Played
from streams.evaluation.scoring import Score, Tally, score
from streams.evaluation.truth import Truth, notes_of, read_truth
from streams.evaluation.words import Unusable, Words
from streams.messages import ANALYSED_WIDTH, LEAST_FPS, Limits, Trouble, usual_fps

SILENT_S = 60.0  # a player that shows no life for so long hangs in the decoder
LEAST_WHOLE = 0.9  # of the frames the truth names; with fewer the file is cut off
_HOME = Path(__file__).resolve().parents[2]
_ENDING = ".truth.json"

_TROUBLES = {
    Trouble.CANNOT_OPEN: Words("không mở được tệp hình", "the file cannot be opened as video"),
    Trouble.NO_PICTURE: Words("tệp không có hình nào", "the file holds no picture"),
    Trouble.ENDED: Words("tệp kết thúc sớm", "the file ends early"),
    Trouble.TOO_LARGE: Words("hình quá lớn", "its pictures are too large for a camera"),
    Trouble.BROKEN: Words("tệp hình hỏng", "the file is broken"),
}


class ClipResult(msgspec.Struct, kw_only=True):
    """One clip: what came of it, or the reason why nothing did; `notes` are on a truth that is used all the same."""

    file: str
    kind: str = ""
    notes: tuple[Words, ...] = ()
    reason: Words | None = None
    score: Score | None = None
    played: Played | None = None


def evaluate(
    folder: Path,
    limits: Limits,
    analysed_fps: float | None = None,
    model: Path | None = None,
    width: int = ANALYSED_WIDTH,
) -> Iterator[ClipResult]:
    """The clips of a folder in the order of their names; without `analysed_fps` at the pace of production.

    Raises:
        Unusable: there is no truth file in the folder, or the model is none.
    """
    job = Job(
        path="",
        fps=1,
        analysed_fps=analysed_fps or usual_fps(detector=model is not None),
        analysed_width=width,
        limits=limits,
        model=str(model.resolve()) if model else None,
    )
    if model is not None:
        _try_model(job)
    try:
        truths = sorted(one for one in folder.iterdir() if one.name.endswith(_ENDING) and one.is_file())
    except OSError as error:
        raise Unusable(f"không đọc được {folder}: {error.strerror}", f"{folder}: {error.strerror}") from None
    if not truths:
        raise Unusable(f"không có tệp *{_ENDING} trong {folder}", f"there is no *{_ENDING} in {folder}")
    return (_clip(path, job) for path in truths)


def _try_model(job: Job) -> None:
    fault = _played(job, "mô hình", "the model").model_fault
    if fault is not None:
        raise Unusable(*fault)


def total(results: list[ClipResult]) -> tuple[Tally, Played]:
    """The sums of all clips that could be played."""
    tally, played = Tally(), Played()
    for one in results:
        if one.score is not None and one.played is not None:
            tally.add(one.score.tally)
            for name in ("frames", "analysed", "decode_s", "look_s"):
                setattr(played, name, getattr(played, name) + getattr(one.played, name))
    return tally, played


def by_kind(results: list[ClipResult]) -> dict[str, list[ClipResult]]:
    """The clips that could be played, by their kind, where it is said."""
    found: dict[str, list[ClipResult]] = {}
    for one in results:
        if one.kind and one.score is not None:
            found.setdefault(one.kind, []).append(one)
    return found


def _clip(path: Path, job: Job) -> ClipResult:
    name = path.name.removesuffix(_ENDING)
    try:
        truth = read_truth(path)
        name = truth.file
        file = _video(path.parent, truth.file)
        own = {"path": str(file.resolve()), "fps": truth.fps, "lines": truth.counting(), "zones": truth.areas()}
        played = _played(msgspec.structs.replace(job, **own))
        _check(truth, played)
    except Unusable as wrong:
        return ClipResult(file=name, reason=wrong.words)
    length_s = played.frames / truth.fps
    scored = score(truth, played.crossings, played.events, length_s)
    kind = truth.kind.partition(",")[0].strip()
    notes = (*notes_of(truth), *_slow(played.analysed / length_s))
    return ClipResult(file=name, kind=kind, notes=notes, score=scored, played=played)


def _video(folder: Path, name: str) -> Path:
    """The file of that name, in whichever of the two forms of Vietnamese letters the disk has it."""
    if (file := folder / name).is_file():
        return file
    alike = (one for one in folder.iterdir() if _composed(one.name) == _composed(name) and one.is_file())
    if (found := next(alike, None)) is None:
        raise Unusable(f"thiếu tệp hình {name}", f"the video {name} is missing")
    return found


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _slow(fps: float) -> Iterator[Words]:
    if fps < LEAST_FPS:
        yield Words(
            f"chỉ xét {fps:.1f} hình mỗi giây: quá ít để đếm, cần từ {LEAST_FPS:g}",
            f"{fps:.1f} pictures a second were looked at: too few to count, {LEAST_FPS:g} are needed",
        )


def _check(truth: Truth, played: Played) -> None:
    if played.trouble is not None:
        raise Unusable(*_TROUBLES[played.trouble])
    if not played.frames or not played.analysed:
        raise Unusable(*_TROUBLES[Trouble.NO_PICTURE])
    if (played.width, played.height) != (truth.width, truth.height):
        size, said = f"{played.width}x{played.height}", f"{truth.width}x{truth.height}"
        raise Unusable(f"hình {size}, tệp sự thật ghi {said}", f"the picture is {size}, the truth says {said}")
    if truth.frames_total is not None and played.frames < LEAST_WHOLE * truth.frames_total:
        raise Unusable(
            f"chỉ đọc được {played.frames} trên {truth.frames_total} hình: tệp bị cụt",
            f"only {played.frames} of {truth.frames_total} frames could be read: the file is cut off",
        )


def _played(job: Job, what_vi: str = "tệp này", what_en: str = "this file") -> Played:
    """What a player's process says of a clip.

    Raises:
        Unusable: the process died, hung, or spoke nonsense.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "streams.evaluation.player"],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(_HOME),
            "OPENBLAS_NUM_THREADS": "1",
            "OPENCV_LOG_LEVEL": "SILENT",
            "OPENCV_FFMPEG_LOGLEVEL": "-8",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        last, hung = _listen(process, msgspec.json.encode(job))
        status = process.wait()
    if hung:
        raise Unusable(f"tiến trình bị treo với {what_vi}", f"the process hangs on {what_en}")
    if status:
        raise Unusable(f"tiến trình chết vì {what_vi} (mã {status})", f"the process died of {what_en} (exit {status})")
    try:
        return msgspec.json.decode(last, type=Played)
    except msgspec.MsgspecError:
        raise Unusable("tiến trình không trả lời", "the process gave no answer") from None


def _listen(process: subprocess.Popen[bytes], job: bytes) -> tuple[bytes, bool]:
    """The last line the process says, and whether it had to be killed for its silence."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipes")
    hung = threading.Event()

    def give_up() -> None:
        hung.set()
        process.kill()

    timer = threading.Timer(SILENT_S, give_up)
    timer.start()
    last = b""
    try:
        process.stdin.write(job)
        process.stdin.close()
        for line in process.stdout:
            timer.cancel()
            last, timer = line, threading.Timer(SILENT_S, give_up)
            timer.start()
    except BrokenPipeError:
        return b"", hung.is_set()
    finally:
        timer.cancel()
    return last, hung.is_set()
