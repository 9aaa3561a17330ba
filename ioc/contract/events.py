"""What a module says: typed, closed events, and the small words that ride on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, dataclass_transform

import msgspec

from ioc.core.dataclass import DataClass
from ioc.core.place import Place
from ioc.core.text import Text


class EventType(msgspec.Struct, frozen=True):
    """What the class line of an event declares. `evidence` is the field that holds the id of the camera that saw it,
    whose pictures around that moment are kept."""

    name: str
    severity: int
    key: str
    data_class: DataClass
    evidence: str = ""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Asks the desk to open an incident. `priority` 1-4 comes from consequence and time to respond.

    `title` is shown on the wall, so it holds no name, phone, plate or raw report text.
    """

    kind: Literal["call", "report", "event"]
    priority: int
    title: Text
    category: str
    due: datetime | None = None


class Attach(msgspec.Struct, frozen=True, kw_only=True):
    """Adds facts to the incident that has the same correlation id; public-safe values only."""

    facts: dict[str, Any]


class _EventMeta(msgspec.StructMeta):
    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        type: str = "",
        severity: int = 1,
        key: str = "",
        data_class: DataClass = DataClass.INTERNAL,
        evidence: str = "",
        **options: Any,
    ) -> Any:
        made = super().__new__(
            mcls, name, bases, namespace, frozen=True, kw_only=True, forbid_unknown_fields=True, **options
        )
        made.declared = EventType(type, severity, key, data_class, evidence)  # type: ignore[attr-defined]
        return made


@dataclass_transform(kw_only_default=True, field_specifiers=(msgspec.field,))
class Event(msgspec.Struct, metaclass=_EventMeta):
    """Base of every event. Declare with `class X(Event, type="domain.noun.verb_past", severity=2, key="field")`.

    The fields below are optional on every event; they steer the envelope and are not part of the payload.
    `severity` overrides the declared one for this event; `correlation` joins events of one story
    (default: that of the cause, else the key). A timer has no cause to inherit from, so it says itself when what it
    tells of is `simulated`.
    """

    declared: ClassVar[EventType]

    place: Place | None = None
    severity: int | None = None
    correlation: str | None = None
    data_class: DataClass | None = None
    desk: Desk | None = None
    attach: Attach | None = None
    simulated: bool = False

    @property
    def key(self) -> str:
        """The partition key: order is kept among events of one key."""
        return str(getattr(self, self.declared.key)) if self.declared.key else self.declared.name


STEERING = frozenset({"place", "severity", "correlation", "data_class", "desk", "attach", "simulated"})


def payload(event: Event) -> dict[str, Any]:
    """The event's own fields as plain values, without the steering ones."""
    plain: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in plain.items() if name not in STEERING}
