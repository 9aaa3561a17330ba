"""`ioc module`: a new module from nothing, and what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.module_template import FILES
from ioc.cli.say import console, say
from ioc.contract.testing import CASES, Subject
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.host.discovery import find_modules

app = typer.Typer(help="Mô-đun / modules.", no_args_is_help=True)


@app.command("list")
def list_modules() -> None:
    """Every module the city can run."""
    for spec in find_modules().values():
        console.print(f"{spec.name:<20}{spec.manifest.version:<10}{spec.title.vi} / {spec.title.en}")


@app.command("new")
def new_module(
    name: Annotated[str, typer.Argument(help="chữ thường, ví dụ street_lamps / lower case words")],
    into: Annotated[Path | None, typer.Option(help="Thư mục chứa mô-đun / folder of modules")] = None,
) -> None:
    """Writes a small working module with its test; `docs/how-to/write-a-module.md` goes on from there."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", name):
        raise Problem(
            "bad-module-name",
            Text("Tên mô-đun gồm chữ thường không dấu, số, gạch dưới", "Use lower-case letters, digits, underscores"),
        )
    folder = (into or modules_home()) / name
    if folder.exists():
        raise Problem("module-exists", Text(f"{folder} đã có", f"{folder} exists already"))
    for path, text in FILES.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_fill(text, name), encoding="utf-8")
    say(Text(f"✓ Đã tạo {folder}", f"{folder} is made"), "green")


@app.command("test")
def test_module(name: Annotated[str, typer.Argument(help="tên mô-đun / name of the module")]) -> None:
    """Holds a module against the rules every module must keep; 1 and a line for each mistake where it breaks one."""
    spec = find_modules().get(name)
    if spec is None:
        raise Problem("no-such-module", Text(f"Không có mô-đun {name}", f"There is no module {name}"))
    subject = Subject.of(spec.package)
    wrong = [mistake for case in CASES for mistake in case(subject)]
    for mistake in wrong:
        console.print(f"  · {mistake}")
    if wrong:
        say(Text(f"✗ {name}: {len(wrong)} chỗ sai", f"{name}: {len(wrong)} wrong"), "red")
        raise typer.Exit(1)
    say(Text(f"✓ {name} đúng mọi quy tắc", f"{name} keeps every rule"), "green")


def _fill(text: str, name: str) -> str:
    title = name.replace("_", " ")
    words = {"@NAME@": name, "@CLASS@": "".join(part.capitalize() for part in name.split("_")), "@TITLE@": title}
    for mark, value in words.items():
        text = text.replace(mark, value)
    return text


def modules_home() -> Path:
    """The folder `modules` beside the code."""
    return Path(__file__).resolve().parents[2] / "modules"
