"""How commands speak: Vietnamese first, English after."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from ioc.core.errors import Problem
from ioc.core.text import Text

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


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
