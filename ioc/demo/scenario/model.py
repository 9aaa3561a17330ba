"""The words of a scenario file. Every row is a table of TOML; an unknown key is a mistake."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ioc.city.parts import Part
from ioc.core.text import Text
from ioc.demo.world import Lens

Topic = Literal["intrusion", "crowd", "tamper", "abandoned_object", "line_crossing", "fight"]
Offence = Literal["theft", "robbery", "snatch", "fight", "disturbance", "gathering", "traffic_disorder", "fireworks"]
Method = Literal["unknown", "force", "threat", "weapon", "lock_broken", "window_entry", "pickpocket", "other"]
Number = Literal["112", "113", "114", "115"]


class Head(Part, frozen=True, kw_only=True):
    """The file's own keys. `city` is the profile the places belong to."""

    id: str
    city: str
    name: Text
    note: str = ""


class PlaceRow(Part, frozen=True, kw_only=True):
    """Where something happens, by exactly one of: `lonlat`, `segment` (and `share` of its length), `detector` (and
    `metres_after` it), `camera`, `asset`, `ward`. Rows with the same id take turns when the story is told again."""

    id: str
    lonlat: tuple[float, float] | None = None
    segment: str | None = None
    share: float = 0.5
    detector: str | None = None
    metres_after: float = 0.0
    camera: str | None = None
    asset: str | None = None
    ward: str | None = None


class Step(Part, frozen=True, kw_only=True):
    """Something that happens `at_s` seconds after the story begins."""

    at_s: float
    place: str


class Lasting(Step, frozen=True, kw_only=True):
    """Something that goes on for `for_s` seconds."""

    for_s: float


class BlockStep(Lasting, frozen=True, kw_only=True):
    """The road there lets only `share_left` of its capacity through."""

    share_left: float = 0.0


class CallStep(Step, frozen=True, kw_only=True):
    """Somebody dials an emergency number, up to `stray_m` metres away from the place."""

    service: Number
    text: str
    answers: dict[str, Any] = msgspec.field(default_factory=dict)
    stray_m: float = 40.0


class ReportStep(Step, frozen=True, kw_only=True):
    """A citizen reports, by the code of a service of the city."""

    service: str
    text: str
    stray_m: float = 40.0


class PostsStep(Step, frozen=True, kw_only=True):
    """`count` posts on a social network within `over_s` seconds, their words taken in turn."""

    texts: tuple[str, ...]
    count: int = 1
    over_s: float = 0.0


class PressStep(Step, frozen=True, kw_only=True):
    """An item of the simulated press, in the feed named or in the first one."""

    title: str
    text: str
    feed: str | None = None


class RecordStep(Step, frozen=True, kw_only=True):
    """A record of an offence by a commune's police."""

    type: Offence
    method: Method = "unknown"
    stray_m: float = 60.0


class AnalyticsStep(Lasting, frozen=True, kw_only=True):
    """The analytics of the camera there say that a topic begins, and ends after `for_s`."""

    topic: Topic


class GatheringStep(Lasting, frozen=True, kw_only=True):
    """So many people gather before the camera there."""

    people: int


class IntruderStep(Lasting, frozen=True, kw_only=True):
    """Somebody walks where nobody should be, before the camera there."""

    people: int = 1


class CameraFaultStep(Lasting, frozen=True, kw_only=True):
    """The camera there is covered, black, frozen or lost."""

    how: Lens


class SilenceStep(Lasting, frozen=True, kw_only=True):
    """The detector there sends nothing."""


class StuckStep(Lasting, frozen=True, kw_only=True):
    """The detector there sends one value again and again."""


STEPS: dict[str, type[Step]] = {
    "block": BlockStep,
    "call": CallStep,
    "report": ReportStep,
    "posts": PostsStep,
    "press": PressStep,
    "record": RecordStep,
    "analytics": AnalyticsStep,
    "gathering": GatheringStep,
    "intruder": IntruderStep,
    "camera_fault": CameraFaultStep,
    "silence": SilenceStep,
    "stuck": StuckStep,
}


class Expect(Part, frozen=True, kw_only=True):
    """What the system should say: an event of this type within `within_s` seconds of `after_s`, and where a place is
    named, at most `within_m` metres from it. All rows with `together` must end as one picture at the desk: their cases
    shown beneath one of them."""

    event: str
    within_s: float
    after_s: float = 0.0
    place: str | None = None
    within_m: float = 1_000.0
    together: bool = False


class May(Part, frozen=True, kw_only=True):
    """What the system may say besides, without being wrong."""

    event: str


class Scenario(Part, frozen=True, kw_only=True):
    """A whole story, its steps in the order of time. `places` holds, by id, the rows that take turns."""

    head: Head
    places: dict[str, tuple[PlaceRow, ...]]
    steps: tuple[Step, ...]
    expects: tuple[Expect, ...]
    may: tuple[str, ...]

    @property
    def length_s(self) -> float:
        """Seconds from its beginning until its last effect is over."""
        return max(end_s(step) for step in self.steps)


def end_s(step: Step) -> float:
    """When a step is over, in seconds of the story."""
    if isinstance(step, Lasting):
        return step.at_s + step.for_s
    return step.at_s + (step.over_s if isinstance(step, PostsStep) else 0.0)
