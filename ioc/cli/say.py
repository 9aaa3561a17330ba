"""How commands speak: Vietnamese first, English after."""

from __future__ import annotations

import re
from typing import Any

from rich.console import Console
from rich.markup import escape

from ioc.core.errors import Problem
from ioc.core.text import Text

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def shown(text: str) -> str:
    """Text as a terminal may have it: what would move its cursor, colour it or turn its direction is spelled out."""
    return HIDDEN.sub(lambda met: f"\\x{ord(met[0]):02x}", text)


class PlainConsole(Console):
    """A terminal that strangers' texts cannot steer: they come from files, events and the words typed."""

    def print(self, *objects: Any, **more: Any) -> None:
        """See Console."""
        super().print(*(shown(one) if isinstance(one, str) else one for one in objects), **more)


console = PlainConsole(highlight=False, soft_wrap=True)
errors = PlainConsole(stderr=True, highlight=False, soft_wrap=True)


def say(text: Text, style: str = "") -> None:
    """One line in both languages."""
    console.print(f"{escape(text.vi)}  [dim]/ {escape(text.en)}[/dim]", style=style or None)


def refuse(problem: Problem) -> None:
    """A refusal on the error stream."""
    errors.print(f"✗ {problem.title.vi}", style="bold red", markup=False)
    errors.print(f"  {problem.title.en}", style="red", markup=False)
    if problem.detail:
        errors.print(f"  {problem.detail.vi}\n  {problem.detail.en}", markup=False)
    for error in problem.errors:
        errors.print(f"  · {error.field}: {error.text.vi} / {error.text.en}", markup=False)
