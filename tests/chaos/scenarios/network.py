"""F9-F11: lines that are cut, one way or both; connections that are reset; lines that are late, slow, or in crumbs.

Every line goes through `tests/chaos/proxy.py`. Lost packets are played as what TCP makes of them: a line that stands
still for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario

NOTICED_S = 10.0
REFUSED_S = 8.0
WORKED_OFF_S = 30.0
CUTS: tuple[Mapping[str, bool], ...] = ({"up": False, "down": False}, {"up": False}, {"down": False})


async def cut_servers(night: Night) -> None:
    """PostgreSQL or Redis cannot be reached, in one direction or both; then they can again."""
    until = time.monotonic() + night.seconds
    lines = ["database", "bus"]
    while time.monotonic() < until or lines:
        name = lines.pop() if lines else night.chance.choice(("database", "bus"))
        line = night.city.lines[name]
        began = time.monotonic()
        line.change(**night.chance.choice(CUTS))
        await night.wait(4, 12)
        line.mend()
        mended = time.monotonic()
        await night.applied_again(f"{name} reached again, effects go on", mended, NOTICED_S)
        tries = [one for one in night.log.tries_since(began) if one.began < mended]
        slowest = max((one.took_s for one in tries if one.status), default=0.0)
        night.measure(f"{name} cut, the slowest answer", slowest, REFUSED_S)
        if name == "bus" and (away := [one for one in tries if one.outcome != "ok"]):
            night.broken("I11", f"{len(away)} requests were not taken while Redis could not be reached")


async def reset_lines(night: Night) -> None:
    """Every connection of a line ends at once, at any moment; clients repeat under the same key."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(0.2, 1.5)
        night.city.lines[night.chance.choice(("doors", "doors", "database", "bus"))].reset()


async def stuttering_lines(night: Night) -> None:
    """Clients' lines stand still for a moment, again and again, and are slow in between."""
    until = time.monotonic() + night.seconds
    doors = night.city.lines["doors"]
    doors.change(per_s=32_000.0)
    while time.monotonic() < until:
        await night.wait(0.2, 1.0)
        doors.change(up=False, down=False)
        await night.wait(0.2, 1.5)
        doors.change(up=True, down=True)
    doors.mend()
    await night.applied_again("lines are good again, effects go on", time.monotonic(), NOTICED_S)


async def late_lines(night: Night) -> None:
    """A far database and a far Redis: each answer 100 +- 50 ms later, one way; and Redis in single bytes."""
    for name in ("database", "bus"):
        night.city.lines[name].change(delay_s=0.05, jitter_s=0.025)
    began = time.monotonic()
    await night.wait(night.seconds / 2, night.seconds / 2)
    night.city.lines["bus"].change(piece=1, delay_s=0.0)
    await night.wait(night.seconds / 2, night.seconds / 2)
    answered = sorted(one.took_s for one in night.log.tries_since(began) if one.outcome == "ok")
    if not answered:
        night.broken("I9", "nobody was served over late lines")
    else:
        night.measure("late lines, p99 of doors", answered[int(len(answered) * 0.99)], 5.0)
    for line in night.city.lines.values():
        line.mend()
    await night.applied_again("late lines mended, what waited is done", time.monotonic(), WORKED_OFF_S)


SCENARIOS = (
    Scenario("servers-cut", "F9", "PostgreSQL or Redis cut off, one way or both", cut_servers, 30.0, around="lines"),
    Scenario("lines-reset", "F10", "connections reset at any moment", reset_lines, 15.0, around="lines"),
    Scenario("lines-stutter", "F10", "clients' lines slow and standing still", stuttering_lines, 15.0, around="lines"),
    Scenario("lines-late", "F11", "servers 100 ms away; Redis in single bytes", late_lines, 20.0, around="lines"),
)
