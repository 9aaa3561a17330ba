"""Ordering a unit to a call, and letting it go again; only where an agreement lets the centre dispatch."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ioc.contract import Attach, Event, Latest, ModuleContext, Write
from ioc.core.clock import iso
from modules.emergency.events import UnitDispatched
from modules.emergency.fleet import Heard, heard, latest, state_writes
from modules.emergency.statements import DESK, move_call
from modules.emergency.states import allowed
from modules.emergency.views import Row

Said = Event | Write | Latest


async def order(row: Row, unit: str, ctx: ModuleContext, at: datetime) -> list[Said]:
    """Orders a unit to a call: the event, the unit's new state, and the call's step where that move is allowed."""
    profile = ctx.city.unit(unit)
    async with ctx.read() as connection:
        known = (await heard(connection, (unit,))).get(unit, Heard(id=unit))
    task = {"task": row["id"], "task_number": row["number"]}
    ordered = msgspec.structs.replace(
        known, state="dispatched", state_at=iso(at), simulated=known.simulated or row["simulated"], **task
    )
    steps = move_call(row["id"], "dispatched", iso(at), DESK, unit) if allowed(row["state"], "dispatched") else []
    event = UnitDispatched(
        call=row["id"],
        number=row["number"],
        service=row["service"],
        unit=unit,
        unit_name=profile.name,
        attach=Attach(facts={"dispatched": {"id": unit, "name": profile.name, "at": iso(at)}}),
    )
    return [event, *state_writes(ordered), *steps, latest(profile, ordered)]


async def stand_down(row: Row, ctx: ModuleContext, at: datetime) -> list[Said]:
    """Units sent to a closed call that have not said they left are available; those on the way speak for themselves."""
    async with ctx.read() as connection:
        units = await heard(connection)
    said: list[Said] = []
    for known in units.values():
        if known.task == row["id"] and known.state == "dispatched":
            free = msgspec.structs.replace(known, state="available", state_at=iso(at), task=None, task_number=None)
            said += [*state_writes(free), latest(ctx.city.unit(free.id), free)]
    return said
