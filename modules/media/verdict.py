"""What a story means for the desk: known, a hint, a rumour, or nothing. Pure.

A claim is called a rumour only where our own readings are fresh, near and plainly say otherwise; while they are stale,
absent or far it stays a hint.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from gis.nearest import haversine_m
from ioc.core.text import Text
from modules.media.atlas import Spot

Bearing = Literal["contradicts", "agrees", "silent"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What we know of: a case of the desk, or (not `desk`) a suspicion of our own sensors."""

    id: str
    correlation: str
    desk: bool
    topics: frozenset[str]
    lonlat: tuple[float, float] | None
    ward_code: str | None
    opened_at: datetime
    closed_at: datetime | None = None


class CaseRule(msgspec.Struct, frozen=True):
    """How near in place (m) and time a case must be to be the one a story speaks of."""

    within_m: float
    within: timedelta


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector measured lately: mean speed and free flow (km/h), how many readings, the newest, metres away."""

    key: str
    kmh: float
    free_flow_kmh: float
    readings: int
    at: datetime
    distance_m: float


class EvidenceRule(msgspec.Struct, frozen=True):
    """When a speed speaks about a claimed jam: at most so old and so far, at least so many readings; at `flowing` of
    free flow or more there is no jam."""

    fresh: timedelta
    near_m: float
    readings: int
    flowing: float


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a story says, as far as the desk is concerned. `voices` are press items and different authors."""

    topic: str
    incident: bool
    claim: str | None
    tier: int
    articles: int
    voices: int
    age: timedelta
    placed: bool


class Voices(msgspec.Struct, frozen=True):
    """How many different authors make a hint or a rumour, how official a source is beyond doubt, and how old a story
    may be to still be worth a look."""

    hint_authors: int
    rumour_authors: int
    beyond_doubt_tier: int
    recent: timedelta


Verdict = Literal["nothing", "known", "hint", "rumour"]


class Judgement(msgspec.Struct, frozen=True):
    """The verdict and why, for the log and the desk."""

    verdict: Verdict
    why: Text


def known_case(topic: str, spot: Spot, at: datetime, cases: Iterable[Case], rule: CaseRule) -> Case | None:
    """The case a story of this topic, place and time speaks of; a case of the desk before a suspicion, then the
    nearest in time."""
    fitting = [
        one for one in cases if topic in one.topics and _in_time(one, at, rule.within) and _near(one, spot, rule)
    ]
    return min(fitting, key=lambda one: (not one.desk, abs(one.opened_at - at)), default=None)


def bearing(speed: Speed | None, now: datetime, rule: EvidenceRule) -> Bearing:
    """What a speed says about a claimed jam; `silent` while it is absent, stale, far or rests on too little."""
    if speed is None or speed.distance_m > rule.near_m or now - speed.at > rule.fresh or speed.readings < rule.readings:
        return "silent"
    return "contradicts" if speed.kmh >= rule.flowing * speed.free_flow_kmh else "agrees"


def judge(claim: Claim, *, known: bool, evidence: Bearing, rule: Voices) -> Judgement:
    """What is to be made of a story."""
    if known:
        return Judgement("known", Text("Đã có vụ việc tương ứng.", "There is a case of it."))
    if not claim.placed or claim.age > rule.recent:
        return Judgement("nothing", Text("Không rõ nơi hoặc đã cũ.", "No certain place, or too old."))
    if evidence == "contradicts" and _may_be_doubted(claim, rule):
        return Judgement(
            "rumour", Text("Số đo gần và mới cho thấy ngược lại.", "Near and fresh readings show the opposite.")
        )
    if not claim.incident:
        return Judgement("nothing", Text("Không phải việc phải xác minh.", "Nothing that has to be looked into."))
    if not claim.articles and claim.voices < rule.hint_authors:
        return Judgement("nothing", Text("Mới một người nói.", "Only one person says so."))
    return Judgement("hint", Text("Chưa có vụ việc nào tương ứng.", "No case of it is known."))


def _may_be_doubted(claim: Claim, rule: Voices) -> bool:
    if claim.articles and claim.tier <= rule.beyond_doubt_tier:
        return False
    return claim.voices >= rule.rumour_authors


def _in_time(case: Case, at: datetime, within: timedelta) -> bool:
    """Opened about then, or still open when the story was told."""
    still_open = case.closed_at is None and case.opened_at <= at
    return still_open or abs(case.opened_at - at) <= within


def _near(case: Case, spot: Spot, rule: CaseRule) -> bool:
    """A place known only as a ward is met by any case of that ward, and an exact one by a case near it."""
    if spot.kind == "ward" or case.lonlat is None:
        return case.ward_code is not None and case.ward_code == spot.ward_code
    away = haversine_m(spot.lon, spot.lat, *case.lonlat)
    return away <= rule.within_m + min(spot.uncertainty_m, rule.within_m)
