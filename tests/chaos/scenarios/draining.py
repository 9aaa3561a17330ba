"""F21: an orderly stop under load."""

from __future__ import annotations

import asyncio
import signal
import time

from tests.chaos.client_log import Try
from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario

DRAINED_S = 20.0


async def drain(night: Night) -> None:
    """SIGTERM or SIGINT to each part's supervisor; what was under way is answered, nothing has to be killed."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(0.5, 2)
        part = night.chance.choice(("api", "api", "desk", "modules"))
        how = night.chance.choice((signal.SIGTERM, signal.SIGINT))
        began = time.monotonic()
        night.city.processes[part].send_signal(how)
        await asyncio.to_thread(night.city.processes[part].wait, 60)
        night.measure(f"{part} drained", time.monotonic() - began, DRAINED_S)
        del night.city.processes[part]
        if lost := sum(_lost_at(began, one) for one in night.log.tries_since(began - 20)):
            night.broken("I11", f"{lost} requests under way were not answered when {part} was drained")
        started = time.monotonic()
        night.city.start(part)
        await night.applied_again("started again, effects go on", started, 30)


def _lost_at(moment: float, one: Try) -> bool:
    """Whether a try was sent before a moment and ended after it without an answer."""
    return one.outcome == "unknown" and one.began < moment < one.began + one.took_s


SCENARIOS = (Scenario("drain", "F21", "SIGTERM and SIGINT under load", drain, 30.0),)
