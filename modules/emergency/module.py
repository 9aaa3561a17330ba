"""Emergency: what follows from a call, from the desk's decisions and from the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Select, select

from ioc.contract import Attach, Decide, Event, Latest, Module, ModuleContext, Run, Write, every, on
from ioc.core.clock import iso
from modules.emergency.events import CallMirrored
from modules.emergency.figures import figures
from modules.emergency.fleet import heard, roster
from modules.emergency.likeness import likeness
from modules.emergency.numbers import answer_within, limits
from modules.emergency.ordering import order, stand_down
from modules.emergency.recommending import recommend
from modules.emergency.statements import DESK, move_call, reopen_call, set_call
from modules.emergency.states import OPEN, allowed
from modules.emergency.tables import call as call_table
from modules.emergency.tables import transfer as transfer_table
from modules.emergency.transfers import agency_of, request, unanswered
from modules.emergency.views import Row, call_now, call_row, mode_of, stamps_now, waiting_now

Said = AsyncIterator[Event | Write | Latest | Decide]
Changes = Sequence[Event | Write | Latest]


class Emergency(Module):
    """Emergency calls and the units that answer them."""

    class Settings(Module.Settings):
        """`units_shown` is how many units a recommendation lists."""

        units_shown: Annotated[int, Meta(ge=1, le=50)] = 5

    @on("emergency.call.received")
    async def propose_units(self, event: Any, ctx: ModuleContext) -> Said:
        """Names the units near a new call: as a proposal or to be known, by the agreement with its service."""
        async with ctx.read() as connection:
            row = await call_row(connection, event.data["call"])
        if row is not None:
            yield await self._proposal(row, ctx)

    @on("emergency.call.received")
    async def pass_on(self, event: Any, ctx: ModuleContext) -> Said:
        """A call that belongs to another service than the one dialled is passed on at once, whatever the mode."""

        def decide(run: Run) -> Changes:
            row = call_now(run, event.data["call"])
            if row is None or row["service"] == row["number_dialled"] or row["state"] not in OPEN:
                return ()
            return _transfer(row, ctx, because="belongs", at=event.at)

        yield Decide(decide)

    @on("emergency.call.received")
    async def suggest_duplicate(self, event: Any, ctx: ModuleContext) -> Said:
        """Says when another call may be about the same thing; a person decides."""
        async with ctx.read() as connection:
            row = await call_row(connection, event.data["call"])
            likely = await likeness(connection, row, ctx) if row else []
        for item in likely:
            yield item

    @on("incident.opened")
    async def remember_incident(self, event: Any, ctx: ModuleContext) -> Said:
        """The call knows its incident."""
        row = await _call_of(event, ctx)
        if row is not None:
            incident = event.data["incident"]
            yield set_call(row["id"], incident=incident["id"], incident_number=str(incident["number"]))

    @on("incident.taken")
    async def triage(self, event: Any, ctx: ModuleContext) -> Said:
        """A person has the call: it is triaged."""

        def decide(run: Run) -> Changes:
            row = _call_now(event, run)
            if row is None or not allowed(row["state"], "triaged"):
                return ()
            return move_call(row["id"], "triaged", iso(event.at), DESK)

        yield Decide(decide)

    @on("incident.assigned")
    async def assign(self, event: Any, ctx: ModuleContext) -> Said:
        """Orders a unit, asks the service, or only notes it: by the agreement with the service."""
        yield Decide(lambda run: _assigned(event, ctx, run))

    @on("incident.located")
    async def locate(self, event: Any, ctx: ModuleContext) -> Said:
        """A person found out where: units are proposed anew and duplicates looked for."""
        row = await _call_of(event, ctx)
        found = event.data["incident"].get("lonlat")
        if row is None or not found:
            return
        values = _located(event.data["incident"], found)
        now_known = {**row, **values}
        yield set_call(row["id"], **values)
        yield await self._proposal(now_known, ctx)
        async with ctx.read() as connection:
            likely = await likeness(connection, now_known, ctx)
        for item in likely:
            yield item

    @on("incident.closed")
    async def close(self, event: Any, ctx: ModuleContext) -> Said:
        """The case is closed: so is the call, and a unit that never left is free again."""

        def decide(run: Run) -> Changes:
            row = _call_now(event, run)
            if row is None:
                return ()
            over = move_call(row["id"], "closed", iso(event.at), DESK) if allowed(row["state"], "closed") else []
            return [*over, *stand_down(row, ctx.city, event.at, run)]

        yield Decide(decide)

    @on("incident.reopened")
    async def reopen(self, event: Any, ctx: ModuleContext) -> Said:
        """The case goes on: the call is back in the state it had before it was closed."""

        def decide(run: Run) -> Changes:
            row = _call_now(event, run)
            if row is None or row["state"] in OPEN:
                return ()
            stamps = stamps_now(run, row["id"])
            if any(one["state"] == "closed" and one["at"] > iso(event.at) for one in stamps):
                return ()  # somebody closed it after the case went on, before this was read
            before = [one["state"] for one in stamps if one["state"] in OPEN]
            return reopen_call(row["id"], before[-1] if before else "received")

        yield Decide(decide)

    @every("5s")
    async def watch_transfers(self, ctx: ModuleContext) -> Said:
        """Says once of every transfer that its time ran out; the table remembers, so a restart changes nothing."""
        now = ctx.clock.now()
        columns = transfer_table.c
        late = (
            select(transfer_table)
            .join(call_table, call_table.c.id == columns.call)
            .where(columns.answered_at.is_(None), columns.unanswered_at.is_(None), columns.due_at <= iso(now))
            .where(call_table.c.state.in_(OPEN))  # nobody has to answer for a call that is over
        )
        async with ctx.read() as connection:
            rows = (await connection.execute(late.limit(100))).mappings().all()
        for row in rows:
            yield Decide(partial(_still_unanswered, row["id"], late, now))

    @every("5s")
    async def count(self, ctx: ModuleContext) -> Said:
        """The indicators of the wall."""
        async with ctx.read() as connection:
            units = await heard(connection)
            found = await figures(connection, units.values(), ctx.clock.now())
        for one in found:
            yield one

    async def _proposal(self, row: Row, ctx: ModuleContext) -> Event:
        now = ctx.clock.now()
        async with ctx.read() as connection:
            units = roster(ctx.city, await heard(connection))
        mode = mode_of(ctx.city, row["service"])
        return recommend(row, mode, units, limits(ctx, now), now, self.settings.units_shown)


async def _call_of(event: Any, ctx: ModuleContext) -> Row | None:
    """The call an incident is about, None for any other incident."""
    if event.data["incident"]["kind"] != "call":
        return None
    async with ctx.read() as connection:
        return await call_row(connection, event.correlation)


def _call_now(event: Any, run: Run) -> Row | None:
    """The call an incident is about as it is in the commit, None for any other incident."""
    return call_now(run, event.correlation) if event.data["incident"]["kind"] == "call" else None


def _assigned(event: Any, ctx: ModuleContext, run: Run) -> Changes:
    """What follows when the desk hands a call to a unit or an agency."""
    row = _call_now(event, run)
    if row is None:
        return []
    noted = [set_call(row["id"], assigned_at=iso(event.at))] if row["assigned_at"] is None else []
    if row["state"] not in OPEN:  # it was closed before this was read
        return noted
    mode, unit = mode_of(ctx.city, row["service"]), event.data.get("unit")
    if mode == "mirror":
        return [*noted, _mirrored(row, unit)]
    if mode == "dispatch" and unit in {one.id for one in ctx.city.units}:
        return [*noted, *order(row, ctx.city.unit(unit), event.at, run)]
    if waiting_now(run, row["id"]):  # it was asked already
        return noted
    agency = event.data.get("agency")
    return [*noted, *_transfer(row, ctx, because="assigned", at=event.at, agency=agency, unit=unit)]


def _still_unanswered(id: str, late: Select[Any], now: datetime, run: Run) -> Changes:
    """What is said of a transfer that nobody has answered up to this commit."""
    row = run(late.where(transfer_table.c.id == id)).mappings().first()
    return () if row is None else unanswered(row, now)


def _transfer(
    row: Row, ctx: ModuleContext, *, because: str, at: datetime, agency: str | None = None, unit: str | None = None
) -> tuple[Event, Write]:
    to = agency or agency_of(ctx.city, row["service"])
    return request(row, because=because, agency=to, unit=unit, at=at, answer_within=answer_within(ctx, at))


def _mirrored(row: Row, unit: str | None) -> CallMirrored:
    return CallMirrored(
        call=row["id"],
        number=row["number"],
        service=row["service"],
        unit=unit,
        attach=Attach(facts={"mirrored": {"service": row["service"], "unit": unit}}),
    )


def _located(incident: dict[str, Any], lonlat: list[float]) -> dict[str, Any]:
    ward = incident.get("ward") or {}
    return {
        "location": "located",
        "lon": lonlat[0],
        "lat": lonlat[1],
        "ward_code": ward.get("code"),
        "ward_name": ward.get("name"),
        "place_name": incident.get("place"),
    }
