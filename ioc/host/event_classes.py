"""The event classes a module declares."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator

from ioc.contract import Event
from ioc.host.discovery import ModuleSpec

PLACES = ("events", "module")  # where the files of a module declare them


def event_classes(spec: ModuleSpec) -> Iterator[type[Event]]:
    """Every class of the module that declares an event type, once each; imports the module's code."""
    seen: set[type[Event]] = set()
    for place in PLACES:
        if not (spec.folder / f"{place}.py").exists():
            continue
        code = importlib.import_module(f"{spec.package}.{place}")
        for value in vars(code).values():
            if inspect.isclass(value) and issubclass(value, Event) and value.declared.name and value not in seen:
                seen.add(value)
                yield value
