"""What really happened in the simulated city, one JSON line each, for whoever compares it with what was found."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from ioc.core.clock import iso
from ioc.demo.scenario.places import Located

FILE = "truth.jsonl"


class TruthBook:
    """Appends to `truth.jsonl` of the state folder, each line whole."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE

    def write(self, story: str, run: str, kind: str, at: datetime, place: Located | None = None, **more: Any) -> None:
        """One thing that happened: `kind` is `story`, `end`, or the word of a step."""
        where = {"lonlat": place.lonlat, "ward": place.ward, "place": place.name} if place else {"lonlat": None}
        line = {"story": story, "run": run, "kind": kind, "at": iso(at), **where, **more}
        with self._path.open("a", encoding="utf-8") as book:
            book.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_truth(state_dir: Path, run: str | None = None) -> list[dict[str, Any]]:
    """All that is written, or only what one telling of a story wrote; a line being written is left for next time."""
    path = state_dir / FILE
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    found = [json.loads(line) for line in lines]
    return [one for one in found if run is None or one["run"] == run]
