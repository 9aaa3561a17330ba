"""Every module of the product passes the shared cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.contract.testing import CASES, Case, Subject

MODULES = Path(__file__).resolve().parents[2] / "modules"
PACKAGES = sorted(f"modules.{path.parent.name}" for path in MODULES.glob("*/manifest.toml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@pytest.mark.parametrize("package", PACKAGES)
def test_module_keeps_the_contract(package: str, case: Case) -> None:
    assert case(Subject.of(package)) == []


def test_the_two_first_modules_are_there() -> None:
    assert {"modules.citizen", "modules.emergency"} <= set(PACKAGES)
