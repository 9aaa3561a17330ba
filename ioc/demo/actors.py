"""The people of the simulated city who speak to the centre: citizens and callers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ioc.city.profile import City
from ioc.demo.client import DoorClient
from ioc.demo.replay import as_form
from ioc.demo.spots import Spots
from ioc.demo.stories import CALLS, FAMILY, GIVEN, REPORTS, made_up_phone


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
