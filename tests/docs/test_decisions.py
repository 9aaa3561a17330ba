"""A decision has its five parts, its number once, and a line in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.conftest import ROOT, name_of

HOME = ROOT / "docs" / "decisions"
DECISIONS = sorted(HOME.glob("[0-9]*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_has_its_parts_and_one_quotable_line(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    parts = ["**Context.**", "\n> ", "**Consequences.**", "**Alternatives.**", "**Enforced by.**"]
    places = [text.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)
    quoted = re.findall(r"^> .*(?:\n> .*)*", text, re.M)
    assert len(quoted) == 1
    assert len(text.splitlines()) < 60, "half a page"


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{n:04d}" for n in range(1, len(DECISIONS) + 1)]


def test_the_index_names_every_decision_by_its_title() -> None:
    index = (HOME / "README.md").read_text(encoding="utf-8")
    titles = {path.name: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in DECISIONS}
    assert [name for name, title in titles.items() if f"[{title}]({name})" not in index] == []
