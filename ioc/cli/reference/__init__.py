"""The reference pages of `docs/reference/`, written from the code itself so that they cannot lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ioc.cli.reference import commands, events, feed, routes, settings, thresholds

PAGES: dict[str, Callable[[], str]] = {
    "cli.md": commands.page,
    "events.md": events.page,
    "feed.md": feed.page,
    "routes.md": routes.page,
    "settings.md": settings.page,
    "thresholds.md": thresholds.page,
}


def build(folder: Path) -> list[Path]:
    """Writes every page into `folder` and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, page in PAGES.items():
        path = folder / name
        path.write_text(page(), encoding="utf-8")
        written.append(path)
    return written
