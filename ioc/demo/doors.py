"""The doors a story speaks through: HTTP for people, MQTT for devices."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from ioc.core.clock import iso
from ioc.core.ids import new_id
from ioc.demo.broker import Broker
from ioc.demo.client import DoorClient

AUTHORS = 400  # simulated people who write on social networks


class CityDoors:
    """All doors of one city."""

    def __init__(self, client: DoorClient, broker: Broker, chance: random.Random) -> None:
        self._client = client
        self._broker = broker
        self._chance = chance

    async def call(self, body: dict[str, Any]) -> None:
        """A call as a call taker types it."""
        await self._client.call(body)

    async def report(self, form: dict[str, Any]) -> None:
        """A citizen's report by Open311."""
        await self._client.report(form)

    async def post(self, text: str, at: datetime) -> None:
        """A post on a social network."""
        post = {
            "id": new_id(),
            "text": text,
            "author": f"mo-phong-{self._chance.randrange(AUTHORS)}",
            "published": iso(at),
            "reactions": self._chance.randrange(60),
            "shares": self._chance.randrange(12),
            "comments": self._chance.randrange(20),
        }
        await self._client.posts({"posts": [post]})

    async def record(self, type: str, method: str, at: datetime, place: tuple[float, float], key: str = "") -> None:
        """A record of an offence that happened at that place (lon, lat) and time; one `key` is kept once."""
        where = {"lon": place[0], "lat": place[1], "uncertainty_m": 30}
        body = {"type": type, "method": method, "t_from": iso(at), "location": where, "source": "commune_police"}
        await self._client.record(body, key or new_id())

    async def analytics(self, camera: str, topic: str, begins: bool, at: datetime) -> None:
        """What a camera's analytics say of a topic: it begins or it ends."""
        reading = {
            "id": new_id(),
            "kind": "public_security.analytics",
            "key": f"{camera}/{topic}",
            "value": 1 if begins else 0,
            "unit": "1",
            "at": iso(at),
        }
        self._broker.publish("ioc/public_security/observations", [reading])
