"""Checks of how detectors are linked: which one the vehicles pass before which."""

from __future__ import annotations

from collections.abc import Iterator

from ioc.city.mistakes import Mistake
from ioc.city.parts import Detector
from ioc.city.reading import Draft
from ioc.core.text import Text


def upstream_detectors(draft: Draft) -> Iterator[Mistake]:
    """Upstream detectors that do not exist, and rings in which a detector comes before itself."""
    rows = draft.of(Detector, "id", "upstream")
    before = {row.part.id: row.part.upstream for row in rows}
    for row in draft.of(Detector, "upstream"):
        name = row.part.upstream
        if name is None:
            continue
        if not draft.knows(Detector, name):
            text = Text(f"Không có máy đếm “{name}” trong roads.toml.", f"No detector “{name}” in roads.toml.")
            yield Mistake(row.file, f"{row.label}.upstream", text)
        elif row in rows and (ring := _ring(row.part.id, before)):
            shown = " ← ".join(ring)
            text = Text(
                f"Máy đếm đứng trước chính nó ({shown}); ghi máy mà xe đi qua trước.",
                f"The detector comes before itself ({shown}); name the one that vehicles pass earlier.",
            )
            yield Mistake(row.file, f"{row.label}.upstream", text)


def _ring(start: str, before: dict[str, str | None]) -> list[str]:
    """The way back from a detector to itself, empty where there is none."""
    way, at = [start], before.get(start)
    while at is not None and at not in way:
        way.append(at)
        at = before.get(at)
    return [*way, start] if at == start else []
