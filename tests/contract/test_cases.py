"""The shared cases find what is wrong: a module that breaks every rule is told so, one by one."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ioc.cli.module_template import FILES
from ioc.contract import testing
from ioc.contract.testing import CASES, Subject

Make = Callable[..., Subject]
MARKS = {"@NAME@": "noisy", "@CLASS@": "Noisy", "@TITLE@": "Noisy"}


def filled(text: str) -> str:
    for mark, value in MARKS.items():
        text = text.replace(mark, value)
    return text


GOOD = {path: filled(text) for path, text in FILES.items()}


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Writes the scaffolded module `noisy` with some files changed, and loads it."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(**changed: str) -> Subject:
        for path, text in (GOOD | {name.replace("_dot_", "."): text for name, text in changed.items()}).items():
            (tmp_path / "noisy").mkdir(exist_ok=True)
            (tmp_path / "noisy" / path).write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return Subject.of("noisy")

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "noisy"]:
        del sys.modules[name]


def test_a_scaffolded_module_passes(make: Make) -> None:
    subject = make()
    assert {case.__name__: case(subject) for case in CASES} == {case.__name__: [] for case in CASES}


def test_a_manifest_with_gaps_is_told(make: Make) -> None:
    subject = make(manifest_dot_toml='name = "other"\ntitle_vi = "x"\nversion = "1"\nowner = "me"\n')
    assert testing.manifest_is_whole(subject) == [
        "manifest.toml: title_en is missing",
        "manifest.toml: name is 'other', the folder 'noisy'",
    ]


def test_two_modules_in_one_file_are_told(make: Make) -> None:
    code = GOOD["module.py"] + "\n\nclass Second(Module):\n    pass\n"
    said = testing.module_is_one_class(make(module_dot_py=code))
    assert said == ["module.py: must define exactly one subclass of Module"]


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('type="noisy.limit.exceeded"', 'type="too_loud"', "Exceeded: type 'too_loud' is not domain.noun.verb_past"),
        ("severity=2", "severity=7", "Exceeded: severity 7 is not 1-5"),
        ('key="station"', 'key="where"', "Exceeded: key 'where' is not one of its fields"),
    ],
)
def test_a_badly_declared_event_is_told(make: Make, was: str, now: str, said: str) -> None:
    assert testing.events_are_well_named(make(module_dot_py=GOOD["module.py"].replace(was, now))) == [said]


def test_a_title_that_cannot_be_filled_is_told(make: Make) -> None:
    manifest = GOOD["manifest.toml"].replace("{value} vượt", "{amount} vượt").replace("en = ", "fr = ")
    assert testing.titles_can_be_filled(make(manifest_dot_toml=manifest)) == [
        'manifest.toml: [events."noisy.limit.exceeded"] has no en',
        "manifest.toml: noisy.limit.exceeded.vi: no field 'amount'",
    ]


def test_a_title_nobody_needs_is_told(make: Make) -> None:
    manifest = GOOD["manifest.toml"] + '\n[events."noisy.limit.forgotten"]\nvi = "x"\nen = "x"\n'
    assert testing.titles_can_be_filled(make(manifest_dot_toml=manifest)) == [
        "manifest.toml: no class declares the event noisy.limit.forgotten"
    ]


def test_a_handler_that_returns_is_told(make: Make) -> None:
    code = GOOD["module.py"].replace("yield Exceeded", "return Exceeded")
    (said,) = testing.handlers_are_generators(make(module_dot_py=code))
    assert said.startswith("judge: must be a generator")


def test_a_setting_without_a_default_is_told(make: Make) -> None:
    code = GOOD["module.py"].replace("limit: float = 70.0", "limit: float")
    assert testing.settings_have_defaults(make(module_dot_py=code)) == ["Settings.limit: has no default"]


API = """
from fastapi import APIRouter
from ioc.contract import allow

router = APIRouter()


@router.get("/open")
@allow("anyone")
def opened() -> None: ...


@router.get("/bare")
def bare() -> None: ...
"""


def test_a_route_without_a_rule_is_told(make: Make) -> None:
    assert testing.routes_have_rules(make(api_dot_py=API)) == ["api.py: /bare has no @allow"]


TABLES = """
from sqlalchemy import Column, Integer, MetaData, Table

metadata = MetaData()
Table("noisy_row", metadata, Column("id", Integer))
Table("event", metadata, Column("id", Integer))
"""


def test_a_table_of_someone_else_is_told(make: Make) -> None:
    assert testing.tables_are_its_own(make(tables_dot_py=TABLES)) == [
        "tables.py: event must begin with noisy_",
        "migrations: there are tables but no migration",
    ]


STRANGE = (
    "import ioc.store",
    "from ioc.store import Store",
    "from ioc import host",
    "from modules.citizen import words",
    "import streams",
)
FAMILIAR = (
    "import sqlalchemy",
    "from ioc.core.text import Text",
    "from noisy.module import Noisy",
    "from gis import nearest",
    "from ioc import contract",
)


@pytest.mark.parametrize("line", STRANGE)
def test_an_import_across_the_wall_is_told(make: Make, line: str) -> None:
    (said,) = testing.imports_stay_inside(make(extra_dot_py=f"def late() -> None:\n    {line}\n"))
    assert said.startswith("extra.py: must not import ")


@pytest.mark.parametrize("line", FAMILIAR)
def test_an_import_a_module_may_make_is_not_told(make: Make, line: str) -> None:
    assert testing.imports_stay_inside(make(extra_dot_py=f"{line}\n")) == []
