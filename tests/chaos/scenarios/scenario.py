"""What a scenario is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from tests.chaos.night import Play
from tests.chaos.world import Around, StoreKind, World, inside, world


@dataclass(frozen=True)
class Scenario:
    """One fault. `possible` says why it cannot be played on this machine, "" where it can. `seconds` is how long its
    trouble lasts by itself. One with its `own_city` shares it with none."""

    name: str
    row: str
    what: str
    play: Play
    seconds: float = 20.0
    store: StoreKind = "postgresql"
    around: Around = ""
    extra: dict[str, str] = field(default_factory=dict)
    possible: Callable[[], str] = lambda: ""
    own_city: bool = False
    at_first: str = ""  # SQL for the empty database

    @property
    def home(self) -> tuple[str, str, str, str]:
        """What tells which scenarios may share a city."""
        return self.store, self.around, str(sorted(self.extra.items())), self.name if self.own_city else ""

    def city(self) -> AbstractContextManager[World]:
        """A ready city such as it needs."""
        return world(self.store, self.around, extra=self.extra, at_first=self.at_first)

    def with_bug(self, bug: str, at_first: str = "") -> Scenario:
        """The same with a seeded bug in every process of the product."""
        changes = [one for one in (self.extra.get("CHAOS_INSIDE", ""), bug) if one]
        return replace(self, extra=self.extra | inside(*changes), at_first=at_first, own_city=True)


@dataclass(frozen=True)
class Elsewhere:
    """A row of the fault matrix that is not played here, and why."""

    row: str
    what: str
    why: str
