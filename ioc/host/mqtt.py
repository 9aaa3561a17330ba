"""MQTT as a source: messages of a topic filter, acknowledged only once what was made of them is committed."""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from paho.mqtt import client as paho

from ioc.contract import BadReading, MqttMessage
from ioc.host.mqtt_address import BrokerAddress
from ioc.host.mqtt_client import Connection, OldBroker, Version, broker_away

SIMULATED = "sim/"  # what the simulator says lies below this
LARGEST_PAYLOAD = 256 * 1024
QUEUE_MESSAGES = 1_000
QUEUE_BYTES = 8 * 1024 * 1024
TURN = 50  # messages handed out before others get their turn on the loop

Commit = Callable[[], None]


class Waiting(msgspec.Struct):
    """A message on its way to the module; `message` is None for one that was refused and is only acknowledged."""

    message: MqttMessage | None
    size: int
    acknowledge: Commit | None


def station_of(topic_filter: str, topic: str) -> str:
    """The part of `topic` at the place of the filter's first `+`; empty where the filter has none."""
    levels, found = topic_filter.split("/"), topic.split("/")
    place = levels.index("+") if "+" in levels else len(found)
    return found[place] if place < len(found) else ""


def client_id(*names: str, filters: Sequence[str]) -> str:
    """A name that is the same at every start, and another one for other topics: a session keeps those it began with."""
    return "-".join(("ioc", *names, f"{zlib.crc32(chr(10).join(filters).encode()):08x}"))


class MqttSession:
    """The messages of one topic filter, for one source.

    An asynchronous iterator: asking for the next message says that all that came of the one before has been handed
    over, so that its acknowledgement goes to `after_commit`, which is called after the next commit. The session lies
    with the broker: what is published while nobody listens comes later, and what was not acknowledged comes again.
    Memory is bounded: a full queue stops the reading from the network, not the module.
    """

    def __init__(
        self,
        address: BrokerAddress,
        topic_filter: str,
        *,
        names: Sequence[str],
        simulator: bool,
        after_commit: Callable[[Commit], None],
        refuse: Callable[[Exception], None],
    ) -> None:
        self._address = address
        self._filter = topic_filter
        self._filters = [topic_filter, SIMULATED + topic_filter] if simulator else [topic_filter]
        self._id = client_id(*names, filters=self._filters)
        self._after_commit = after_commit
        self._refuse = refuse
        self._version: Version = 5
        self._connection: Connection | None = None
        self._queue: deque[Waiting] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._turns = 0
        self._in_hand: Waiting | None = None

    @property
    def in_hand(self) -> MqttMessage | None:
        """The message the module works on; None before the first and while it waits for the next."""
        return self._in_hand.message if self._in_hand else None

    @property
    def connected(self) -> bool:
        """Whether the broker sends us messages."""
        return self._connection is not None and not self._connection.lost.done()

    @property
    def waiting(self) -> int:
        """How many messages wait for the module."""
        return len(self._queue)

    def __aiter__(self) -> MqttSession:
        return self

    async def __anext__(self) -> MqttMessage:
        """The next message.

        Raises:
            NotConfigured: a certificate's file cannot be used.
            SourceUnavailable: the broker cannot be reached, does not let us in, or went away.
        """
        self._settle()
        self._turns += 1
        if self._turns % TURN == 0:
            await asyncio.sleep(0)
        while True:
            if self._queue:
                waiting = self._take()
                if waiting.message is not None:
                    return waiting.message
                self._settle()
            else:
                await self._more()

    def close(self) -> None:
        """Ends the connection; the session stays with the broker."""
        if self._connection:
            self._connection.close()
            self._connection = None

    async def _more(self) -> None:
        """Waits until something came.

        Raises:
            SourceUnavailable: the connection is lost.
        """
        connection = self._connection or await self._open()
        if self._queue:  # a broker that kept messages for us sends them at once
            return
        self._arrived.clear()
        arriving = asyncio.ensure_future(self._arrived.wait())
        try:
            await asyncio.wait((arriving, connection.lost), return_when=asyncio.FIRST_COMPLETED)
        finally:
            arriving.cancel()
        if connection.lost.done() and not self._queue:
            self._connection = None
            raise broker_away(self._address, connection.lost.result())

    async def _open(self) -> Connection:
        try:
            self._connection = await self._connected()
        except OldBroker:
            self._version = 4
            self._connection = await self._connected()
        return self._connection

    async def _connected(self) -> Connection:
        connection = Connection(self._address, self._id, self._version, self._heard)
        try:
            await connection.open()
            await connection.subscribe(self._filters)
        except BaseException:
            connection.close()
            self._forget()
            raise
        connection.lost.add_done_callback(lambda _: self._forget())
        return connection

    def _forget(self) -> None:
        """Drops what the broker will send again, so that it is not worked on twice."""
        self._queue = deque(waiting for waiting in self._queue if waiting.acknowledge is None)
        self._bytes = sum(waiting.size for waiting in self._queue)

    def _heard(self, connection: Connection, message: paho.MQTTMessage) -> None:
        acknowledge = partial(connection.acknowledge, message.mid) if message.qos else None
        read, size = self._read(message), len(message.payload)
        self._queue.append(Waiting(read, size if read else 0, acknowledge))
        self._bytes += size if read else 0
        self._arrived.set()
        if len(self._queue) >= QUEUE_MESSAGES or self._bytes >= QUEUE_BYTES:
            connection.pause()

    def _read(self, message: paho.MQTTMessage) -> MqttMessage | None:
        if len(message.payload) > LARGEST_PAYLOAD:
            self._refuse(BadReading(f"a payload of {len(message.payload)} bytes, at most {LARGEST_PAYLOAD} are taken"))
            return None
        try:
            topic = message.topic
        except UnicodeDecodeError:
            self._refuse(BadReading("a topic that is no UTF-8"))
            return None
        simulated = topic.startswith(SIMULATED)
        topic = topic.removeprefix(SIMULATED)
        return MqttMessage(topic, station_of(self._filter, topic), bytes(message.payload), message.retain, simulated)

    def _take(self) -> Waiting:
        self._in_hand = self._queue.popleft()
        self._bytes -= self._in_hand.size
        if self._connection and len(self._queue) < QUEUE_MESSAGES // 2 and self._bytes < QUEUE_BYTES // 2:
            self._connection.resume()
        return self._in_hand

    def _settle(self) -> None:
        if self._in_hand and self._in_hand.acknowledge:
            self._after_commit(self._in_hand.acknowledge)
        self._in_hand = None
