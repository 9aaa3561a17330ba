"""`ioc streams`: how well the analysis of pictures does on clips whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from ioc.cli.say import console, painted, shown
from ioc.core.errors import Problem
from ioc.core.text import Text
from streams.evaluation.player import Played
from streams.evaluation.runner import ClipResult, by_kind, evaluate, total
from streams.evaluation.scoring import Tally
from streams.evaluation.words import Unusable
from streams.messages import ANALYSED_WIDTH, usual_fps
from streams.settings import USUAL_LIMITS

app = typer.Typer(help="Phân tích hình camera / analysis of camera pictures.", no_args_is_help=True)


@app.command("evaluate")
def evaluate_clips(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Thư mục clip và *.truth.json / clips and their truth")],
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Mô hình nhận dạng ONNX dạng YOLOX / a detector, YOLOX layout")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON / print JSON")] = False,
    fps: Annotated[
        float | None, typer.Option(min=0.5, max=60, help="Số hình phân tích mỗi giây / pictures looked at a second")
    ] = None,
    width: Annotated[
        int, typer.Option(min=160, max=1280, help="Bề ngang hình phân tích / width in pixels they are looked at")
    ] = ANALYSED_WIDTH,
) -> None:
    """Plays every clip of a folder through the analysis of production and holds it against its truth.

    Without --fps and --width pictures are looked at as in production. Prints the error of counts, how many
    crossings were found within half a second, directions, events, and CPU time.
    Exit code 1 when a clip could not be used; it is named with the reason.
    """
    results: list[ClipResult] = []
    pace = fps or usual_fps(detector=model is not None)
    try:
        for one in evaluate(folder, USUAL_LIMITS, pace, model, width):
            results.append(one)
            if not as_json:
                console.print(f"· {one.file}")
    except Unusable as wrong:
        raise Problem(
            "bad-evaluation",
            Text("Không đánh giá được", "There is nothing to evaluate with"),
            detail=Text(*wrong.words),
        ) from None
    body = _body(results, pace)
    if as_json:
        console.print_json(msgspec.json.encode(body).decode())
    else:
        _print(body)
    raise typer.Exit(1 if body["total"]["failed"] else 0)


def _body(results: list[ClipResult], fps: float) -> dict[str, Any]:
    failed = sum(one.reason is not None for one in results)
    sums = {"clips": len(results), "failed": failed, "analysed_fps": fps}
    kinds = {kind: {"clips": len(some)} | _figures(*total(some)) for kind, some in sorted(by_kind(results).items())}
    return {"total": sums | _figures(*total(results)), "kinds": kinds, "clips": [_clip(one) for one in results]}


def _clip(one: ClipResult) -> dict[str, Any]:
    if one.score is None or one.played is None or one.reason is not None:
        reason = {"vi": one.reason.vi, "en": one.reason.en} if one.reason else None
        return {"file": one.file, "state": "failed", "reason": reason}
    seen = {
        "lines": msgspec.to_builtins(one.score.ways),
        "seen_crossings": msgspec.to_builtins(one.played.crossings),
        "seen_events": msgspec.to_builtins(one.played.events),
    }
    notes = [{"vi": note.vi, "en": note.en} for note in one.notes]
    return {"file": one.file, "state": "ok", "notes": notes} | _figures(one.score.tally, one.played) | seen


def _figures(tally: Tally, played: Played) -> dict[str, Any]:
    """Shares, and CPU milliseconds: of decoding one frame of the file and looking at one, each and together."""
    decode = 1000 * played.decode_s / max(1, played.frames)
    look = 1000 * played.look_s / max(1, played.analysed)
    cost = {"decode_ms": round(decode, 2), "look_ms": round(look, 2), "cpu_ms": round(decode + look, 2)}
    return tally.figures() | {"frames": played.frames, "analysed": played.analysed} | cost


def _print(body: dict[str, Any]) -> None:
    table = Table(
        "clip",
        "đếm / counted",
        "thật / truth",
        "sai số / error",
        "F1",
        "hướng / direction",
        "sự kiện / events",
        "CPU ms",
    )
    for one in body["clips"]:
        if one["state"] == "failed":
            reason = one["reason"]
            table.add_row(shown(one["file"]), painted(f"✗ {reason['vi']} / {reason['en']}", "red"), *[""] * 6)
        else:
            noted = painted(" !", "yellow") if one["notes"] else painted("", "")
            table.add_row(painted(one["file"], "") + noted, *_cells(one))
    table.add_section()
    for kind, sums in body["kinds"].items():
        table.add_row(f"{shown(kind)} ({sums['clips']})", *_cells(sums))
    table.add_section()
    table.add_row("tổng / total", *_cells(body["total"]))
    console.print(table)
    for one in body["clips"]:
        for note in one.get("notes", ()):
            told = f"! {one['file']}: {note['vi']} / {note['en']}"
            console.print(told, style="yellow")


def _cells(one: dict[str, Any]) -> list[str]:
    events = f"{one['event_hits']}/{one['events']}, nhầm / false {one['event_false']}"
    shares = (_percent(one["count_error"]), _percent(one["f1"]), _percent(one["direction"]))
    return [str(one["counted"]), str(one["truth"]), *shares, events, f"{one['cpu_ms']:g}"]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
