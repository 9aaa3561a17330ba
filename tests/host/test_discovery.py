"""Modules are found by their manifests; what is wrong with one is said by file and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.contract import Module, NotConfigured
from ioc.host import discovery
from ioc.host.discovery import BrokenManifest, find_modules, load_module
from ioc.host.module_settings import settings_of

MANIFEST = 'name = "{name}"\ntitle_vi = "Đèn"\ntitle_en = "Lamps"\nversion = "1"\nowner = "thử"\n'


def write_module(home: Path, folder: str, manifest: str) -> None:
    (home / folder).mkdir(parents=True)
    (home / folder / "__init__.py").write_text('"""Test."""\n', encoding="utf-8")
    (home / folder / "manifest.toml").write_text(manifest, encoding="utf-8")


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city's own folder of modules, taken off the search path again at the end."""
    import modules

    before = list(modules.__path__)
    monkeypatch.setenv(discovery.OWN_FOLDER, str(tmp_path))
    monkeypatch.setattr(modules, "__path__", before)
    return tmp_path


def test_the_built_in_modules_are_there_and_load():
    found = find_modules()
    assert {"citizen", "emergency"} <= found.keys()
    assert issubclass(load_module(found["citizen"]), Module)


def test_a_city_may_keep_modules_in_a_folder_of_its_own(own_folder: Path):
    write_module(own_folder, "street_lamps", MANIFEST.format(name="street_lamps"))
    assert find_modules()["street_lamps"].title.vi == "Đèn"


def test_a_module_of_another_package_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As pip leaves it: the package, and beside it the metadata that names it."""
    write_module(tmp_path, "lamps_of_a_vendor", MANIFEST.format(name="vendor_lamps"))
    code = "from ioc.contract import Module\n\n\nclass Lamps(Module):\n    pass\n"
    (tmp_path / "lamps_of_a_vendor" / "module.py").write_text(code, encoding="utf-8")
    metadata = tmp_path / "lamps_of_a_vendor-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: lamps-of-a-vendor\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[ioc.modules]\nvendor_lamps = lamps_of_a_vendor\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find_modules()["vendor_lamps"]
    assert found.package == "lamps_of_a_vendor"
    assert issubclass(load_module(found), Module)


@pytest.mark.parametrize(
    ("manifest", "named"),
    [
        ("name = ", "manifest.toml"),
        (MANIFEST.format(name="x") + 'colour = "đỏ"\n', "colour"),
        ('name = "x"\n', "title_vi"),
        (MANIFEST.format(name="citizen"), "taken"),
    ],
)
def test_a_broken_manifest_is_named(own_folder: Path, manifest: str, named: str):
    write_module(own_folder, "broken", manifest)
    with pytest.raises(BrokenManifest, match=named):
        find_modules()


class Lamps(Module):
    """A test module."""

    class Settings(Module.Settings):
        """Test settings."""

        limit: int = 3


class City:
    """As much of a city as settings need."""

    def __init__(self, **settings: object) -> None:
        self.modules = {"lamps": type("Profile", (), {"settings": settings, "enabled": True})()}


def test_settings_come_from_the_module_then_the_city_then_the_environment():
    assert settings_of(Lamps, "lamps", City(), {}).limit == 3  # type: ignore[arg-type,attr-defined]
    assert settings_of(Lamps, "lamps", City(limit=5), {}).limit == 5  # type: ignore[arg-type,attr-defined]
    assert settings_of(Lamps, "lamps", City(limit=5), {"IOC_LAMPS_LIMIT": "7"}).limit == 7  # type: ignore[arg-type,attr-defined]


@pytest.mark.parametrize("wrong", [{"limit": "nhiều"}, {"brightness": 1}])
def test_a_wrong_setting_is_named(wrong: dict[str, object]):
    with pytest.raises(NotConfigured, match=next(iter(wrong))):
        settings_of(Lamps, "lamps", City(**wrong), {})  # type: ignore[arg-type]
