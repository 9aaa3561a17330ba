"""Has one effect for each note, and remembers how many there were of each place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modules.notes.events import Seen

from ioc.contract import Module, ModuleContext, State, on


class Count(State):
    """How many notes a place has."""

    count: int = 0


class Notes(Module):
    """One event for each note, where it is set to answer."""

    class Settings(Module.Settings):
        """`answers`: whether a note has an effect."""

        answers: bool = True

    @on("notes.note.taken", state=Count)
    def see(self, note: Any, count: Count, ctx: ModuleContext) -> Iterator[Seen]:
        """The effect; state, effect and cursor are one commit."""
        count.count += 1
        if self.settings.answers:
            yield Seen(where=note.where, number=note.number, sent=note.sent)
