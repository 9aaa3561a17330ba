"""Units: the city's profile says which there are and what they can do, the table what was last heard of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from ioc.city.parts import UnitProfile
from ioc.city.profile import City
from ioc.contract import Latest, Run, Write
from ioc.core.clock import parse_time
from modules.emergency.ranking import UNKNOWN, Unit
from modules.emergency.statements import set_unit_state
from modules.emergency.tables import unit as table


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What was last heard of a unit: its row, with nothing where nothing was heard. Times are UTC text."""

    id: str
    state: str | None = None
    state_at: str | None = None
    task: str | None = None
    task_number: str | None = None
    lon: float | None = None
    lat: float | None = None
    heading_deg: float | None = None
    speed_kmh: float | None = None
    fix_at: str | None = None
    simulated: bool = False

    @property
    def lonlat(self) -> tuple[float, float] | None:
        """Its last position, degrees WGS 84."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


async def heard(connection: Any) -> dict[str, Heard]:
    """The rows of all units, by unit id."""
    return _by_id(await connection.execute(select(table)))


def heard_now(run: Run, ids: Collection[str]) -> dict[str, Heard]:
    """What is known of these units in the commit, nothing of one never heard of; by unit id."""
    known = _by_id(run(select(table).where(table.c.id.in_(list(ids)))))
    return {id: known.get(id, Heard(id=id)) for id in ids}


def tasked_now(run: Run, call: str) -> list[Heard]:
    """The units that work on a call in the commit."""
    return list(_by_id(run(select(table).where(table.c.task == call).order_by(table.c.id))).values())


def _by_id(found: Any) -> dict[str, Heard]:
    return {
        row["id"]: msgspec.convert({str(name): value for name, value in row.items()}, Heard) for row in found.mappings()
    }


def roster(city: City, rows: Mapping[str, Heard]) -> list[Unit]:
    """All units of the city as the ranking sees them."""
    return [_unit(profile, rows.get(profile.id, Heard(id=profile.id))) for profile in city.units]


def _unit(profile: UnitProfile, row: Heard) -> Unit:
    return Unit(
        id=profile.id,
        name=profile.name,
        kind=profile.kind,
        service=profile.service,
        state=row.state or UNKNOWN,
        capabilities=frozenset(profile.capabilities),
        home=(profile.lon, profile.lat),
        fix=row.lonlat,
        fix_at=parse_time(row.fix_at) if row.fix_at else None,
    )


def body(profile: UnitProfile, row: Heard) -> dict[str, object]:
    """A unit as the screens show it."""
    return {
        "id": profile.id,
        "name": profile.name,
        "kind": profile.kind,
        "service": profile.service,
        "state": row.state or UNKNOWN,
        "lonlat": list(row.lonlat) if row.lonlat else None,
        "hdg": row.heading_deg,
        "spd": row.speed_kmh,
        "fix_ts": row.fix_at,
        "task": row.task_number,
        "simulated": row.simulated,
    }


def latest(profile: UnitProfile, row: Heard) -> Latest:
    """The last-known value of a unit; its time is the newer of position and state."""
    at = max(time for time in (row.fix_at, row.state_at) if time)
    return Latest("unit", profile.id, body(profile, row), parse_time(at))


def state_writes(row: Heard) -> list[Write]:
    """Keeps the unit's state and task, unless a newer one is known."""
    return set_unit_state(
        row.id,
        str(row.state_at),
        simulated=row.simulated,
        state=row.state,
        task=row.task,
        task_number=row.task_number,
    )
