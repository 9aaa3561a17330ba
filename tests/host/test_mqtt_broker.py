"""The embedded broker, on mosquitto and on aedes: who may do what, on loopback alone, back when it is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import psutil
import pytest

from ioc.host.broker import EmbeddedBroker
from ioc.host.broker_accounts import BadAccount, device, hashed, hashes_of, password_file, reader, simulator
from ioc.host.mqtt import MqttSession
from ioc.host.mqtt_address import BrokerAddress
from tests.host.conftest import ROOT
from tests.running import running_city
from tests.servers import wait_until

LIMIT_S = 20.0
ACCOUNTS = (reader(), simulator(), device("K1", ("noise/K1/level",)))
MOST_MB = {"mosquitto": 32.0, "aedes": 160.0}


@pytest.fixture(params=["mosquitto", "aedes"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedBroker]:
    made = EmbeddedBroker(tmp_path / "broker", ACCOUNTS, only_aedes=request.param == "aedes")
    try:
        assert made.ensure()
        made.wait_ready()
        yield made
    finally:
        made.stop()


def client(broker: EmbeddedBroker, user: str, password: str | None = None) -> aiomqtt.Client:
    given = broker.passwords[user] if password is None else password
    return aiomqtt.Client("127.0.0.1", broker.port, username=user, password=given)


async def heard(broker: EmbeddedBroker, sayings: list[tuple[str, str]]) -> list[str]:
    """What our own user hears of what these users say, each on a topic; a word on K1's own topic ends it."""
    topics: list[str] = []
    async with asyncio.timeout(LIMIT_S), client(broker, "ioc") as ours:
        await ours.subscribe("#", qos=1)
        for user, topic in [*sayings, ("K1", "noise/K1/level")]:
            async with client(broker, user) as theirs:
                await theirs.publish(topic, b"x", qos=1)
        async for message in ours.messages:
            topics.append(message.topic.value)
            if topics[-1] == "noise/K1/level":
                return topics
    return topics


async def test_each_writes_only_where_it_may(broker: EmbeddedBroker) -> None:
    sayings = [
        ("simulator", "sim/noise/K1/level"),
        ("simulator", "noise/K1/level/x"),
        ("simulator", "ioc/noise/observations"),
        ("K1", "noise/K2/level"),
        ("K1", "sim/noise/K1/level"),
        ("ioc", "noise/K1/levels"),
    ]
    assert await heard(broker, sayings) == ["sim/noise/K1/level", "noise/K1/level"]


async def test_a_device_reads_nothing(broker: EmbeddedBroker) -> None:
    async with asyncio.timeout(LIMIT_S), client(broker, "K1") as curious, client(broker, "ioc") as ours:
        await curious.subscribe("#", qos=1)
        await ours.subscribe("#", qos=1)
        async with client(broker, "K1") as theirs:
            await theirs.publish("noise/K1/level", b"x", qos=1)
        await anext(aiter(ours.messages))
        assert len(curious.messages) == 0


@pytest.mark.parametrize(("user", "password"), [("K1", "wrong"), ("nobody", "x"), ("ioc", "")])
async def test_nobody_else_gets_in(broker: EmbeddedBroker, user: str, password: str) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with asyncio.timeout(LIMIT_S), client(broker, user, password):
            pass


async def test_without_a_name_nobody_gets_in(broker: EmbeddedBroker) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with asyncio.timeout(LIMIT_S), aiomqtt.Client("127.0.0.1", broker.port):
            pass


def test_it_listens_on_loopback_alone_and_is_small(broker: EmbeddedBroker, request: pytest.FixtureRequest) -> None:
    process = psutil.Process(broker.pid)
    opened = [one.laddr for one in process.net_connections() if one.status == psutil.CONN_LISTEN]
    assert [(one.ip, one.port) for one in opened] == [("127.0.0.1", broker.port)]
    assert process.memory_info().rss / 2**20 < MOST_MB[request.node.callspec.params["broker"]]


def test_a_killed_broker_comes_back_where_it_was(broker: EmbeddedBroker) -> None:
    first = broker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: broker.pid is None, "it is gone")
    wait_until(broker.ensure, "it is started again")
    broker.wait_ready()
    assert broker.pid != first


async def test_a_session_outlives_its_listener(broker: EmbeddedBroker) -> None:
    address = BrokerAddress(host="127.0.0.1", port=broker.port, user="ioc", password=broker.passwords["ioc"])

    def session() -> MqttSession:
        return MqttSession(
            address,
            "noise/+/level",
            names=("test",),
            simulator=True,
            after_commit=lambda acknowledge: acknowledge(),
            refuse=lambda why: None,
        )

    first = session()
    waiting = asyncio.create_task(anext(first))
    async with asyncio.timeout(LIMIT_S):
        while not first.connected:
            await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    first.close()
    async with client(broker, "K1") as theirs, client(broker, "simulator") as simulated:
        for number in range(50):
            await theirs.publish("noise/K1/level", str(number), qos=1)
        await simulated.publish("sim/noise/K9/level", b"50", qos=1)
    second = session()
    async with asyncio.timeout(LIMIT_S):
        found = [await anext(second) for _ in range(51)]
    assert [int(one.payload) for one in found] == list(range(51))
    assert [one.simulated for one in found] == [False] * 50 + [True]
    second.close()


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from ioc.host.broker import EmbeddedBroker; from ioc.host.broker_accounts import reader;"
        "b = EmbeddedBroker(pathlib.Path(sys.argv[1]), (reader(),), only_aedes=sys.argv[2] == 'aedes');"
        "b.ensure(); b.wait_ready(); print(b.pid, flush=True); sys.stdin.read()"
    )
    for kind in ("mosquitto", "aedes"):
        words = [sys.executable, "-c", code, str(tmp_path / kind), kind]
        with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
            assert parent.stdout
            pid = int(parent.stdout.readline())
            assert psutil.pid_exists(pid)
            parent.kill()
        wait_until(lambda: _gone(pid), f"{kind} ended with its parent")  # noqa: B023 - asked before the next turn


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_password_is_kept_as_a_salted_hash() -> None:
    first, second = hashed("x"), hashed("x")
    assert first != second
    assert first.startswith("$7$")
    assert hashes_of(password_file({"a": first, "b": second})) == {"a": first, "b": second}


@pytest.mark.parametrize("user", ["", "ioc", "simulator", "a:b", "a b", "ă", "-x", "x" * 65, "a\nuser ioc"])
def test_a_name_that_could_be_read_as_another_is_refused(user: str) -> None:
    with pytest.raises(BadAccount):
        device(user, ("noise/K1",))


@pytest.mark.parametrize("topic", ["", "#", "noise/#", "noise/+", "$SYS/x", "a\ntopic write #", " a", "a ", "/"])
def test_a_device_has_topics_of_its_own(topic: str) -> None:
    with pytest.raises(BadAccount):
        device("K1", (topic,))


@pytest.mark.timeout(600)
def test_a_demonstration_brings_its_broker_back_and_leaves_nothing_behind() -> None:
    with running_city("--quiet") as city:
        pid = _broker_of(city.process.pid)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: _broker_of(city.process.pid) not in (0, pid), "the broker is back")
    wait_until(lambda: _gone(pid), "the broker is gone")


def _broker_of(supervisor: int) -> int:
    """The pid of the broker below a supervisor, 0 while there is none."""
    below = psutil.Process(supervisor).children()
    return next((one.pid for one in below if "mosquitto" in one.name() and not _gone(one.pid)), 0)
