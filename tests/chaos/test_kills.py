"""kill -9 of every part in turn: each heals by itself, and nothing that was acknowledged is gone or doubled."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import psutil
import pytest

from tests.running import City, running_city, start_city
from tests.servers import wait_until

API_BACK_S = 5.0
BUS_BACK_S = 10.0
MODULE_BACK_S = 10.0


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    with running_city("--quiet") as running:
        yield running


class Citizens:
    """Send reports without pause from a thread; each answer, or its absence, is noted outside the system."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.acknowledged: list[str] = []
        self.unanswered = 0
        self._service = city.get("/open311/v2/services.json").json()[0]["service_code"]

    def __enter__(self) -> Citizens:
        self._thread.start()
        wait_until(lambda: len(self.acknowledged) >= 3, "the first reports are acknowledged")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def wait_for_more(self, count: int) -> None:
        """Returns when that many more reports were acknowledged."""
        target = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= target, f"{count} more reports are acknowledged", 30)

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            self._send(f"cây đổ chắn đường, lần {number}", f"key-{id(self)}-{number}")

    def _send(self, text: str, key: str) -> None:
        """As a careful client: the same key again until there is an answer."""
        while not self._stop.is_set():
            try:
                form = {"service_code": self._service, "description": text, "lat": 19.806, "long": 105.7785}
                answer = self._city.post("/open311/v2/requests.json", data=form, headers={"Idempotency-Key": key})
                if answer.status_code == 201:
                    self.acknowledged.append(answer.json()[0]["service_request_id"])
                    return
                assert answer.status_code in (429, 503), answer.text
            except httpx.HTTPError:
                self.unanswered += 1
            self._stop.wait(0.1)


def all_incidents(city: City) -> list[dict[str, object]]:
    found: list[dict[str, object]] = city.get("/api/v1/incidents?status=all&limit=500").json()["incidents"]
    return found


def every_report_has_one_incident(city: City, reports: list[str]) -> bool:
    correlations = [one["correlation"] for one in all_incidents(city)]
    return all(correlations.count(report) == 1 for report in reports)


def check_nothing_lost(city: City, citizens: Citizens) -> None:
    assert len(set(citizens.acknowledged)) == len(citizens.acknowledged), "one key, two reports"
    newest = citizens.acknowledged[-400:]
    wait_until(lambda: every_report_has_one_incident(city, newest), "every report has its incident", 20)


def wait_new_pid(city: City, name: str, old: int) -> None:
    wait_until(lambda: city.pid_of(name) != old, f"{name} is started again", 20)


@pytest.mark.parametrize("part", ["module citizen", "desk", "module emergency"])
def test_a_killed_worker_comes_back_and_misses_nothing(city: City, part: str):
    with Citizens(city) as citizens:
        old = city.pid_of(part)
        os.kill(old, signal.SIGKILL)
        begin = time.monotonic()
        wait_new_pid(city, part, old)
        citizens.wait_for_more(5)
    assert citizens.unanswered == 0, "the doors stay open while a worker is down"
    city.wait_ready()
    assert time.monotonic() - begin < MODULE_BACK_S + 10
    check_nothing_lost(city, citizens)


def test_a_killed_api_is_back_within_seconds(city: City):
    with Citizens(city) as citizens:
        old = city.pid_of("api")
        os.kill(old, signal.SIGKILL)
        begin = time.monotonic()
        wait_until(lambda: city.pid_of("api") != old and _alive(city), "the API answers again", 20)
        back = time.monotonic() - begin
        citizens.wait_for_more(5)
    assert back < API_BACK_S + 3  # the bound is 5 s; the rest is this machine's other work
    check_nothing_lost(city, citizens)


def test_a_killed_bus_only_costs_time(city: City):
    with Citizens(city) as citizens:
        bus = _bus_of(city)
        bus.kill()
        begin = time.monotonic()
        wait_until(lambda: _bus_or_none(city) not in (None, bus), "the bus is started again", BUS_BACK_S)
        citizens.wait_for_more(5)
    assert time.monotonic() - begin < BUS_BACK_S + 10
    assert citizens.unanswered == 0, "the API accepts while the bus is away"
    city.wait_ready()
    check_nothing_lost(city, citizens)


def test_a_stopped_worker_is_killed_and_replaced(city: City):
    old = city.pid_of("module emergency")
    os.kill(old, signal.SIGSTOP)
    wait_until(lambda: city.pid_of("module emergency") != old, "the frozen worker is replaced", 30)
    city.wait_ready()


def test_restarting_everything_keeps_everything():
    with running_city("--quiet") as first:
        with Citizens(first) as citizens:
            citizens.wait_for_more(5)
        wait_until(lambda: every_report_has_one_incident(first, citizens.acknowledged), "incidents", 20)
        before = sorted(str(one["id"]) for one in all_incidents(first))
        first.stop()
        again = start_city(first.state, "--quiet")
        try:
            again.wait_ready()
            assert sorted(str(one["id"]) for one in all_incidents(again)) == before
        finally:
            again.stop()


def test_no_orphan_outlives_a_killed_supervisor():
    with running_city("--quiet") as city:
        family = psutil.Process(city.process.pid).children(recursive=True)
        assert len(family) >= 5
        city.process.kill()
        city.process.wait(10)
        _, alive = psutil.wait_procs(family, timeout=10)
        assert not alive, [process.cmdline() for process in alive]
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", city.port))


def _alive(city: City) -> bool:
    try:
        return city.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def _bus_or_none(city: City) -> psutil.Process | None:
    family = psutil.Process(city.process.pid).children(recursive=True)
    return next((p for p in family if _name(p) in ("valkey-server", "redis-server")), None)


def _name(process: psutil.Process) -> str:
    """Empty for one that has ended since it was listed."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _bus_of(city: City) -> psutil.Process:
    bus = _bus_or_none(city)
    assert bus is not None
    return bus
