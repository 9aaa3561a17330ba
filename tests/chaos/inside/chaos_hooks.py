"""Changes modules of the product right after they are imported, before anybody else can take names out of them."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Change = Callable[[ModuleType], None]
HOMES = ("chaos_bugs_store", "chaos_bugs_host", "chaos_bugs_feed", "chaos_faults")


def install(names: Sequence[str]) -> None:
    """Arranges for the changes of these names; raises LookupError for one that nobody knows."""
    known: dict[str, Mapping[str, Change]] = {}
    for home in HOMES:
        known |= importlib.import_module(home).CHANGES
    if strange := set(names) - set(known):
        raise LookupError(f"no such change: {', '.join(sorted(strange))}")
    wanted: dict[str, list[Change]] = {}
    for name in names:
        for module, change in known[name].items():
            wanted.setdefault(module, []).append(change)
    sys.meta_path.insert(0, _After(wanted))


class _After(importlib.abc.MetaPathFinder):
    def __init__(self, wanted: Mapping[str, list[Change]]) -> None:
        self._wanted = wanted
        self._looking: set[str] = set()

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname not in self._wanted or fullname in self._looking:
            return None
        self._looking.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._looking.discard(fullname)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            for change in self._wanted[fullname]:
                change(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
