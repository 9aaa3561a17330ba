"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- Made by `ioc docs build` from the code. Change the code, not this page. -->"


def head(title: str, *paragraphs: str) -> str:
    """The top of a generated page."""
    return "\n\n".join((MADE, f"# {title}", *paragraphs)) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; a bar or a line break inside a cell does not break it."""
    lines = [_row(columns), _row("---" for _ in columns), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """Text set as code."""
    return f"`{text}`"


def first_sentence(documented: object) -> str:
    """The first paragraph of a docstring as one line; empty where there is none."""
    doc = getattr(documented, "__doc__", None) or ""
    return " ".join(doc.strip().split("\n\n")[0].split())


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
