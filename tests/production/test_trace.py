"""`ioc trace` tells a call's whole way through a city at work."""

from __future__ import annotations

import pytest

from tests.production.bad_bodies import good_call
from tests.production.installation import Installation
from tests.production.people import Desk
from tests.servers import wait_until

pytestmark = pytest.mark.timeout(300)


def test_a_calls_event_is_told_from_the_door_to_the_desk(city: Installation, desk: Desk) -> None:
    taken = desk.operator.post("/api/v1/calls", json=good_call()).json()
    event = desk.operator.get("/api/v1/events?module=emergency&limit=50").json()["events"]
    received = next(one for one in event if one["type"] == "emergency.call.received" and taken["id"] in str(one))

    def told() -> str:
        done = city.run("trace", received["id"])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    wait_until(lambda: "incident.opened" in told(), "the desk's work is told", 30)
    wait_until(lambda: "Sent to screens after" in told(), "when it went to the screens is told", 30)
    said = told()
    for words in ("emergency.call.received", "Tiếp nhận lúc", "Accepted", "Vào kênh nhanh lúc", "Relayed after"):
        assert words in said
    assert "desk: sinh ra 1 sự kiện lúc" in said and "gave 1 event" in said
    assert "module:citizen" in said and "module:emergency" in said
    assert "Feed: seen by" in said and good_call()["narrative"] not in said
    opened = next(line for line in said.splitlines() if "incident.opened" in line)
    position = opened.split()[0]
    assert "Sinh ra từ" in city.run("trace", position).stdout, "by position too, and back to its cause"


def test_an_event_that_is_not_there_is_refused_in_words(city: Installation) -> None:
    for name in ("0", "999999999", "không-có", "9" * 40, "'; DROP TABLE event; --"):
        done = city.run("trace", name)
        assert done.returncode == 2 and "There is no such event" in done.stderr, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
