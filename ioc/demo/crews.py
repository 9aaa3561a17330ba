"""Units of the simulated city: on patrol, and sent by the desk to a case, where they drive, stay and come back from."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from ioc.city.profile import City
from ioc.core.clock import iso
from ioc.demo.client import DoorClient
from ioc.demo.geometry import METRES_PER_DEGREE, Point
from ioc.demo.roads import Roads
from ioc.demo.ways import Fix, Way, way_between

STEP_M = 40.0  # a unit on patrol between two positions, 5 s apart
TURNOUT = timedelta(seconds=20)  # from the order to the first metre
STAY = timedelta(seconds=150)
OUT = frozenset({"dispatched", "en_route", "on_scene", "transporting", "returning"})

Phase = Literal["turnout", "en_route", "on_scene", "returning"]
Case = Mapping[str, Any]


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit is out for; `case` is None once it is on its way home. `since` is when the phase began."""

    phase: Phase
    since: datetime
    way: Way
    case: str | None = None
    call: str | None = None


class Saying(msgspec.Struct, frozen=True):
    """What a crew's device says of its state, and for which call."""

    unit: str
    state: str
    call: str | None = None


class Crews:
    """All units, by what the desk has assigned. The one that moves them is `step`; it does no input or output."""

    def __init__(self, city: City, chance: random.Random) -> None:
        self._chance = chance
        self._bases: dict[str, Point] = {unit.id: (unit.lon, unit.lat) for unit in city.units}
        self._at = dict(self._bases)
        self._ways = Roads(city).ways
        self._errands: dict[str, Errand] = {}
        self.served: set[str] = set()
        """Cases a crew has been at and left."""

    async def report(self, client: DoorClient, now: datetime) -> None:
        """One round: who was sent where, then every unit's position and what has changed of its state."""
        states = await client.unit_states()
        cases = await client.open_incidents()
        if not states:
            return
        fixes, sayings = self.step(cases, states, now)
        await client.positions({"positions": [_position(unit, fix, states, now) for unit, fix in fixes.items()]})
        for one in sayings:
            await client.unit_state(one.unit, one.state, one.call)

    def busy(self, case: str) -> bool:
        """Whether a unit is on its way to the case or there."""
        return any(one.case == case for one in self._errands.values())

    def free(self, unit: str) -> bool:
        """Whether the unit could be sent now."""
        return unit not in self._errands

    def step(
        self, cases: Sequence[Case], states: Mapping[str, str], now: datetime
    ) -> tuple[dict[str, Fix], list[Saying]]:
        """Where every unit is now, and what crews say that changed."""
        self.served &= {one["id"] for one in cases}
        said = [*self._called_back(cases, states, now), *self._sent(cases, now), *self._went_on(now)]
        return {unit: self._move(unit, now) for unit in self._bases}, said

    def _sent(self, cases: Iterable[Case], now: datetime) -> list[Saying]:
        """Units the desk has assigned and that are free leave their place."""
        said = []
        for case in cases:
            unit = case["assignee"]
            known = self._errands.get(unit) if unit in self._bases else None
            if unit not in self._bases or not case["lonlat"] or case["id"] in self.served:
                continue
            if known is not None and known.phase != "returning":
                continue
            call = case["correlation"] if case["kind"] == "call" else None
            way = way_between(self._at[unit], (case["lonlat"][0], case["lonlat"][1]), self._ways)
            self._errands[unit] = Errand(phase="turnout", since=now, way=way, case=case["id"], call=call)
            said.append(Saying(unit, "dispatched", call))
        return said

    def _called_back(self, cases: Sequence[Case], states: Mapping[str, str], now: datetime) -> list[Saying]:
        """Units whose case is closed or another's by now go home, and so do those left out by an earlier run."""
        theirs = {one["id"]: one["assignee"] for one in cases}
        assigned = set(theirs.values())
        lost = [
            unit
            for unit in self._bases
            if unit not in self._errands and unit not in assigned and states.get(unit) in OUT
        ]
        gone = [unit for unit, one in self._errands.items() if one.case and theirs.get(one.case) != unit]
        return [self._homeward(unit, now) for unit in (*lost, *gone)]

    def _went_on(self, now: datetime) -> list[Saying]:
        said = []
        for unit, one in list(self._errands.items()):
            age = now - one.since
            if one.phase == "turnout" and age >= TURNOUT:
                self._errands[unit] = msgspec.structs.replace(one, phase="en_route", since=now)
                said.append(Saying(unit, "en_route", one.call))
            elif one.phase == "en_route" and age.total_seconds() >= one.way.seconds:
                self._errands[unit] = msgspec.structs.replace(one, phase="on_scene", since=now)
                said.append(Saying(unit, "on_scene", one.call))
            elif one.phase == "on_scene" and age >= STAY:
                self.served.add(str(one.case))
                said.append(self._homeward(unit, now))
            elif one.phase == "returning" and age.total_seconds() >= one.way.seconds:
                del self._errands[unit]
                said.append(Saying(unit, "available"))
        return said

    def _homeward(self, unit: str, now: datetime) -> Saying:
        way = way_between(self._at[unit], self._bases[unit], self._ways)
        self._errands[unit] = Errand(phase="returning", since=now, way=way)
        return Saying(unit, "returning")

    def _move(self, unit: str, now: datetime) -> Fix:
        one = self._errands.get(unit)
        if one is None:
            fix = self._patrol(unit)
        elif one.phase == "turnout":
            fix = Fix(self._at[unit], 0.0, 0.0)
        elif one.phase == "on_scene":
            fix = one.way.after(one.way.seconds)
        else:
            fix = one.way.after((now - one.since).total_seconds())
        self._at[unit] = fix.point
        return fix

    def _patrol(self, unit: str) -> Fix:
        (lon, lat), (home_lon, home_lat) = self._at[unit], self._bases[unit]
        homeward = math.atan2(home_lat - lat, home_lon - lon)
        bearing = homeward + self._chance.gauss(0, 1.2) if (lon, lat) != (home_lon, home_lat) else self._chance.random()
        step = STEP_M / METRES_PER_DEGREE
        there = lon + step * math.cos(bearing), lat + step * math.sin(bearing)
        return Fix(there, (90 - math.degrees(bearing)) % 360, 29.0)


def _position(unit: str, fix: Fix, states: Mapping[str, str], now: datetime) -> dict[str, Any]:
    lon, lat = fix.point
    begin = {"state": "available"} if states.get(unit) == "unknown" else {}
    told = {"lon": round(lon, 6), "lat": round(lat, 6), "heading_deg": round(fix.heading_deg) % 360}
    return {"unit": unit, "at": iso(now), **told, "speed_kmh": round(fix.kmh), **begin}
