"""What the product is made of: every package pinned by a hash, and told in a bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "write_sbom.py"
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.M)


def written(to: Path) -> dict[str, Any]:
    subprocess.run([sys.executable, SCRIPT, to], check=True, cwd="/")
    found: dict[str, Any] = json.loads(to.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return written(tmp_path_factory.mktemp("sbom") / "sbom.cdx.json")


def test_the_bill_is_sound_by_the_standards_schema(bill: dict[str, Any]) -> None:
    check = JsonStrictValidator(SchemaVersion.V1_6)
    assert check.validate_str(json.dumps(bill)) is None
    assert check.validate_str(json.dumps(bill | {"components": [{"name": "x"}]})) is not None, "the check itself works"


def test_everything_that_runs_is_in_it_with_its_hash(bill: dict[str, Any]) -> None:
    needed = {one["purl"]: one for one in bill["components"] if one["scope"] == "required"}
    python = PINNED.findall((ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"))
    assert len(python) > 40
    for name, version in python:
        one = needed[f"pkg:pypi/{re.sub('[-_.]+', '-', name).lower()}@{version}"]
        assert one["properties"]
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    screens = {
        f"pkg:npm/{path.rpartition('node_modules/')[2].replace('@', '%40')}@{said['version']}"
        for path, said in packages.items()
        if path and not said.get("dev")
    }
    assert screens and screens <= needed.keys()
    assert all(needed[purl]["hashes"][0]["content"] for purl in screens)


def test_tools_are_told_apart_from_what_runs(bill: dict[str, Any]) -> None:
    scopes = {one["name"]: one["scope"] for one in bill["components"]}
    assert (scopes["fastapi"], scopes["preact"]) == ("required", "required")
    assert scopes["pytest"] == scopes["schemathesis"] == "excluded"


def test_the_same_lock_files_give_the_same_bill(bill: dict[str, Any], tmp_path: Path) -> None:
    assert written(tmp_path / "again.json") == bill


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_nothing_is_installed_without_a_hash(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert blocks and not [one.splitlines()[0] for one in blocks if PINNED.match(one) and "--hash=sha256:" not in one]
    assert not [
        line for line in lock.read_text(encoding="utf-8").splitlines() if "://" in line or line.startswith("-e")
    ]


def test_every_way_of_installing_asks_for_the_hashes() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in makefile.splitlines() if "pip install" in line]
    assert installs and all("--require-hashes" in line for line in installs)
    assert "npm ci" in makefile and "npm install" not in makefile
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "pip install" not in image and "npm install" not in image, "the image installs by the Makefile"
