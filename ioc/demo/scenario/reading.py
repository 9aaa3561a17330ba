"""A scenario file read and checked: every mistake named by field, in Vietnamese and English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from ioc.city.mistakes import Mistake
from ioc.city.parts import Part
from ioc.city.profile import City
from ioc.city.rows import build_partly, composed
from ioc.core.text import Text
from ioc.demo.scenario.checks import Known, check_rows
from ioc.demo.scenario.model import STEPS, Expect, Head, May, PlaceRow, Scenario, Step

_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_TABLES = ("place", "step", "expect", "may")
_Row = TypeVar("_Row", bound=Part)


class Labelled(msgspec.Struct):
    """A row with how a person finds it (`step[3]`) and the fields of it that are wrong."""

    label: str
    row: Any
    wrong: frozenset[str]


class Rows(msgspec.Struct):
    """What could be read of a file."""

    head: Labelled | None = None
    place: list[Labelled] = []
    step: list[Labelled] = []
    expect: list[Labelled] = []
    may: list[Labelled] = []


class ScenarioInvalid(ValueError):
    """The file cannot be played; `mistakes` holds everything found."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(f"{len(self.mistakes)} mistakes in the scenario")


def read_scenario(text: str, file: str, city: City, known: Known) -> Scenario:
    """The scenario in the text of a file. Names not among the `known` are mistakes.

    Raises:
        ScenarioInvalid: something is wrong; it carries every mistake, not the first only.
    """
    rows, mistakes = _rows(text, file)
    if rows is not None:
        mistakes += check_rows(rows, file, city, known)
    if rows is None or rows.head is None or mistakes:
        raise ScenarioInvalid(dict.fromkeys(mistakes))
    places: dict[str, tuple[PlaceRow, ...]] = {}
    for place in rows.place:
        places[place.row.id] = (*places.get(place.row.id, ()), place.row)
    return Scenario(
        head=rows.head.row,
        places=places,
        steps=tuple(sorted((step.row for step in rows.step), key=lambda step: step.at_s)),
        expects=tuple(expect.row for expect in rows.expect),
        may=tuple(may.row.event for may in rows.may),
    )


def _rows(text: str, file: str) -> tuple[Rows | None, list[Mistake]]:
    try:
        raw = composed(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        at = _LINE.search(str(error))
        line = at[1] if at and at[1] else str(len(text.rstrip().split("\n")))
        detail = _LINE.sub("", str(error)).strip()
        vi = f"Sai cú pháp TOML ở dòng {line}: {detail}."
        return None, [Mistake(file, f"line {line}", Text(vi, f"TOML syntax error at line {line}: {detail}."))]
    mistakes: list[Mistake] = []
    head = {key: value for key, value in raw.items() if key not in _TABLES}
    rows = Rows(head=_built(Head, head, file, "", mistakes))
    for name, kind in (("place", PlaceRow), ("expect", Expect), ("may", May)):
        for label, item in _items(raw, name, file, mistakes):
            getattr(rows, name).append(_built(kind, item, file, label, mistakes))
    for label, item in _items(raw, "step", file, mistakes):
        _read_step(rows, item, file, label, mistakes)
    return rows, mistakes


def _items(raw: dict[str, Any], name: str, file: str, mistakes: list[Mistake]) -> list[tuple[str, dict[str, Any]]]:
    found = raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        mistakes.append(Mistake(file, name, Text(f"Viết mỗi mục là [[{name}]].", f"Write each item as [[{name}]].")))
        return []
    return [(f"{name}[{number}]", item) for number, item in enumerate(found, start=1)]


def _read_step(rows: Rows, item: dict[str, Any], file: str, label: str, mistakes: list[Mistake]) -> None:
    kind: type[Step] | None = STEPS.get(str(item.get("do")))
    if kind is None:
        words = ", ".join(STEPS)
        said = Text(f"Việc lạ “{item.get('do')}”; chọn: {words}.", f"Unknown “{item.get('do')}”; one of: {words}.")
        mistakes.append(Mistake(file, f"{label}.do", said))
        return
    rest = {key: value for key, value in item.items() if key != "do"}
    rows.step.append(_built(kind, rest, file, label, mistakes))


def _built(kind: type[_Row], raw: dict[str, Any], file: str, label: str, mistakes: list[Mistake]) -> Labelled:
    built = build_partly(kind, raw, file, label)
    mistakes += built.mistakes
    return Labelled(label, built.part, built.wrong)


def city_of(text: str) -> str | None:
    """The city a scenario's text says it belongs to; None where it says none or cannot be read."""
    try:
        said = tomllib.loads(text).get("city")
    except tomllib.TOMLDecodeError:
        return None
    return said if isinstance(said, str) else None
