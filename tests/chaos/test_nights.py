"""Bad nights in short: real processes, real servers, and the judge of `tests/chaos/checker.py`.

`python -m tests.chaos` plays all of them, as long as wanted.
"""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.chaos.blindness import BUGS, Bug, caught, show
from tests.chaos.campaign import EVENTS, SEEDS, SHEET, campaign
from tests.chaos.checker import judge
from tests.chaos.client_log import ClientLog, Try
from tests.chaos.database import read_facts
from tests.chaos.night import Manner, Verdict
from tests.chaos.playing import spend_in
from tests.chaos.scenarios.registry import SCENARIOS
from tests.chaos.tables import details
from tests.chaos.world import World, world
from tests.production.installation import PUBLIC_NAME
from tests.servers import wait_until

pytestmark = pytest.mark.timeout(600)

BUSY = 6.0  # limits of time are measured by hand; a busy machine may take so many times longer
SHORT_S = 6.0
SHORT = ("api-killed", "consumers-killed", "redis-emptied", "postgres-killed", "duplicates")
SHORT_MANNER = Manner(SHORT_S, BUSY, sheet=4)


@pytest.fixture(scope="module")
def city() -> Iterator[tuple[World, ClientLog]]:
    with world() as made:
        yield made, ClientLog()


def must_hold(verdict: Verdict) -> None:
    assert verdict.good, details(verdict)
    assert verdict.acknowledged > 50
    assert verdict.events > verdict.acknowledged / 2
    assert verdict.connections > verdict.resumed > 0


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost(city: tuple[World, ClientLog], name: str):
    must_hold(spend_in(*city, SCENARIOS[name], 1, SHORT_MANNER))


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_nothing_is_lost_of_a_million_events():
    assert not [(name, why) for name, one in SCENARIOS.items() if (why := one.possible())]
    judged = 0
    for verdict in campaign(EVENTS, SEEDS, Manner(patience=BUSY, sheet=SHEET)):
        must_hold(verdict)
        judged += verdict.gained
    assert judged >= EVENTS


def test_a_stopping_web_process_answers_what_is_under_way(city: tuple[World, ClientLog]):
    made, log = city
    made.wait_ready()
    half = [HalfSent(made, log, number) for number in range(4)]
    stopping = psutil.Process(made.signal("api", signal.SIGTERM))
    wait_until(lambda: not _listens(stopping), "it takes nobody new", 30)
    answers = [one.send_the_rest() for one in half]
    assert all(one.startswith(b"HTTP/1.1 201 ") for one in answers), answers
    wait_until(lambda: not judge(log, read_facts(made.database_url)), "what was answered is there", 60)


class HalfSent:
    """An entry whose second half is still to come."""

    def __init__(self, city: World, log: ClientLog, number: int) -> None:
        self.sent = log.begin("entry", f"half-{number}", account="nửa", desk=False, poison="", data_class="internal")
        body = json.dumps({"account": "nửa", "entry": self.sent.key, "n": number}, ensure_ascii=False).encode()
        head = (
            "POST /api/v1/ledger/entries HTTP/1.1",
            f"Host: {PUBLIC_NAME}",
            "X-Forwarded-Proto: https",
            f"Authorization: Bearer {city.device_key}",
            f"Idempotency-Key: {self.sent.key}",
            f"Content-Length: {len(body)}",
            "\r\n",
        )
        self._rest = body[10:]
        self._socket = socket.create_connection(("127.0.0.1", city.port), timeout=30)
        self._socket.sendall("\r\n".join(head).encode() + body[:10])

    def send_the_rest(self) -> bytes:
        with self._socket:
            self._socket.sendall(self._rest)
            answer = self._socket.recv(1000)
        good = answer.startswith(b"HTTP/1.1 201 ")
        self.sent.tries.append(Try("ok" if good else "unknown", 201 if good else 0, time.monotonic(), 0.0))
        return answer


def _listens(process: psutil.Process) -> bool:
    try:
        return any(one.status == psutil.CONN_LISTEN for one in process.net_connections("tcp"))
    except psutil.NoSuchProcess:
        return False


def test_the_judge_sees_two_seeded_bugs_at_once():
    both = Bug("retry-without-key,resume-gap", "duplicates", SHORT_S, frozenset())
    verdict = show(both)
    assert {"I1", "I3", "I5"} <= set(verdict.broken), details(verdict)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUGS)
def test_the_judge_sees_every_seeded_bug(name: str):
    must_be_caught(BUGS[name])


def must_be_caught(bug: Bug) -> None:
    verdict = show(bug)
    assert caught(bug, verdict), details(verdict)
