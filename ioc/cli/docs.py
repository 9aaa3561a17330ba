"""`ioc docs`: the reference pages, written from the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.say import say
from ioc.cli.schema import feed_schema
from ioc.core.text import Text, counted

app = typer.Typer(help="Tài liệu / documentation.", no_args_is_help=True)


@app.command("build")
def build(
    into: Annotated[Path | None, typer.Option(help="Thư mục đích / folder to write to")] = None,
) -> None:
    """Writes the pages of docs/reference anew: routes, events, thresholds, settings, feed, commands."""
    from ioc.cli import reference  # every route and FastAPI with it: half a second that no other command should pay

    folder = into or reference_home()
    written = reference.build(folder)
    say(Text(f"✓ Đã viết {len(written)} trang vào {folder}", f"{counted(len(written), 'page')} written"), "green")


@app.command("schema")
def schema() -> None:
    """Prints the words of the feed as JSON Schema; `make types` writes the screens' types from it."""
    typer.echo(json.dumps(feed_schema(), ensure_ascii=False))


def reference_home() -> Path:
    """The folder `docs/reference` beside the code."""
    return Path(__file__).resolve().parents[2] / "docs" / "reference"
