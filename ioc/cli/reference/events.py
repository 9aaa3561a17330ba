"""`events.md`: every type of event, from its class and its module's manifest."""

from __future__ import annotations

from typing import get_args

import msgspec

from ioc.cli.reference.built_in import built_in_modules
from ioc.cli.reference.markdown import code, first_sentence, head, table
from ioc.cli.reference.types import json_type
from ioc.contract import Event
from ioc.contract.events import STEERING
from ioc.host.discovery import ModuleSpec
from ioc.host.event_classes import event_classes
from ioc.incidents.states import ALLOWED, EVENT, Verb
from ioc.incidents.view import Incident, Status


def page() -> str:
    """Every module's events, then those of the desk."""
    parts = [
        head(
            "Events",
            "An event is a CloudEvents 1.0 envelope. Its payload stands in `data` beside what the platform adds: "
            "`title` (`vi`, `en`), and where the event has a place `geometry` (GeoJSON point, longitude first), "
            "`ward` and `place`. `desk` asks the desk to open an incident, `attach` adds facts to one. How bad it is "
            "stands in `severity`, 1 (notice) to 5 (extreme); a module may set another than the usual one for a "
            "single event.",
            "Payload types are closed where an event is made and tolerant where it is read: a reader passes over "
            "fields it does not know. No event holds a name, a phone number, an address or raw text.",
        )
    ]
    parts += [_module(spec) for spec in built_in_modules()]
    parts.append(_desk())
    return "\n".join(parts)


def _module(spec: ModuleSpec) -> str:
    sections = [f"## Module `{spec.name}`: {spec.title.vi} / {spec.title.en}\n"]
    sections += [_event(kind, spec) for kind in sorted(event_classes(spec), key=lambda kind: kind.declared.name)]
    return "\n".join(sections)


def _event(kind: type[Event], spec: ModuleSpec) -> str:
    declared = kind.declared
    title = spec.manifest.events.get(declared.name)
    facts = [
        f"severity {declared.severity}",
        f"class `{declared.data_class.value}`",
        f"in order per `{declared.key}`" if declared.key else "in order for the whole type",
        *([f"pictures of `{declared.evidence}` are kept as evidence"] if declared.evidence else []),
    ]
    lines = [f"### `{declared.name}`\n", f"{first_sentence(kind)}\n", f"{'; '.join(facts)}.\n"]
    if title:
        lines.append(f"> {title.vi}  \n> {title.en}\n")
    fields = [one for one in msgspec.structs.fields(kind) if one.name not in STEERING]
    lines.append(table(("field", "holds"), ((code(one.name), json_type(one.type)) for one in fields)))
    return "\n".join(lines)


def _desk() -> str:
    verbs = {EVENT[verb]: f"by an operator, from {_states(verb)}" for verb in EVENT}
    rows = [
        ("incident.opened", "by an event that asks for the desk, or whose severity reaches the city's `desk_severity`"),
        ("incident.attached", "by an event that brings facts to an incident with the same correlation id"),
        *verbs.items(),
    ]
    fields = ((code(one.name), json_type(one.type)) for one in msgspec.structs.fields(Incident))
    return "\n".join(
        [
            "## The desk\n",
            "Events of an incident have the module `desk` and carry the whole incident in `data.incident`, so that a "
            "screen or a module never needs another question. `personal` is a reference to sealed data, never the "
            "data; the feed leaves it out. Notes are sealed too: the event carries `note_ref`.\n",
            table(("type", "comes"), ((code(name), why) for name, why in rows)),
            "### The incident\n",
            table(("field", "holds"), fields),
        ]
    )


def _states(verb: Verb) -> str:
    return ", ".join(code(state) for state in get_args(Status) if state in ALLOWED[verb])
