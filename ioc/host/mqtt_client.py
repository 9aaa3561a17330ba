"""One connection to an MQTT broker on this event loop: messages in, acknowledged when we say so, read when we can."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ioc.contract import SourceUnavailable
from ioc.core.text import Text
from ioc.host.mqtt_address import BrokerAddress

Version = Literal[5, 4]  # MQTT 5, or 3.1.1 for brokers that speak no newer one

KEEPALIVE_S = 20  # also how long a TLS handshake may take
ANSWER_S = 10.0
SESSION_KEPT_S = 48 * 3600  # as long as a repeated reading is known as one
IN_FLIGHT = 500  # messages the broker may have sent us that are not acknowledged yet
LARGEST_PACKET = 1024 * 1024  # a broker of MQTT 5 sends nothing larger
BURST = 100  # packets read before others get their turn on the loop
UNKNOWN_VERSION = "Unsupported protocol version"


class OldBroker(Exception):
    """The broker does not speak MQTT 5."""


class Connection:
    """A connection with a persistent session. `heard` gets each message; it must not raise or wait."""

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        version: Version,
        heard: Callable[[Connection, paho.MQTTMessage], None],
    ) -> None:
        self._address = address
        self._version = version
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self._count = 0
        self._paused = False
        self._misc: asyncio.Task[None] | None = None
        self._socket: int | None = None
        self._answers: dict[int, asyncio.Future[Sequence[ReasonCode]]] = {}
        self._connected: asyncio.Future[ReasonCode] = self._loop.create_future()
        self.lost: asyncio.Future[str] = self._loop.create_future()  # its result says why
        self._client = self._made(client_id)

    def _made(self, client_id: str) -> paho.Client:
        modern = self._version == paho.MQTTv5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if modern else False,
            protocol=MQTTProtocolVersion(self._version),
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.username_pw_set(self._address.user, self._address.password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    async def open(self) -> None:
        """Connects and takes up the session.

        Raises:
            NotConfigured: a certificate's file cannot be used.
            OldBroker: the broker does not speak this version.
            SourceUnavailable: it cannot be reached, is not who it should be, or does not let us in.
        """
        if context := self._address.tls_context():
            self._client.tls_set_context(context)
        connecting = self._loop.run_in_executor(None, self._connect)
        try:
            await asyncio.shield(connecting)
            self._watch()
            async with asyncio.timeout(ANSWER_S):
                code = await self._connected
        except (OSError, ValueError) as error:  # paho gives some failures of the network as ValueError
            raise self._unavailable(_reason(error)) from error
        except asyncio.CancelledError:
            connecting.add_done_callback(lambda _: self._client.disconnect())
            raise
        if str(code) == UNKNOWN_VERSION:
            raise OldBroker
        if code.is_failure:
            raise self._unavailable(f"refused: {code}")

    def _connect(self) -> None:
        host, port = self._address.host, self._address.port
        if self._version != paho.MQTTv5:
            self._client.connect(host, port, KEEPALIVE_S)
            return
        wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wishes.SessionExpiryInterval = SESSION_KEPT_S
        wishes.ReceiveMaximum = IN_FLIGHT
        wishes.MaximumPacketSize = LARGEST_PACKET
        self._client.connect(host, port, KEEPALIVE_S, clean_start=False, properties=wishes)

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Asks for these topics; those retained are sent once a session where the broker can (MQTT 5).

        Raises:
            SourceUnavailable: the broker does not allow it.
        """
        wanted: Any = [(one, 1) for one in filters]
        if self._version == paho.MQTTv5:
            once = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            wanted = [(one, once) for one in filters]
        _, number = self._client.subscribe(wanted)
        answer = self._answers[number or 0] = self._loop.create_future()
        try:
            async with asyncio.timeout(ANSWER_S):
                codes = await answer
        except TimeoutError as error:
            raise self._unavailable("no answer to the subscription") from error
        if refused := [one for one, code in zip(filters, codes, strict=False) if code.is_failure]:
            raise self._unavailable(f"may not read {', '.join(refused)}")

    def acknowledge(self, number: int) -> None:
        """Tells the broker that a message need not be sent again; nothing once the connection is lost, as it will."""
        if not self.lost.done():
            self._client.ack(number, qos=1)

    def pause(self) -> None:
        """Reads no more: what comes stays with the broker, whose own limits hold. Not while a subscription waits for
        its answer: a broker that takes up a session sends all that was not acknowledged before it answers."""
        if not self._paused and self._socket is not None and not self._answers:
            self._paused = True
            self._loop.remove_reader(self._socket)

    def resume(self) -> None:
        """Reads on."""
        if self._paused and self._socket is not None:
            self._paused = False
            self._loop.add_reader(self._socket, self._read)
            self._loop.call_soon(self._read)  # TLS may hold bytes the socket no longer shows

    def close(self) -> None:
        """Says goodbye; the session stays with the broker."""
        self._client.disconnect()
        if self._client.socket() is not None:
            self._client.loop_write()
        self._lose("closed")

    def _watch(self) -> None:
        """Hands the socket, which is open by now, to this event loop."""
        self._client.on_socket_close = self._on_socket_close
        self._client.on_socket_register_write = self._on_want_write
        self._client.on_socket_unregister_write = self._on_written
        opened = self._client.socket()
        if opened is None:
            self._lose("the connection was closed")
            return
        self._socket = opened.fileno()
        self._loop.add_reader(self._socket, self._read)
        self._misc = self._loop.create_task(self._keep_alive())
        if self._client.want_write():
            self._on_want_write(self._client, None, opened)

    async def _keep_alive(self) -> None:
        while self._does(self._client.loop_misc):  # noqa: ASYNC110 - paho looks at the clock, there is no event
            await asyncio.sleep(1)
        self._lose("no answer to the keep-alive")

    def _read(self) -> None:
        for _ in range(BURST):
            if self._paused or self._socket is None:
                return
            before = self._count
            if not self._does(self._client.loop_read) or not (self._count > before or self._decrypted()):
                return
        self._loop.call_soon(self._read)

    def _decrypted(self) -> bool:
        """Whether TLS holds bytes that the socket no longer shows."""
        opened = self._client.socket()
        return isinstance(opened, ssl.SSLSocket) and opened.pending() > 0

    def _does(self, work: Callable[[], int]) -> bool:
        try:
            return work() == paho.MQTT_ERR_SUCCESS
        except Exception as error:  # bytes that are no MQTT; the broker starts over
            self._lose(_reason(error))
            return False

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if not self._connected.done():
            self._connected.set_result(code)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._lose(str(code))

    def _on_subscribe(self, _client: Any, _data: Any, number: int, codes: list[ReasonCode], _props: Any) -> None:
        answer = self._answers.pop(number, None)
        if answer and not answer.done():
            answer.set_result(codes)

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._count += 1
        self._heard(self, message)

    def _on_socket_close(self, _client: Any, _data: Any, socket: Any) -> None:
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket = None

    def _on_want_write(self, _client: Any, _data: Any, socket: Any) -> None:
        if self._socket is not None:
            self._loop.add_writer(self._socket, partial(self._does, self._client.loop_write))

    def _on_written(self, _client: Any, _data: Any, socket: Any) -> None:
        if self._socket is not None:
            self._loop.remove_writer(self._socket)

    def _lose(self, reason: str) -> None:
        if self.lost.done():
            return
        self.lost.set_result(reason)
        error = self._unavailable(reason)
        waiting: list[asyncio.Future[Any]] = [self._connected, *self._answers.values()]
        for one in waiting:
            if not one.done():
                one.set_exception(error)
                one.exception()  # nobody may be waiting any more
        if self._misc:
            self._misc.cancel()
        with contextlib.suppress(OSError):
            self._client.disconnect()

    def _unavailable(self, reason: str) -> SourceUnavailable:
        return broker_away(self._address, reason)


def broker_away(address: BrokerAddress, reason: str) -> SourceUnavailable:
    """That a broker cannot be reached; `reason` is the network's or the broker's own word, as it comes."""
    return SourceUnavailable(
        Text(f"máy chủ MQTT {address} không dùng được: {reason}", f"MQTT broker {address}: {reason}")
    )


def _reason(error: BaseException) -> str:
    """What failed, on one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
