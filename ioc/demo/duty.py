"""A simulated duty officer, who works the simulated cases as a shift would, so that the queue stays short."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ioc.city.profile import City
from ioc.core.clock import parse_time
from ioc.demo.client import DoorClient
from ioc.demo.crews import Crews

LOOK_FIRST = timedelta(seconds=20)  # time for a visitor to take it first
DUTY = "Trưởng ca (mô phỏng)"
TIDY_AFTER = timedelta(minutes=4)
AT_LAST = timedelta(minutes=15)  # nothing simulated stays open for longer
LEAVE_OPEN = 12

Case = dict[str, Any]


class DutyOperator:
    """Takes, assigns and closes; never touches real cases or those another has taken."""

    def __init__(self, city: City, crews: Crews, chance: random.Random) -> None:
        self._agencies = {code: service.agency for service in city.services for code in (service.code, service.name.vi)}
        self._fallback = city.agencies[0].id
        self._services = {unit.id: unit.service for unit in city.units}
        self._crews = crews
        self._chance = chance

    async def work(self, client: DoorClient, now: datetime) -> None:
        """One round: perhaps takes one that waits, perhaps assigns one taken, and closes what is over. When much waits
        the shift works faster, as people do."""
        cases = await client.open_incidents()
        mine = [one for one in cases if one["simulated"] and one["owner"] in (None, DUTY)]
        waiting = [one for one in mine if one["status"] == "new" and now - parse_time(one["opened"]) > LOOK_FIRST]
        taken = [one for one in mine if one["status"] == "taken" and not self._goes_with(one, cases)]
        for one in self._chance.sample(waiting[:6], self._pace(waiting)):
            await self._do(client, one, "take")
        for one in self._chance.sample(taken, self._pace(taken)):
            await self._do(client, one, "assign", **self._to_whom(one))
        for one in self._over(mine, cases, now):
            await self._close(client, one)

    def _over(self, mine: Iterable[Case], cases: Iterable[Case], now: datetime) -> list[Case]:
        """What can be closed: where crews have been and left, and the older ones beyond those left to look at. A case
        is closed with what is shown beneath it, once nobody is under way to any of them."""
        leads = [one for one in mine if not one["lead"] or all(one["lead"] != other["id"] for other in cases)]
        leads.sort(key=lambda one: str(one["opened"]), reverse=True)
        over = []
        for place, one in enumerate(leads):
            group = [one, *(other for other in cases if other["lead"] == one["id"])]
            age = now - parse_time(one["opened"])
            served = any(other["id"] in self._crews.served for other in group)
            at_work = any(self._crews.busy(other["id"]) or _signs(other) for other in group)
            tidy = age > TIDY_AFTER and (served or place >= LEAVE_OPEN) and not at_work
            if (tidy and one["status"] in ("assigned", "taken")) or age > AT_LAST:
                over.append(one)
        return over

    async def _close(self, client: DoorClient, one: Case) -> None:
        if one["status"] == "new":
            await self._do(client, one, "take")
        else:
            await self._do(client, one, "close", outcome="resolved", parts=True)

    def _goes_with(self, one: Case, cases: Iterable[Case]) -> bool:
        """Whether a case needs no one of its own: another of its group has been given to the same service."""
        root = one["lead"] or one["id"]
        group = [other for other in cases if root in (other["id"], other["lead"]) and other["id"] != one["id"]]
        sent = {self._services.get(other["assignee"]) for other in group if other["assignee"]}
        return bool(one["lead"] and one["kind"] != "call") or one["facts"].get("service") in sent - {None}

    def _pace(self, waiting: list[Case]) -> int:
        """How many of those that wait are seen to in one round."""
        return min(len(waiting), 6, len(waiting) // 4 + (self._chance.random() < 0.5))

    async def _do(self, client: DoorClient, incident: Case, action: str, **more: Any) -> None:
        await client.act(incident["id"], {"action": action, "version": incident["version"], **more})

    def _to_whom(self, incident: Case) -> dict[str, str]:
        units = (incident["facts"].get("recommendation") or {}).get("units") or []
        free = [unit["id"] for unit in units if self._crews.free(unit["id"])]
        if incident["kind"] == "call" and incident["lonlat"] and free:
            return {"unit": free[0]}
        return {"agency": self._agencies.get(incident["category"], self._fallback)}


def _signs(one: Case) -> bool:
    """Whether detectors still show what the case suspects."""
    return bool(one["facts"].get("signs") == "present")
