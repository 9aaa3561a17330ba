"""The pages a reader may open, and the pieces of them that can be checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.M | re.S)


class Block(NamedTuple):
    """A fenced block: its language, what stands behind it, and its text."""

    language: str
    note: str
    text: str


def pages() -> list[Path]:
    """README and its neighbours, everything in docs/, and the readmes of the parts."""
    top = [path for path in ROOT.glob("*.md")]
    parts = [*ROOT.glob("cities/*.md"), *ROOT.glob("modules/*/README.md"), *ROOT.glob("bench/*.md")]
    return sorted([*top, *ROOT.glob("docs/**/*.md"), *parts])


def name_of(page: Path) -> str:
    """How a failed test calls the page."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(*found) for found in _FENCE.findall(page.read_text(encoding="utf-8"))]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def shell(page: Path) -> list[str]:
    """The shell blocks of a page."""
    return [block.text for block in blocks(page) if block.language == "sh"]
