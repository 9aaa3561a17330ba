"""How commands speak: Vietnamese first, English after."""

from __future__ import annotations

import re
from typing import Any

from rich.console import Console
from rich.text import Text as Painted

from ioc.core.errors import Problem
from ioc.core.text import Text

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """Text as a terminal may have it: what would move its cursor, colour it or turn its direction is spelled out, and
    so is what is no letter (half of a surrogate pair)."""
    return HIDDEN.sub(lambda met: f"\\x{ord(met[0]):02x}", text)


def painted(text: str, style: str) -> Painted:
    """Text in one style: of what is printed nothing is read as a style or a picture (`[red]`, `:smile:`)."""
    return Painted(shown(text), style)


class PlainConsole(Console):
    """A terminal that strangers' texts cannot steer: they come from files, events and the words typed."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"highlight": False, "soft_wrap": True, "markup": False, "emoji": False, **more})

    def print(self, *objects: Any, **more: Any) -> None:
        """See Console."""
        super().print(*(shown(one) if isinstance(one, str) else one for one in objects), **more)


console = PlainConsole()
errors = PlainConsole(stderr=True)


def say(text: Text, style: str = "") -> None:
    """One line in both languages."""
    console.print(Painted.assemble(shown(text.vi), "  ", painted(f"/ {text.en}", "dim")), style=style or None)


def refuse(problem: Problem) -> None:
    """A refusal on the error stream."""
    errors.print(f"✗ {problem.title.vi}", style="bold red")
    errors.print(f"  {problem.title.en}", style="red")
    if problem.detail:
        errors.print(f"  {problem.detail.vi}\n  {problem.detail.en}")
    for error in problem.errors:
        errors.print(f"  · {error.field}: {error.text.vi} / {error.text.en}")
