"""What commands print is what there is: no name, key or reason is read as a picture or a style."""

from __future__ import annotations

import io

import pytest
from rich.table import Table

from ioc.cli import say
from ioc.cli.say import PlainConsole, painted
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text

DATA = r"module:ledger: [red]phường[/red] [link=x]y :fire: \[z] " + "\\"
TOLD = Text(DATA, DATA)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    for name in ("console", "errors"):
        monkeypatch.setattr(say, name, PlainConsole(file=stream, width=200))
    return stream


def test_nothing_that_is_printed_is_read_as_a_picture_or_a_style(heard: io.StringIO) -> None:
    say.console.print(DATA)
    assert heard.getvalue() == f"{DATA}\n"


def test_nor_what_is_said_or_refused(heard: io.StringIO) -> None:
    say.say(TOLD, "green")
    say.refuse(Problem("thử", TOLD, detail=TOLD, errors=(FieldError(DATA, TOLD),)))
    assert heard.getvalue().count(DATA) == 2 + 2 + 2 + 3


def test_nor_a_cell_of_a_table(heard: io.StringIO) -> None:
    table = Table("cột")
    table.add_row(DATA)
    table.add_row(painted(DATA, "red"))
    say.console.print(table)
    assert heard.getvalue().count(DATA) == 2


def test_what_would_steer_a_terminal_is_spelled_out(heard: io.StringIO) -> None:
    say.say(Text("a\x1b[2Jb", "c\x1b[2Jd"))
    assert heard.getvalue() == "a\\x1b[2Jb  / c\\x1b[2Jd\n"
