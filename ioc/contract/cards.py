"""What the screens are shown of a last-known value, by topic: the source of the AsyncAPI document and of their types.

`lonlat` is degrees WGS 84, longitude first; times are RFC 3339 UTC text. A field that may be left out has a default.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ioc.contract.sources import Life
from ioc.core.text import Text

LonLat = tuple[float, float]
Level = Literal["A", "B", "C", "D", "E", "F"]


class UnitCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `unit`: where a patrol, engine, ambulance or crew is, and what it does."""

    id: str
    name: str
    kind: Literal["police", "fire", "ambulance", "crew"]
    service: str
    state: str
    lonlat: LonLat | None
    hdg: float | None
    spd: float | None
    fix_ts: str | None
    task: str | None
    simulated: bool


class KpiCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `kpi`: an indicator. `value` is null where it is not known, with the `reason`; `trend` is oldest first."""

    module: str
    name: Text
    value: float | None
    unit: str
    at: str
    simulated: bool
    reason: Text | None = None
    limit_lo: float | None = None
    limit_hi: float | None = None
    trend: list[float] = []


class SegmentCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `seg`: how a road segment runs. Speeds in km/h; `usual` is that of this hour of the week, null while there
    is not enough history; `delay_s` against free flow; `queue_m` metres."""

    id: str
    name: str
    module: str
    speed: float | None
    usual: float | None
    free_flow: float
    level: Level | None
    tti: float | None
    vc: float | None
    pcu_h: float | None
    delay_s: float | None
    queue_m: float | None
    trend: list[float]
    quality: str
    unusual: bool
    incident: bool
    at: str | None
    simulated: bool


class PassedCard(msgspec.Struct, frozen=True, kw_only=True):
    """What has passed a camera's lines since `since`: by line how many `in`, how many `out`. The tally runs on while
    lines are drawn anew, and begins again, with another `since`, where another process takes the camera."""

    since: str
    lines: dict[str, tuple[int, int]]


class CameraCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `cam`: whether a camera sees, and the `reason` where it does not; `note` is what is amiss although it sees.
    `heading` in degrees from north. `passed` is told of a camera that somebody watches (`watch`), within a second of
    each crossing; else it is null."""

    id: str
    name: str
    module: str
    lonlat: LonLat
    heading: float
    state: Literal["starting", "ok", "lost", "frozen", "black", "covered", "defocused", "moved"]
    since: str | None
    fps: float | None
    last_frame: str | None
    segment: str | None
    simulated: bool
    reason: Text | None = None
    note: Text | None = None
    passed: PassedCard | None = None


class SourceCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `source`: something a module listens to. `good_share` 0-1 of its last readings, `doubtful` where that is
    too little, with the `reason`; `clock_off_s` where its clock runs off, null where it does not."""

    id: str
    module: str
    key: str
    name: str
    kind: str
    life: Life
    state: Literal["waiting", "live", "doubtful", "late", "silent", "unavailable", "unknown"]
    since: str | None
    last_at: str | None
    period_s: float | None
    rate_per_min: int | None
    good_share: float | None
    clock_off_s: float | None
    reason: Text | None
    lonlat: LonLat | None
    simulated: bool


class FlowCard(msgspec.Struct, frozen=True, kw_only=True):
    """How events flow. `relay_s` and `feed_s`: seconds the last one of the past minute took from its commit to the bus
    and to the screens, null while there was none. `behind` positions the most delayed `consumer` is behind, `behind_s`
    how long its oldest has waited; `dead` how many are set aside because they could not be handled."""

    relay_s: float | None
    feed_s: float | None
    consumer: str | None
    behind: int
    behind_s: float
    dead: int


class StandbyCard(msgspec.Struct, frozen=True, kw_only=True):
    """Another machine, `host`, that would do a part's work if `holder` fell silent."""

    host: str
    holder: str
    since: str


class ModuleCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `module`: how a module or a part of the platform is. It says so once a second where it `announces` itself;
    a broker is only seen to run. `failing` is one that ends again and again. `restarts` since the supervisor was
    started, `ended_at` and `ended` when and why it ended last. `flow` is the web service's; `standby` are other
    machines that stand by for it."""

    state: Literal["starting", "live", "failing", "failed", "stopped"]
    since: str | None
    title: Text
    detail: Text
    platform: bool = False
    announces: bool = True
    events: int = 0
    events_today: int = 0
    position: int = 0
    restarts: int = 0
    ended_at: str | None = None
    ended: Text | None = None
    flow: FlowCard | None = None
    standby: list[StandbyCard] = []


CARDS: dict[str, type[msgspec.Struct]] = {
    "unit": UnitCard,
    "kpi": KpiCard,
    "seg": SegmentCard,
    "cam": CameraCard,
    "source": SourceCard,
    "module": ModuleCard,
}
