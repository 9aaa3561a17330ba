"""The simulated devices' way in: an MQTT broker, where the simulator may speak below `sim/` only."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
import structlog

from ioc.core.cancelling import cancellation_kept

BELOW = "sim/"
WAITING = 2_000  # messages kept while the broker is away; older ones are dropped as a device's small memory does
RETRY_S = 1.0
ANSWER_S = 5.0

_log = structlog.get_logger("simulator")


class Broker:
    """Publishes with QoS 1; while the broker is away the newest messages wait."""

    def __init__(self, url: str) -> None:
        self.known = bool(url)  # a demonstration without a broker has no devices that speak by MQTT
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 1883
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(WAITING)

    def publish(self, topic: str, body: Any) -> None:
        """Puts a message in line, as JSON, below `sim/`."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait((BELOW + topic, json.dumps(body, ensure_ascii=False).encode()))

    async def run(self) -> None:
        """Sends until cancelled; a broker that is away is said once."""
        told = False
        while True:
            try:
                async with self._client() as client, asyncio.TaskGroup() as link:
                    told = False
                    link.create_task(self._send(client))
                    link.create_task(_until_lost(client))
            except* aiomqtt.MqttError as lost:
                if not told:
                    _log.warning("the simulated devices cannot speak", reason=str(lost.exceptions[0])[:200])
                told = True
            await asyncio.sleep(RETRY_S)

    async def _send(self, client: aiomqtt.Client) -> None:
        while True:
            topic, body = await self._waiting.get()
            try:
                with cancellation_kept():
                    await client.publish(topic, body, qos=1)
            except aiomqtt.MqttError:
                self.put_back(topic, body)
                raise

    def put_back(self, topic: str, body: bytes) -> None:
        """Keeps a message that was not taken; it goes out later than its followers, as happens with devices."""
        if not self._waiting.full():
            self._waiting.put_nowait((topic, body))

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._host,
            self._port,
            username=self._user,
            password=self._password,
            identifier="ioc-simulator",
            timeout=ANSWER_S,
        )


async def _until_lost(client: aiomqtt.Client) -> None:
    """Nothing is ever read; but waiting for messages ends as soon as the connection does."""
    async for _ in client.messages:
        pass
