"""The reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.cli import reference
from ioc.cli.docs import reference_home


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    reference.build(folder)
    return folder


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_a_reference_page_is_what_the_code_writes_today(name: str, written: Path) -> None:
    kept = (reference_home() / name).read_text(encoding="utf-8")
    assert kept == (written / name).read_text(encoding="utf-8"), f"{name} is old: run `ioc docs build`"


def test_no_page_is_left_behind_in_the_reference() -> None:
    assert {path.name for path in reference_home().iterdir()} == reference.PAGES.keys()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("routes.md", ["/open311/v2/requests", "/api/v1/calls", "/readyz"]),
        ("events.md", ["citizen.report.received", "incident.opened", "phản ánh mới"]),
        ("feed.md", ["sys.hello", "too-slow", '"op": "put"']),
        ("settings.md", ["IOC_PERSONAL_KEY", "IOC_MODULES_DIR"]),
        ("thresholds.md", ["noise.limit_db", "Kỳ Anh", "Thanh Hóa"]),
        ("cli.md", ["ioc demo", "ioc layers import", "--valid-from"]),
    ],
)
def test_a_reference_page_names_what_others_rely_on(name: str, words: list[str], written: Path) -> None:
    text = (written / name).read_text(encoding="utf-8")
    assert [word for word in words if word not in text] == []
