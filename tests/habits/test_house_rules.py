"""The house rules of security hold in all of the product's code, and each rule finds what it is for."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.habits.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("ioc", "modules", "gis", "streams")
SCREENS = [*(ROOT / "web" / "src").rglob("*.ts*"), *(ROOT / "modules").rglob("static/*.js")]
RAW_HTML = re.compile(
    r"dangerouslySetInnerHTML|insertAdjacentHTML|document\.write\(|\.(inner|outer)HTML\s*=[^=]|\beval\("
)


@cache
def code() -> dict[str, ast.Module]:
    """Every file of the product, parsed once."""
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in files}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_its_bad_sample_and_leaves_the_good_one(name: str) -> None:
    rule = RULES[name]
    assert list(rule.search(ast.parse(rule.bad)))
    assert not list(rule.search(ast.parse(rule.good)))


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds(name: str) -> None:
    rule = RULES[name]
    found = [
        f"{file}:{line}: {what} ({rule.why})"
        for file, tree in code().items()
        if not rule.allows(file)
        for line, what in rule.search(tree)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.allowed])
def test_every_exception_is_still_needed(name: str) -> None:
    rule = RULES[name]
    for place, why in rule.allowed.items():
        mine = [tree for file, tree in code().items() if file == place or file.startswith(place)]
        assert why and any(list(rule.search(tree)) for tree in mine), place


def test_screens_put_no_text_into_the_page_as_html() -> None:
    assert RAW_HTML.search("node.innerHTML = text") and not RAW_HTML.search("if (node.innerHTML === shown) return")
    assert len(SCREENS) > 50
    assert not [path for path in SCREENS if RAW_HTML.search(path.read_text(encoding="utf-8"))]


def test_templates_escape_everything() -> None:
    pages = list((ROOT / "modules").rglob("templates/*.html"))
    assert pages
    assert not [
        path for path in pages if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8"))
    ]
