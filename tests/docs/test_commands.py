"""Every command a page tells its reader to type exists, with the options it names."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ioc.cli.commands import app
from tests.docs.conftest import ROOT, blocks, name_of, pages, prose, shell

_INLINE = re.compile(r"`(?:\.venv/bin/)?(ioc [a-z][^`\n]*)`")
_MAKE = re.compile(r"\bmake ((?:[a-z-]+)|(?=[A-Z]))")
_IOC = re.compile(r"^(?:\S*/)?ioc\s+(.*)$|\$\((?:\S*/)?ioc ([^)]*)\)")
_COMPOSE = re.compile(r"^docker compose run .*? api ((?:broker|layers|people|city) .*)$")
_WITH_PAGES = [page for page in pages() if shell(page)]


@pytest.mark.parametrize("page", _WITH_PAGES, ids=name_of)
def test_shell_blocks_are_valid_shell(page: Path) -> None:
    for text in shell(page):
        checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
        assert checked.returncode == 0, f"{text}\n{checked.stderr}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_make_target_named_exists(page: Path) -> None:
    inline = " ; ".join(re.findall(r"`(make [^`]*)`", prose(page)))
    named = {word for word in _MAKE.findall("\n".join([*shell(page), inline])) if word}
    assert named - _targets() == set()


def _targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.M))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_ioc_command_named_exists_with_its_options(page: Path) -> None:
    for line in _ioc_lines(page):
        _check(line)


def _ioc_lines(page: Path) -> Iterator[str]:
    yield from (found.removeprefix("ioc ") for found in _INLINE.findall(prose(page)))
    for text in shell(page):
        for line in text.replace("\\\n", " ").splitlines():
            found = _IOC.search(line.strip()) or _COMPOSE.search(line.strip())
            if found:
                yield next(group for group in found.groups() if group)


def _check(line: str) -> None:
    words = shlex.split(line.split(" #")[0])
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, f"ioc {line}: there is no {words[0]!r}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    given = {word.rstrip("`,.").split("=")[0] for word in words if word.startswith("--")}
    assert given - known == set(), f"ioc {line}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_variables_of_the_environment_that_a_page_names_are_settings(page: Path) -> None:
    known = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    text = prose(page) + "".join(block.text for block in blocks(page))
    named = set(re.findall(r"\bIOC_[A-Z_]*[A-Z]\b", text))
    assert [name for name in sorted(named) if f"`{name}`" not in known] == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_addresses_that_a_page_calls_are_routes(page: Path) -> None:
    routes = (ROOT / "docs" / "reference" / "routes.md").read_text(encoding="utf-8")
    known = [re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) for path in re.findall(r"^\| `(/[^`]*)`", routes, re.M)]
    called = re.findall(r"http://127\.0\.0\.1:\d+(/[^\s'\"?#`]*)", "\n".join(shell(page)))
    assert [path for path in called if not any(re.fullmatch(one, path) for one in known)] == []
