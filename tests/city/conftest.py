"""The two committed profiles, and copies of them to spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ioc.city.profile import City, load_city

CITIES = Path(__file__).parents[2] / "cities"

Spoil = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def thanh_hoa() -> City:
    return load_city(CITIES / "thanh-hoa")


@pytest.fixture(scope="session")
def ky_anh() -> City:
    return load_city(CITIES / "ky-anh")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the Thanh Hóa profile."""
    copy = tmp_path / "thanh-hoa"
    shutil.copytree(CITIES / "thanh-hoa", copy)
    return copy


@pytest.fixture
def spoil(folder: Path) -> Spoil:
    """Replaces the first occurrence of a text in one file of the copy; an empty `old` appends."""

    def replace(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        changed = text.replace(old, new, 1) if old else text + new
        (folder / file).write_text(changed, encoding="utf-8")

    return replace
