"""Reads a module's marks: its handlers, sources and timers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec

from ioc.contract import Module
from ioc.contract.module import EveryMark, OnMark, SourceMark
from ioc.core.text import nfc


class Marked(msgspec.Struct, frozen=True):
    """A marked method of a module: its name, its bound function and its mark."""

    name: str
    call: Callable[..., Any]
    mark: Any
    by: Callable[[Any], str] | None = None

    def key_of(self, item: Any) -> str:
        """The key of the state this handler keeps for an item: what `by` says, else the item's own."""
        return nfc(str(self.by(item) if self.by is not None else item.key))


class Marks(msgspec.Struct, frozen=True):
    """All that a module declared."""

    handlers: dict[str, list[Marked]]
    sources: list[Marked]
    timers: list[Marked]


def read_marks(module: Module) -> Marks:
    """The marked methods of a module; handlers by the kind or event type they listen to.

    Raises:
        AttributeError: a handler's `by` names no method.
    """
    methods = [
        Marked(name, method, method.__ioc_mark__, _by(module, method.__ioc_mark__))
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


def _by(module: Module, mark: Any) -> Callable[[Any], str] | None:
    if not isinstance(mark, OnMark) or mark.by is None:
        return None
    method: Callable[[Any], str] = getattr(module, mark.by)
    return method
