"""What a source says: observations, never shown to an operator as messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

Quality = Literal["good", "suspect", "bad", "substituted"]


class Observation(msgspec.Struct, frozen=True):
    """One raw reading: what (`noise.level`), whose (`key`), how much, in which unit, measured when (UTC).

    `at` may be RFC 3339 text with a zone; the host turns it into a time. The first word of `kind` owns it: a module's
    name, or `camera` for what cameras see. `key` begins with the key of the source that speaks, up to a `/`.
    `quality` and `late` (older than a reading of the same kind and key that came before) are judged by the host.
    """

    kind: str
    key: str
    value: float
    unit: str
    at: datetime | str
    quality: Quality = "good"
    simulated: bool = False
    id: str | None = None
    late: bool = False

    @property
    def source(self) -> str:
        """The key of the source that speaks: `cam-02` of the key `cam-02/north/in`."""
        return self.key.partition("/")[0]


class Latest(msgspec.Struct, frozen=True):
    """A last-known value for the screens (a unit's position, an indicator): newest source time wins.

    `topic` is a feed topic (`unit`, `kpi`), `key` the thing within it (a unit's id, `<module>.<name>` of an indicator),
    `body` what the screen shows: the fields of `ioc.contract.cards`.
    """

    topic: str
    key: str
    body: dict[str, object]
    at: datetime


class Write(msgspec.Struct, frozen=True):
    """A change to one of the module's own tables: a SQLAlchemy Core statement, run in the commit of the cursor.

    What is done often is quicker as a statement made once, with `values` for its parameters.
    """

    statement: object
    values: Mapping[str, Any] | None = None


class State(msgspec.Struct):
    """Base of what a handler remembers, one per key, saved with the cursor. Every field has a default."""
