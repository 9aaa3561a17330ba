"""The people of the simulated city: citizens, callers, units on patrol, and a duty operator who tidies up."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ioc.city.profile import City
from ioc.core.clock import iso, parse_time
from ioc.demo.client import DoorClient
from ioc.demo.replay import as_form
from ioc.demo.spots import Spots
from ioc.demo.stories import CALLS, FAMILY, GIVEN, REPORTS, made_up_phone

STEP_M = 80.0  # a unit on patrol between two positions, 10 s apart
METRES_PER_DEGREE = 111_195.0
LOOK_FIRST = timedelta(seconds=20)  # time for a visitor to take it first
DUTY = "Trưởng ca (mô phỏng)"
TIDY_AFTER = timedelta(minutes=4)
LEAVE_OPEN = 12
NEXT_STATE = {"dispatched": "en_route", "en_route": "on_scene", "on_scene": "available"}
MOVES_ON = 0.15  # chance at each report that a unit under way reaches its next step


class Citizens:
    """Send reports, some of them real ones replayed."""

    def __init__(self, city: City, spots: Spots, chance: random.Random, recorded: Sequence[dict[str, Any]]) -> None:
        self._city = city
        self._spots = spots
        self._chance = chance
        self._recorded = list(recorded)

    async def speak(self, client: DoorClient) -> None:
        """One report."""
        if self._recorded and self._chance.random() < 0.4:
            code = self._chance.choice(self._city.services).code
            await client.report(as_form(self._chance.choice(self._recorded), code, self._spots))
            return
        story = self._chance.choice(REPORTS)
        form: dict[str, Any] = {"service_code": self._code(story.service), "description": story.text, **self._person()}
        if spot := self._spots.maybe():
            form |= {"lat": spot.lat, "long": spot.lon}
        await client.report(form)

    def _code(self, wished: str) -> str:
        codes = [service.code for service in self._city.services]
        return wished if wished in codes else codes[-1]

    def _person(self) -> dict[str, str]:
        return {
            "first_name": self._chance.choice(GIVEN),
            "last_name": self._chance.choice(FAMILY),
            "phone": made_up_phone(self._chance),
        }


class Callers:
    """Dial 112 to 115."""

    def __init__(self, spots: Spots, chance: random.Random) -> None:
        self._spots = spots
        self._chance = chance

    async def speak(self, client: DoorClient) -> None:
        """One call."""
        story = self._chance.choice(CALLS)
        name = f"{self._chance.choice(FAMILY)} {self._chance.choice(GIVEN)}"
        body: dict[str, Any] = {
            "service": story.service,
            "number_dialled": story.service,
            "caller": {"name": name, "phone": made_up_phone(self._chance)},
            "narrative": story.text,
            "answers": story.answers,
        }
        if spot := self._spots.maybe():
            body["location"] = {"lat": spot.lat, "lon": spot.lon, "uncertainty_m": 50}
        await client.call(body)


class Patrols:
    """Units wander around their bases and tell where they are."""

    def __init__(self, city: City, chance: random.Random) -> None:
        self._chance = chance
        self._bases = {unit.id: (unit.lon, unit.lat) for unit in city.units}
        self._at = dict(self._bases)

    async def report(self, client: DoorClient, now: datetime) -> None:
        """The position of every unit; one that was sent somewhere goes on by itself, step by step."""
        states = await client.unit_states()
        await client.positions({"positions": [self._step(unit, states.get(unit), now) for unit in self._at]})
        for unit, state in states.items():
            if state in NEXT_STATE and self._chance.random() < MOVES_ON:
                await client.unit_state(unit, NEXT_STATE[state])

    def _step(self, unit: str, state: str | None, now: datetime) -> dict[str, Any]:
        lon, lat = self._at[unit]
        home_lon, home_lat = self._bases[unit]
        homeward = math.atan2(home_lat - lat, home_lon - lon)
        bearing = homeward + self._chance.gauss(0, 1.2) if (lon, lat) != (home_lon, home_lat) else self._chance.random()
        step = STEP_M / METRES_PER_DEGREE
        lon, lat = lon + step * math.cos(bearing), lat + step * math.sin(bearing)
        self._at[unit] = (lon, lat)
        heading = (90 - math.degrees(bearing)) % 360
        fix = {"lon": round(lon, 6), "lat": round(lat, 6), "heading_deg": round(heading), "speed_kmh": 29}
        begin = {"state": "available"} if state == "unknown" else {}
        return {"unit": unit, "at": iso(now), **fix, **begin}


class DutyOperator:
    """Works the simulated incidents as a shift would, so that the demo lives; never touches real ones or another's."""

    def __init__(self, city: City, chance: random.Random) -> None:
        self._agencies = {code: service.agency for service in city.services for code in (service.code, service.name.vi)}
        self._fallback = city.agencies[0].id
        self._chance = chance

    async def work(self, client: DoorClient, now: datetime) -> None:
        """One round: perhaps takes one that waits, perhaps assigns one taken, and closes what is old. When much waits
        the shift works faster, as people do."""
        mine = [one for one in await client.open_incidents() if one["simulated"] and one["owner"] in (None, DUTY)]
        waiting = [one for one in mine if one["status"] == "new" and now - parse_time(one["opened"]) > LOOK_FIRST]
        taken = [one for one in mine if one["status"] == "taken"]
        for one in self._chance.sample(waiting[:6], self._pace(waiting)):
            await self._do(client, one, "take")
        for one in self._chance.sample(taken, self._pace(taken)):
            await self._do(client, one, "assign", **self._to_whom(one))
        mine.sort(key=lambda one: str(one["opened"]), reverse=True)
        for old in mine[LEAVE_OPEN:]:
            if old["status"] == "assigned" and now - parse_time(old["opened"]) > TIDY_AFTER:
                await self._do(client, old, "close", outcome="resolved")
            elif old["status"] == "new" and now - parse_time(old["opened"]) > TIDY_AFTER:
                await self._do(client, old, "take")

    def _pace(self, waiting: list[dict[str, Any]]) -> int:
        """How many of those that wait are seen to in one round."""
        return min(len(waiting), 6, len(waiting) // 4 + (self._chance.random() < 0.5))

    async def _do(self, client: DoorClient, incident: dict[str, Any], action: str, **more: Any) -> None:
        await client.act(incident["id"], {"action": action, "version": incident["version"], **more})

    def _to_whom(self, incident: dict[str, Any]) -> dict[str, str]:
        units = (incident["facts"].get("recommendation") or {}).get("units") or []
        if incident["kind"] == "call" and units:
            return {"unit": units[0]["id"]}
        return {"agency": self._agencies.get(incident["category"], self._fallback)}
