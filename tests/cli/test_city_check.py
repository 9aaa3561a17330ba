"""`ioc city check` on what a profile says to its modules, and commands that refuse to start with it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import modules
from ioc.city.profile import City, load_city
from ioc.cli.commands import app
from ioc.cli.module_faults import told_mistakes
from ioc.host.discovery import OWN_FOLDER

CITIES = Path(__file__).resolve().parents[2] / "cities"
MANIFEST = """
name = "park_lights"
title_vi = "Đèn công viên"
title_en = "Park lights"
version = "0.1.0"
owner = "city"
"""
CODE = """
from ioc.contract import Module


class ParkLights(Module):
    class Settings(Module.Settings):
        limit: int
        loud: bool = False

    def most(self, ctx) -> float:
        return ctx.threshold("park_lights.dark_lux", ctx.clock.now())
"""


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A city of ours, and a module of its own."""
    home = tmp_path / "own"
    (home / "park_lights").mkdir(parents=True)
    (home / "park_lights" / "__init__.py").touch()
    (home / "park_lights" / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (home / "park_lights" / "module.py").write_text(CODE, encoding="utf-8")
    monkeypatch.setenv(OWN_FOLDER, str(home))
    shutil.copytree(CITIES / "thanh-hoa", tmp_path / "city")
    yield tmp_path / "city"
    if str(home) in modules.__path__:
        modules.__path__.remove(str(home))
    for name in [name for name in sys.modules if name.startswith("modules.park_lights")]:
        del sys.modules[name]


def add(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def checked(profile: Path) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["city", "check", str(profile), "--language", "en"])
    return answer.exit_code, answer.output


def test_what_a_module_lacks_is_named(profile: Path):
    add(profile / "city.toml", "\n[modules.park_lights]\nenabled = true\nlimt = 3\nloud = []\n")
    code, said = checked(profile)
    assert code == 1
    assert "modules.park_lights.limt: Unknown key" in said
    assert "modules.park_lights.limit: This required key is missing." in said
    assert "modules.park_lights.loud: Wrong type: true or false expected, a list found." in said
    assert "threshold[park_lights.dark_lux]: The module park_lights needs this threshold" in said


def test_a_module_that_is_off_may_lack_everything(profile: Path):
    add(profile / "city.toml", "\n[modules.park_lights]\nenabled = false\n")
    assert checked(profile)[0] == 0


def test_a_profile_that_says_all_its_modules_need(profile: Path):
    add(profile / "city.toml", "\n[modules.park_lights]\nenabled = true\nlimit = 3\n")
    row = 'name = "park_lights.dark_lux"\nvalue = 5\nquantity = "lux"\nsource = "city"\nvalid_from = 2025-07-01\n'
    add(profile / "thresholds.toml", f"\n[[threshold]]\n{row}")
    code, said = checked(profile)
    assert (code, "no mistakes" in said) == (0, True), said


def test_a_city_does_not_start_with_wrong_settings(profile: Path, monkeypatch: pytest.MonkeyPatch):
    add(profile / "city.toml", '\n[modules.park_lights]\nenabled = true\nlimit = "nhiều"\n')
    assert refused(load_city(profile)) == ["city.toml modules.park_lights.limit"]
    monkeypatch.setenv("IOC_PARK_LIGHTS_LIMIT", "many")
    assert refused(load_city(profile)) == ["môi trường / environment IOC_PARK_LIGHTS_LIMIT"]
    monkeypatch.setenv("IOC_PARK_LIGHTS_LIMIT", "4")
    assert refused(load_city(profile)) == []


def test_code_that_cannot_be_loaded_is_named_but_keeps_no_city_from_starting(profile: Path, tmp_path: Path):
    add(profile / "city.toml", "\n[modules.park_lights]\nenabled = true\nlimit = 3\n")
    (tmp_path / "own" / "park_lights" / "module.py").write_text("import no_such_thing\n", encoding="utf-8")
    code, said = checked(profile)
    assert code == 1
    assert "park_lights: The module's code cannot be loaded: ModuleNotFoundError" in said
    assert refused(load_city(profile)) == []


def refused(city: City) -> list[str]:
    return [f"{one.file} {one.field}" for one in told_mistakes(city)]
