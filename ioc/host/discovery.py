"""Finds modules: folders with a manifest below `modules/` or a folder of the city's own (`IOC_MODULES_DIR`), and
packages named by the entry point `ioc.modules`."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from ioc.contract import Module
from ioc.core.text import Text

ENTRY_POINT = "ioc.modules"
OWN_FOLDER = "IOC_MODULES_DIR"


class EventTitle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an event reads on the wall; `{field}` stands for a payload field."""

    vi: str
    en: str


# What the host says in every module's name.
EVERY_MODULES = {
    "source.silent": EventTitle(
        "Mất tín hiệu: {name} im lặng {quiet_s} giây", "No signal: {name} silent for {quiet_s} s"
    ),
    "source.returned": EventTitle("Có tín hiệu lại: {name}", "Signal is back: {name}"),
}


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The module's `manifest.toml`."""

    name: str
    title_vi: str
    title_en: str
    version: str
    owner: str
    events: dict[str, EventTitle] = {}
    panels: tuple[str, ...] = ()


class ModuleSpec(msgspec.Struct, frozen=True):
    """A module as found, before any of its code is imported."""

    manifest: Manifest
    package: str
    folder: Path

    @property
    def name(self) -> str:
        """The module's name: the word used in events, settings, rights and tables."""
        return self.manifest.name

    @property
    def title(self) -> Text:
        """The module's name for people."""
        return Text(self.manifest.title_vi, self.manifest.title_en)

    def event_title(self, event_type: str, fields: dict[str, Any]) -> Text:
        """The title of one event, its template filled from the payload; the type itself where none is declared."""
        template = self.manifest.events.get(event_type) or EVERY_MODULES.get(event_type)
        if template is None:
            return Text(event_type, event_type)
        return Text(template.vi, template.en).fill(**fields)


class BrokenManifest(Exception):
    """A manifest cannot be used; the message names the file and the field."""


def find_modules() -> dict[str, ModuleSpec]:
    """All modules by name: the built-in ones, then those of other packages.

    Raises:
        BrokenManifest: a manifest is missing, is no TOML, has a wrong field, or a name is taken twice.
    """
    found: dict[str, ModuleSpec] = {}
    for package in [*_in_folders(), *_installed()]:
        spec = read_spec(package)
        if spec.name in found:
            raise BrokenManifest(f"{spec.folder}: the name {spec.name!r} is taken by {found[spec.name].folder}")
        found[spec.name] = spec
    return found


def _in_folders() -> list[str]:
    homes = importlib.import_module("modules").__path__
    own = os.environ.get(OWN_FOLDER, "")
    if own and own not in homes:
        homes.append(own)
    return sorted(f"modules.{path.parent.name}" for home in homes for path in Path(home).glob("*/manifest.toml"))


def _installed() -> list[str]:
    return sorted(point.value for point in importlib.metadata.entry_points(group=ENTRY_POINT))


def read_spec(package: str) -> ModuleSpec:
    """The spec of one package, by reading its manifest only.

    Raises:
        BrokenManifest: see `find_modules`.
    """
    located = importlib.util.find_spec(package)
    if located is None or not located.submodule_search_locations:
        raise BrokenManifest(f"{package}: no such package")
    folder = Path(next(iter(located.submodule_search_locations)))
    path = folder / "manifest.toml"
    try:
        manifest = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Manifest)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BrokenManifest(f"{path}: {error}") from error
    return ModuleSpec(manifest, package, folder)


def load_module(spec: ModuleSpec) -> type[Module]:
    """The module's class: the one subclass of Module that `module.py` defines.

    Raises:
        BrokenManifest: there is none, or more than one.
    """
    code = importlib.import_module(f"{spec.package}.module")
    classes = [
        value
        for value in vars(code).values()
        if inspect.isclass(value) and issubclass(value, Module) and value.__module__ == code.__name__
    ]
    if len(classes) != 1:
        raise BrokenManifest(f"{spec.folder / 'module.py'}: defines {len(classes)} modules, one is needed")
    return classes[0]


def load_part(spec: ModuleSpec, part: str) -> Any | None:
    """One of the module's optional files (`api`, `tables`), or None where it has none."""
    if not (spec.folder / f"{part}.py").exists():
        return None
    return importlib.import_module(f"{spec.package}.{part}")
