"""`ioc docs`: the reference pages, written from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.cli import reference
from ioc.cli.say import say
from ioc.core.text import Text

app = typer.Typer(help="Tài liệu / documentation.", no_args_is_help=True)


@app.callback()
def _docs() -> None:
    """Keeps `build` a sub-command."""


@app.command("build")
def build(
    into: Annotated[Path | None, typer.Option(help="Thư mục đích / folder to write to")] = None,
) -> None:
    """Writes the pages of docs/reference anew: routes, events, thresholds, settings, feed, commands."""
    folder = into or reference_home()
    written = reference.build(folder)
    say(Text(f"✓ Đã viết {len(written)} trang vào {folder}", f"{len(written)} pages written"), "green")


def reference_home() -> Path:
    """The folder `docs/reference` beside the code."""
    return Path(__file__).resolve().parents[2] / "docs" / "reference"
