"""F6: the leading Redis is gone; the Sentinels make another one lead."""

from __future__ import annotations

import os
import signal
import time

from tests.chaos.faults import by_starter
from tests.chaos.night import Night
from tests.chaos.scenarios.killing import log_streams
from tests.chaos.scenarios.scenario import Scenario

NEW_LEADER_S = 15.0
PAUSED_S = 2.5


async def fail_over(night: Night) -> None:
    """The replica stands still for a moment, so that it lacks the newest; then the leader is killed."""
    group = night.city.group
    assert group is not None
    rounds = max(1, int(night.seconds // 15))
    for _ in range(rounds):
        await night.wait(1, 3)
        leader = group.leader()
        for port, replica in group.servers.items():
            if port != leader:
                os.kill(replica.pid, signal.SIGSTOP)
        await night.wait(PAUSED_S, PAUSED_S)
        began = time.monotonic()
        group.kill(leader)
        for replica in group.servers.values():
            os.kill(replica.pid, signal.SIGCONT)
        await night.until(lambda before=leader: _another_leads(night, before), "another Redis leads and is used", 90)
        night.measure("leader killed, another used", time.monotonic() - began, NEW_LEADER_S)
        now = group.leader()
        if lost := [one for one in night.log.tries_since(began) if one.outcome in ("unknown", "away")]:
            night.broken("I11", f"{len(lost)} requests were not taken while no Redis led")
        await by_starter(group.start_server, leader, now)
        await night.until(lambda now=now: _follows(night, now), "the former leader follows", 60)


def _another_leads(night: Night, before: int) -> bool:
    group = night.city.group
    assert group is not None
    leader = group.leader()
    if leader in (0, before):
        return False
    head = night.city.head()
    with group.client(leader) as client:
        names = log_streams(client)
        newest = [int(str(client.xinfo_stream(name)["last-generated-id"]).split("-")[0]) for name in names]
    return any(one >= head for one in newest)


def _follows(night: Night, leader: int) -> bool:
    group = night.city.group
    assert group is not None
    with group.client(leader) as client:
        return int(client.info("replication")["connected_slaves"]) >= 1


SCENARIOS = (
    Scenario("redis-failover", "F6", "the leader is killed, another is chosen", fail_over, 30.0, around="sentinels"),
)
