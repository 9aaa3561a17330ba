"""Whether cameras see: tampered with, lost, restored. Pure; all cameras of the city together, for many lost at once are
another matter than one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

import msgspec

from ioc.contract import State
from ioc.core.lasting import Step, follow
from ioc.core.text import Text
from modules.public_security.numbers import CameraLimits
from modules.public_security.persistence import Watch

OK, LOST = 0, 1
STATES = {OK: "ok", LOST: "lost", 2: "frozen", 3: "black", 4: "covered", 5: "moved", 6: "defocused"}
TAMPERED: dict[str, Text] = {
    "frozen": Text("bị đứng hình", "shows a frozen picture"),
    "black": Text("bị tối đen", "shows a black picture"),
    "covered": Text("bị che", "is covered"),
    "defocused": Text("bị mất nét", "is out of focus"),
    "moved": Text("bị xoay lệch hướng", "was turned away"),
    "reported": Text("tự báo bị tác động", "reports tampering itself"),
}

Trouble = Literal["tampered", "offline"]


class Seen(msgspec.Struct):
    """What is remembered of one camera: `how` it was tampered with last, and the `state` written down at `kept`."""

    tampered: Watch = msgspec.field(default_factory=Watch)
    offline: Watch = msgspec.field(default_factory=Watch)
    how: str = ""
    state: str = ""
    kept: datetime | None = None


class Fleet(State):
    """All cameras by id."""

    cameras: dict[str, Seen] = msgspec.field(default_factory=dict)

    def of(self, camera: str) -> Seen:
        """What is remembered of a camera."""
        return self.cameras.setdefault(camera, Seen())

    def offline(self, of: Collection[str]) -> int:
        """How many of these have been said to be lost; one that was taken out meanwhile is none of them."""
        return sum(1 for id, one in self.cameras.items() if id in of and one.offline.condition.began is not None)


def judge(seen: Seen, state: str, at: datetime, limits: CameraLimits) -> list[tuple[Trouble, Step]]:
    """What a camera's state (a word of `STATES`) changes.

    A lost camera says nothing of tampering, and a tampered one is not lost: each ends only by seeing again.
    """
    there, well = state in TAMPERED, state == STATES[OK]
    last = seen.tampered.condition.last
    if there and (last is None or at > last):
        seen.how = state
    tampered = follow(seen.tampered.condition, at, 1, present=there, absent=well, hold=limits.tamper)
    offline = follow(seen.offline.condition, at, 1, present=state == STATES[LOST], absent=well, hold=limits.offline)
    found: list[tuple[Trouble, Step]] = [("tampered", step) for step in tampered]
    return found + [("offline", step) for step in offline]
