"""F2 at named points, and F14: faults that can only be made inside the product's processes."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping

from tests.chaos.night import Night
from tests.chaos.scenarios.killing import CONSUMER_BACK_S
from tests.chaos.scenarios.scenario import Scenario
from tests.chaos.world import inside, send

POINTS = (
    "after-read",
    "before-handlers",
    "after-handlers",
    "in-commit-before-effects",
    "in-commit-after-effects",
    "after-commit",
)
BETWEEN = ("modules", "after-handlers")  # first of all: nothing may be written yet
DIES_S = 30.0
FEW_ACCOUNTS = 2
JUMPS_AT_ONCE, BETWEEN_JUMPS = 5, 8  # requests that are acknowledged from one jump to the next
HOUR_S = 3600.0
JUMPS: Mapping[str, tuple[float, ...]] = {  # seconds; a key of a device must stay valid at the doors
    "api": (0.0, HOUR_S, -50.0, 24 * HOUR_S, -50.0),
    "modules": (0.0, HOUR_S, -2 * HOUR_S, 30 * 24 * HOUR_S),
    "desk": (0.0, -2 * HOUR_S, HOUR_S),
}


async def die_at_points(night: Night) -> None:
    """Each named point of a consumer's work, in the desk's process and the modules'."""
    until = time.monotonic() + night.seconds
    points = [(part, point) for point in POINTS for part in ("modules", "desk")]
    night.chance.shuffle(points)
    points.sort(key=lambda one: one != BETWEEN)
    for part, point in points:
        began = time.monotonic()
        file = night.city.inside_folder(part) / point
        file.touch()
        await night.until(lambda file=file: not file.exists(), f"{part} dies {point}", DIES_S)
        await night.applied_again("died at a named point, effects go on", began, CONSUMER_BACK_S)
        if time.monotonic() > until:
            break


async def wrong_clocks(night: Night) -> None:
    """The clocks of all parts jump forth and back, each by itself; the modules stand still meanwhile, so that the
    ledger has much of one key to handle at once, said by clocks that disagree."""
    until = time.monotonic() + night.seconds
    night.clients.accounts = FEW_ACCOUNTS
    while time.monotonic() < until:
        frozen = night.city.family("modules")  # their supervisor too, which would replace what is silent
        send(frozen, signal.SIGSTOP)
        for _ in range(JUMPS_AT_ONCE):
            for part in ("api", night.chance.choice(("modules", "desk"))):
                (night.city.inside_folder(part) / "clock").write_text(str(night.chance.choice(JUMPS[part])))
            await night.clients.acknowledge_more(BETWEEN_JUMPS)
        send(frozen, signal.SIGCONT)
        await night.wait(0.5, 1.5)
    for part in JUMPS:
        (night.city.inside_folder(part) / "clock").unlink(missing_ok=True)


SCENARIOS = (
    Scenario(
        "crash-points",
        "F2",
        "death before and after read, handlers, effects, commit",
        die_at_points,
        45.0,
        extra=inside("crash-points"),
    ),
    Scenario(
        "wrong-clocks", "F14", "clocks of all parts jump by up to 30 days", wrong_clocks, extra=inside("wrong-clock")
    ),
)
