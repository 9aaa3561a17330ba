"""The checks every module must pass, whoever wrote it.

`ioc module test NAME` runs them all, and so does a test of your own for a package that can be imported::

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
    def test_contract(case):
        assert case(Subject.of("street_lamps")) == []

Each case returns what is wrong in plain words, nothing where all is well.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec

from ioc.contract.events import STEERING, Event
from ioc.contract.module import EveryMark, Module, OnMark, SourceMark
from ioc.contract.rights import rule_of

MANIFEST_FIELDS = ("name", "title_vi", "title_en", "version", "owner")
ALLOWED_OF_OURS = ("ioc.contract", "ioc.core", "ioc.city", "gis")
OURS = ("ioc", "modules", "gis", "streams")
LISTENING = (OnMark, EveryMark, SourceMark)

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}")


class Subject(msgspec.Struct, frozen=True):
    """A module under test: its package, folder and manifest."""

    package: str
    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def of(cls, package: str) -> Subject:
        """The module in a package.

        Raises:
            ModuleNotFoundError: there is no such package, or it is no folder.
            OSError: it has no manifest.
            tomllib.TOMLDecodeError: its manifest is no TOML.
        """
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise ModuleNotFoundError(package)
        folder = Path(next(iter(found.submodule_search_locations)))
        return cls(package, folder, tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8")))

    @property
    def name(self) -> str:
        """The module's name."""
        return str(self.manifest.get("name", ""))

    def part(self, name: str) -> Any | None:
        """One of its files, imported; None where it has none."""
        return importlib.import_module(f"{self.package}.{name}") if (self.folder / f"{name}.py").exists() else None

    def module_class(self) -> type[Module] | None:
        """The class of `module.py`, None unless there is exactly one."""
        code = self.part("module")
        found = [
            value
            for value in vars(code).values()
            if inspect.isclass(value) and issubclass(value, Module) and code and value.__module__ == code.__name__
        ]
        return found[0] if len(found) == 1 else None

    def events(self) -> list[type[Event]]:
        """Every event class the module declares, in `events.py` or `module.py`."""
        found = [
            value
            for code in (self.part("events"), self.part("module"))
            if code
            for value in vars(code).values()
            if inspect.isclass(value) and issubclass(value, Event) and value.__module__ == code.__name__
        ]
        return sorted(set(found), key=lambda event: event.declared.name)

    def sources(self) -> Iterator[tuple[Path, ast.Module]]:
        """Every Python file of the module, parsed."""
        for path in sorted(self.folder.rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


def manifest_is_whole(subject: Subject) -> list[str]:
    """It has all fields, and its name is the folder's and a plain word."""
    missing = [f"manifest.toml: {field} is missing" for field in MANIFEST_FIELDS if not subject.manifest.get(field)]
    if subject.name != subject.folder.name or not _NAME.fullmatch(subject.name):
        missing.append(f"manifest.toml: name is {subject.name!r}, the folder {subject.folder.name!r}")
    return missing


def module_is_one_class(subject: Subject) -> list[str]:
    """`module.py` defines one Module, and a README says what it does."""
    wrong = [] if subject.module_class() else ["module.py: must define exactly one subclass of Module"]
    return wrong if (subject.folder / "README.md").exists() else [*wrong, "README.md: is missing"]


def events_are_well_named(subject: Subject) -> list[str]:
    """A type is `domain.noun.verb_past`, is declared once, has a severity 1-5 and a key that is one of its fields."""
    wrong: list[str] = []
    seen: set[str] = set()
    for event in subject.events():
        declared, where = event.declared, event.__name__
        if not _EVENT_TYPE.fullmatch(declared.name):
            wrong.append(f"{where}: type {declared.name!r} is not domain.noun.verb_past")
        if declared.name in seen:
            wrong.append(f"{where}: type {declared.name!r} is declared twice")
        if declared.severity not in range(1, 6):
            wrong.append(f"{where}: severity {declared.severity} is not 1-5")
        if declared.key and declared.key not in _fields(event):
            wrong.append(f"{where}: key {declared.key!r} is not one of its fields")
        seen.add(declared.name)
    return wrong


def titles_can_be_filled(subject: Subject) -> list[str]:
    """Every declared event has a title in Vietnamese and English whose places are fields of its payload."""
    titles: dict[str, dict[str, str]] = subject.manifest.get("events", {})
    declared = {event.declared.name: _fields(event) for event in subject.events()}
    wrong = [f"manifest.toml: no class declares the event {name}" for name in titles.keys() - declared.keys()]
    for name, fields in declared.items():
        for language in ("vi", "en"):
            template = titles.get(name, {}).get(language, "")
            if not template:
                wrong.append(f'manifest.toml: [events."{name}"] has no {language}')
            wrong += [f"manifest.toml: {name}.{language}: no field {place!r}" for place in _places(template) - fields]
    return sorted(wrong)


def handlers_are_generators(subject: Subject) -> list[str]:
    """What listens or ticks yields what it has to say; a plain function would say nothing."""
    module = subject.module_class()
    marked = inspect.getmembers(module, lambda value: hasattr(value, "__ioc_mark__")) if module else []
    return [
        f"{name}: must be a generator (yield events, writes, last-known values)"
        for name, method in marked
        if isinstance(method.__ioc_mark__, LISTENING)
        and not (inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method))
    ]


def settings_have_defaults(subject: Subject) -> list[str]:
    """A city that says nothing about the module can run it."""
    module = subject.module_class()
    if module is None:
        return []
    return [
        f"Settings.{field.name}: has no default" for field in msgspec.structs.fields(module.Settings) if field.required
    ]


def routes_have_rules(subject: Subject) -> list[str]:
    """Every route of `api.py` says who may call it."""
    api = subject.part("api")
    routes = getattr(getattr(api, "router", None), "routes", []) if api else []
    wrong = ["api.py: has no router"] if api is not None and not hasattr(api, "router") else []
    return wrong + [
        f"api.py: {route.path} has no @allow" for route in routes if rule_of(getattr(route, "endpoint", id)) is None
    ]


def tables_are_its_own(subject: Subject) -> list[str]:
    """Every table's name begins with the module's, and tables come with migrations."""
    tables = subject.part("tables")
    if tables is None:
        return []
    names = list(tables.metadata.tables)
    wrong = [f"tables.py: {name} must begin with {subject.name}_" for name in names if not _owns(subject, name)]
    if names and not list((subject.folder / "migrations").glob("*.py")):
        wrong.append("migrations: there are tables but no migration")
    return wrong


def imports_stay_inside(subject: Subject) -> list[str]:
    """Of ours it imports the contract, core, city and gis, and never another module."""
    allowed = (*ALLOWED_OF_OURS, subject.package)
    return [
        f"{path.relative_to(subject.folder)}: must not import {name}"
        for path, tree in subject.sources()
        for name in _imported(tree)
        if name.split(".")[0] in OURS and not any(name == one or name.startswith(f"{one}.") for one in allowed)
    ]


Case = Callable[[Subject], list[str]]

CASES: tuple[Case, ...] = (
    manifest_is_whole,
    module_is_one_class,
    events_are_well_named,
    titles_can_be_filled,
    handlers_are_generators,
    settings_have_defaults,
    routes_have_rules,
    tables_are_its_own,
    imports_stay_inside,
)


def _fields(event: type[Event]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(event)} - STEERING


def _places(template: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(template) if name is not None}


def _owns(subject: Subject, table: str) -> bool:
    return table == subject.name or table.startswith(f"{subject.name}_")


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
