"""What a supervisor knows of the processes it keeps, in a file that the API reads.

The supervisor has no store; a part that cannot live cannot say so itself. One small file a supervisor, replaced in one
step once a second and at every turn, lies in the state folder that all processes of an installation share.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ioc.core.text import Text

FOLDER = "watch"
BELIEVED = timedelta(seconds=10)  # a supervisor writes once a second; what an older file says is history


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended last. `own_fault`: it said itself that its code or its set-up does not work."""

    at: datetime
    reason: Text
    own_fault: bool = False


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One process and its lives. `since` is the start of this life, or the end of the last one while it waits.

    `failures` are in a row, each after a short life; `failing_since` is the first of that row, `longest_s` the
    longest life within it. A part that does not announce itself is known from here alone;
    `notice` is what people should know of it although it runs.
    """

    name: str
    running: bool
    since: datetime
    restarts: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    longest_s: float = 0.0
    ended: Ended | None = None
    announces: bool = True
    notice: Text | None = None


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one supervisor knows at a time."""

    at: datetime
    parts: tuple[Watched, ...] = ()


def watch_folder(state_dir: Path) -> Path:
    """Where the supervisors of an installation write."""
    return state_dir / FOLDER


def watch_file(state_dir: Path, part: str | None) -> Path:
    """The file of the supervisor of one part of an installation, or of all of it."""
    return watch_folder(state_dir) / f"{part or 'all'}.json"


def write_watch(file: Path, watch: Watch) -> None:
    """In one step: nobody ever reads half a file.

    Raises:
        OSError: the folder cannot be written to.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(watch))
    beside.replace(file)


def read_watches(folder: Path, now: datetime) -> Sequence[Watch]:
    """What the supervisors that are at work wrote; an absent, old or unreadable file says nothing."""
    found = (_read(file) for file in sorted(folder.glob("*.json")))
    return [watch for watch in found if watch is not None and now - watch.at <= BELIEVED]


def _read(file: Path) -> Watch | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Watch)
    except (OSError, msgspec.MsgspecError):
        return None
