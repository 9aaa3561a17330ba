"""`cli.md`: every `ioc` command as its own help tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from ioc.cli.reference.markdown import code, head, table


def page() -> str:
    """Every command with its arguments and options."""
    from ioc.cli.commands import app  # the command tree, which holds the command that calls this

    parts = [
        head(
            "Commands",
            "`ioc` lies in `.venv/bin` after `make demo`. Commands that touch data (`layers`, `people`) work on the "
            "installation named by `IOC_CITY_DIR` and `IOC_STATE_DIR` when both are set, otherwise on the city's "
            "demonstration in `var/<city>`. Exit code 0: done; 1: not done, with the reasons; 2: refused.",
        )
    ]
    parts += [_section(name, command) for name, command in _leaves("ioc", typer.main.get_command(app))]
    return "\n".join(parts)


def _leaves(name: str, command: Any) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for word, inner in sorted(command.commands.items()):
            yield from _leaves(f"{name} {word}", inner)
    else:
        yield name, command


def _section(name: str, command: TyperCommand) -> str:
    lines = [f"## `{name}`\n", f"{(command.help or '').strip()}\n"]
    rows = [(code(_written(one)), _default(one), _meaning(one)) for one in command.params if one.name != "help"]
    if rows:
        lines.append(table(("given as", "default", "meaning"), rows))
    return "\n".join(lines)


def _written(parameter: Any) -> str:
    word = str(parameter.name).strip("_").upper()
    if isinstance(parameter, TyperArgument):
        return word
    option = max(parameter.opts, key=len)
    return str(option) if parameter.is_flag else f"{option} {word}"


def _meaning(parameter: Any) -> str:
    return parameter.help or ""


def _default(parameter: Any) -> str:
    if parameter.required:
        return "needed"
    return "" if parameter.default in (None, False, "") else code(f"{parameter.default}")
