"""Hint, rumour, known or nothing: the table of decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.media.atlas import Spot
from modules.media.verdict import (
    Bearing,
    Case,
    CaseRule,
    Claim,
    EvidenceRule,
    Speed,
    Voices,
    bearing,
    judge,
    known_case,
)

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
RULE = Voices(hint_authors=2, rumour_authors=2, beyond_doubt_tier=2, recent=timedelta(hours=6))
EVIDENCE = EvidenceRule(fresh=timedelta(minutes=5), near_m=500, readings=3, flowing=0.8)
CASES = CaseRule(within_m=1000, within=timedelta(hours=3))
FIRE = {"topic": "fire", "incident": True, "claim": None}
JAM = {"topic": "jam", "incident": False, "claim": "traffic.speed"}


def claim(
    about: dict[str, object], articles: int, voices: int, tier: int = 4, age_h: float = 0.1, placed: bool = True
) -> Claim:
    return Claim(**about, tier=tier, articles=articles, voices=voices, age=timedelta(hours=age_h), placed=placed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "known", "evidence", "verdict"),
    [
        (claim(FIRE, 1, 1), True, "silent", "known"),
        (claim(FIRE, 1, 1), False, "silent", "hint"),
        (claim(FIRE, 0, 1), False, "silent", "nothing"),
        (claim(FIRE, 0, 2), False, "silent", "hint"),
        (claim(FIRE, 1, 1, placed=False), False, "silent", "nothing"),
        (claim(FIRE, 1, 1, age_h=7), False, "silent", "nothing"),
        (claim(JAM, 0, 5), False, "silent", "nothing"),
        (claim(JAM, 0, 5), False, "agrees", "nothing"),
        (claim(JAM, 0, 5), False, "contradicts", "rumour"),
        (claim(JAM, 0, 1), False, "contradicts", "nothing"),
        (claim(JAM, 0, 5, age_h=7), False, "contradicts", "nothing"),
        (claim(JAM, 0, 5), True, "contradicts", "known"),
        (claim(JAM, 1, 3, tier=1), False, "contradicts", "nothing"),  # official press is not doubted
        (claim(JAM, 1, 3, tier=2), False, "contradicts", "nothing"),
        (claim(JAM, 1, 3, tier=4), False, "contradicts", "rumour"),
        (claim(FIRE, 1, 3, tier=1), False, "contradicts", "hint"),
    ],
)
def test_the_decision(what: Claim, known: bool, evidence: Bearing, verdict: str) -> None:
    found = judge(what, known=known, evidence=evidence, rule=RULE)
    assert found.verdict == verdict
    assert found.why.vi and found.why.en


def speed(kmh: float = 40, readings: int = 3, age_s: float = 60, metres: float = 100) -> Speed:
    at = NOW - timedelta(seconds=age_s)
    return Speed(key="d", kmh=kmh, free_flow_kmh=40, readings=readings, at=at, distance_m=metres)


@pytest.mark.parametrize(
    ("measured", "says"),
    [
        (None, "silent"),
        (speed(), "contradicts"),
        (speed(kmh=32), "contradicts"),
        (speed(kmh=31.9), "agrees"),
        (speed(kmh=5), "agrees"),
        (speed(readings=2), "silent"),
        (speed(age_s=301), "silent"),
        (speed(metres=501), "silent"),
        (speed(age_s=300, metres=500), "contradicts"),
    ],
)
def test_what_a_speed_says_of_a_claimed_jam(measured: Speed | None, says: str) -> None:
    assert bearing(measured, NOW, EVIDENCE) == says


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 4), st.sampled_from(["silent", "agrees"]), st.booleans())
def test_without_contradicting_readings_nothing_is_ever_a_rumour(
    articles: int, voices: int, tier: int, evidence: Bearing, known: bool
) -> None:
    for about in (FIRE, JAM):
        assert (
            judge(claim(about, articles, voices, tier), known=known, evidence=evidence, rule=RULE).verdict != "rumour"
        )


def spot(kind: str = "landmark", lon: float = 105.78, ward: str = "14797", uncertainty: float = 100) -> Spot:
    return Spot(ref="x", kind=kind, name="x", lon=lon, lat=19.8, uncertainty_m=uncertainty, ward_code=ward)


def case(**more: object) -> Case:
    values: dict[str, object] = {
        "id": "i",
        "correlation": "c",
        "desk": True,
        "topics": frozenset({"fire"}),
        "lonlat": (105.78, 19.8),
        "ward_code": "14797",
        "opened_at": NOW,
    }
    return Case(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "where", "known"),
    [
        (case(), spot(), True),
        (case(topics=frozenset({"flood"})), spot(), False),
        (case(lonlat=(105.80, 19.8)), spot(), False),  # 2 km away
        (case(lonlat=(105.80, 19.8)), spot("ward"), True),  # the same ward, and no more is known
        (case(lonlat=(105.80, 19.8)), spot(uncertainty=1500), False),  # uncertainty helps by as much as the rule allows
        (case(lonlat=(105.795, 19.8)), spot(uncertainty=1500), True),
        (case(lonlat=None), spot(), True),
        (case(lonlat=None, ward_code=None), spot(), False),
        (case(ward_code="14758"), spot("ward"), False),
        (case(opened_at=NOW - timedelta(hours=5)), spot(), True),  # still open
        (case(opened_at=NOW - timedelta(hours=5), closed_at=NOW - timedelta(hours=4)), spot(), False),
        (case(opened_at=NOW - timedelta(hours=1), closed_at=NOW), spot(), True),
        (case(opened_at=NOW + timedelta(hours=2)), spot(), True),  # the story came first
        (case(opened_at=NOW + timedelta(hours=4)), spot(), False),
    ],
)
def test_which_case_a_story_speaks_of(one: Case, where: Spot, known: bool) -> None:
    assert (known_case("fire", where, NOW, [one], CASES) is not None) == known


def test_a_case_of_the_desk_comes_before_a_suspicion_and_the_nearest_in_time_first() -> None:
    signal = case(id="s", desk=False)
    early, late = case(id="e", opened_at=NOW - timedelta(hours=2)), case(id="l", opened_at=NOW - timedelta(minutes=5))
    found = known_case("fire", spot(), NOW, [signal, early, late], CASES)
    assert found is not None and found.id == "l"
    found = known_case("fire", spot(), NOW, [signal], CASES)
    assert found is not None and not found.desk
