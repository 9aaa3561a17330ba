"""The module of docs/how-to/write-a-module-further.md keeps every rule, has its table, and judges as the page says."""

from __future__ import annotations

import asyncio
import importlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from sqlalchemy import create_engine, inspect, select
from typer.testing import CliRunner

import modules
from ioc.city.profile import ModuleProfile
from ioc.cli.commands import app
from ioc.contract import Latest
from ioc.contract.cards import KpiCard
from ioc.core.clock import SystemClock
from ioc.host.discovery import OWN_FOLDER, find_modules, load_module
from ioc.host.marks import read_marks
from ioc.host.module_settings import settings_of
from ioc.store.migrate import upgrade
from tests.docs.conftest import ROOT
from tests.host.conftest import files_of_page

PAGE = ROOT / "docs" / "how-to" / "write-a-module-further.md"


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The module's folder, with the page's files in the place of the scaffold's."""
    home = tmp_path / "my-modules"
    assert CliRunner().invoke(app, ["module", "new", "noise", "--into", str(home)]).exit_code == 0
    monkeypatch.setenv(OWN_FOLDER, str(home))
    for name, body in files_of_page(PAGE).items():
        (home / "noise" / name).parent.mkdir(exist_ok=True)
        (home / "noise" / name).write_text(body, encoding="utf-8")
    yield home / "noise"
    if str(home) in modules.__path__:
        modules.__path__.remove(str(home))
    for name in [name for name in sys.modules if name.startswith("modules.noise")]:
        del sys.modules[name]


def test_it_keeps_every_rule_and_a_broken_one_is_told(noise: Path) -> None:
    told = CliRunner().invoke(app, ["module", "test", "noise"])
    assert told.exit_code == 0, told.output
    (noise / "README.md").unlink()
    told = CliRunner().invoke(app, ["module", "test", "noise"])
    assert told.exit_code == 1 and "README.md: is missing" in told.output


def test_its_own_test_passes(noise: Path) -> None:
    find_modules()
    importlib.import_module("modules.noise.test_module").test_one_case_an_episode()


def test_the_settings_of_the_page_name_its_sources(noise: Path) -> None:
    own = tomllib.loads((noise / "city.toml").read_text(encoding="utf-8"))["modules"]["noise"]
    made = load_module(find_modules()["noise"])
    city = SimpleNamespace(modules={"noise": ModuleProfile(own.pop("enabled"), own)})
    module = made(settings_of(made, "noise", city, env={}))  # type: ignore[arg-type]
    assert [(one.key, one.period_s) for one in module.listed(city)] == [("K1", 60)]  # type: ignore[arg-type]
    (handler,) = read_marks(module).handlers["noise.level"]
    assert handler.key_of(SimpleNamespace(source="K1", key="K1/left")) == "K1"


def test_the_migration_makes_the_table_it_reads(noise: Path, tmp_path: Path) -> None:
    tables = importlib.import_module(f"{find_modules()['noise'].package}.tables")
    url = f"sqlite:///{tmp_path / 'ioc.db'}"
    upgrade(url, [noise])
    engine = create_engine(url)
    assert {one["name"] for one in inspect(engine).get_columns("noise_level")} == set(tables.level.c.keys())
    with engine.connect() as connection:
        assert connection.execute(select(tables.level)).all() == []


def test_its_indicator_is_one_the_screens_know(noise: Path) -> None:
    made = load_module(find_modules()["noise"])
    shown = asyncio.run(_shown(made(made.Settings())))
    assert (shown.topic, shown.key) == ("kpi", "noise.loudest")
    card = msgspec.convert(shown.body, KpiCard)
    assert (card.value, card.limit_hi) == (None, 70.0)


async def _shown(module: object) -> Latest:
    context = SimpleNamespace(clock=SystemClock(), read=_Empty, threshold=lambda name, at: 70.0)
    shown: Latest = await anext(module.show(context))  # type: ignore[attr-defined]
    return shown


class _Empty:
    """A store without rows."""

    async def __aenter__(self) -> _Empty:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    async def execute(self, statement: object) -> _Empty:
        return self

    def mappings(self) -> _Empty:
        return self

    def all(self) -> list[object]:
        return []
