"""Ordering a unit to a call, and letting it go again; only where an agreement lets the centre dispatch."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ioc.city.parts import UnitProfile
from ioc.city.profile import City
from ioc.contract import Attach, Event, Latest, Run, Write
from ioc.core.clock import iso
from modules.emergency.events import UnitDispatched
from modules.emergency.fleet import heard_now, latest, state_writes, tasked_now
from modules.emergency.statements import DESK, move_call
from modules.emergency.states import allowed
from modules.emergency.views import Row

Said = Event | Write | Latest


def order(row: Row, profile: UnitProfile, at: datetime, run: Run) -> list[Said]:
    """Orders a unit to a call: the event, the unit's new state, and the call's step where that move is allowed."""
    known = heard_now(run, (profile.id,))[profile.id]
    task = {"task": row["id"], "task_number": row["number"]}
    ordered = msgspec.structs.replace(
        known, state="dispatched", state_at=iso(at), simulated=known.simulated or row["simulated"], **task
    )
    steps = move_call(row["id"], "dispatched", iso(at), DESK, profile.id) if allowed(row["state"], "dispatched") else []
    event = UnitDispatched(
        call=row["id"],
        number=row["number"],
        service=row["service"],
        unit=profile.id,
        unit_name=profile.name,
        attach=Attach(facts={"dispatched": {"id": profile.id, "name": profile.name, "at": iso(at)}}),
    )
    return [event, *state_writes(ordered), *steps, latest(profile, ordered)]


def stand_down(row: Row, city: City, at: datetime, run: Run) -> list[Said]:
    """Units sent to a closed call that have not said they left are available; those on the way speak for themselves."""
    said: list[Said] = []
    for known in tasked_now(run, row["id"]):
        if known.state == "dispatched":
            free = msgspec.structs.replace(known, state="available", state_at=iso(at), task=None, task_number=None)
            said += [*state_writes(free), latest(city.unit(free.id), free)]
    return said
