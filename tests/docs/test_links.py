"""Every link and every path a page names leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.conftest import ROOT, name_of, pages, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_TOPS = "|".join(
    sorted(
        path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name != "var"
    )
)
_PATH = re.compile(rf"(?:{_TOPS})/[\w./-]+")
_MADE_LATER = re.compile(r"^(web/dist|cities/sam-son|ioc/MODULE/)")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_leads_to_a_file_or_a_heading(page: Path) -> None:
    assert [link for link in _LINK.findall(prose(page)) if not _leads(page, link)] == []


def _leads(page: Path, link: str) -> bool:
    if link.startswith(("http://", "https://", "mailto:")):
        return True
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not heading or heading in _headings(target))


def _headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_path_named_in_code_exists(page: Path) -> None:
    named = [code for code in _CODE.findall(prose(page)) if _PATH.fullmatch(code) and not _MADE_LATER.match(code)]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_picture_is_small_enough_to_be_kept() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 300 * 1024] == []
