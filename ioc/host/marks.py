"""Reads a module's marks: its handlers, sources and timers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec

from ioc.contract import Module
from ioc.contract.module import EveryMark, OnMark, SourceMark


class Marked(msgspec.Struct, frozen=True):
    """A marked method of a module: its name, its bound function and its mark."""

    name: str
    call: Callable[..., Any]
    mark: Any


class Marks(msgspec.Struct, frozen=True):
    """All that a module declared."""

    handlers: dict[str, list[Marked]]
    sources: list[Marked]
    timers: list[Marked]


def read_marks(module: Module) -> Marks:
    """The marked methods of a module; handlers by the kind or event type they listen to."""
    methods = [
        Marked(name, method, method.__ioc_mark__)
        for name, method in inspect.getmembers(module, callable)
        if hasattr(method, "__ioc_mark__")
    ]
    handlers: dict[str, list[Marked]] = {}
    for marked in methods:
        if isinstance(marked.mark, OnMark):
            for kind in marked.mark.kinds:
                handlers.setdefault(kind, []).append(marked)
    return Marks(
        handlers,
        [marked for marked in methods if isinstance(marked.mark, SourceMark)],
        [marked for marked in methods if isinstance(marked.mark, EveryMark)],
    )
