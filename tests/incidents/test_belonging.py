"""Which cases tell of one happening: worked examples on a road of two segments, one kilometre each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from ioc.city.profile import Happening, load_city
from ioc.core.text import Text
from ioc.incidents import Incident
from ioc.incidents.belonging import Rule, Within, belonging, rule_of

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
EAST_M = 1 / 104_630  # degrees of longitude a metre at 19.8 degrees north
AT = (105.78, 19.8)
CRASH = Happening(
    id="crash",
    name=Text("Tai nạn giao thông", "Road crash"),
    named_by=("crash_injury", "crash", "traffic.incident"),
    joined_by=("unconscious", "traffic"),
    told_by=("media.accident",),
)
NORTH, EAST = (105.78, 19.81), (105.79, 19.8)
RULE = Rule(
    happenings=(CRASH,),
    within=Within(near_m=300, road_m=1500, told_m=1000, age=timedelta(minutes=30)),
    roads={"ql1a-1": ((AT, EAST), (EAST, (105.80, 19.8)))},
)


def east(metres: float) -> tuple[float, float]:
    return AT[0] + metres * EAST_M, AT[1]


def case(number: int, category: str, kind: str = "call", **more: object) -> Incident:
    values: dict[str, object] = {
        "id": f"c{number}",
        "number": number,
        "kind": kind,
        "status": "new",
        "priority": 3,
        "severity": 3,
        "title": {"vi": "113: Tai nạn giao thông", "en": "113: Road crash"},
        "category": category,
        "module": "emergency",
        "correlation": f"k{number}",
        "source": f"e{number}",
        "source_type": "emergency.call.received",
        "opened": NOW - timedelta(minutes=1),
        "updated": NOW,
        "lonlat": AT,
    }
    return Incident(**{**values, **more})  # type: ignore[arg-type]


def lead_and_part(new: Incident, *others: Incident) -> tuple[int, int] | None:
    found = belonging(new, others, RULE, NOW)
    return found and (found.lead.number, found.part.number)


def test_a_second_call_of_the_crash_belongs_to_the_first():
    assert lead_and_part(case(2, "crash", lonlat=east(120)), case(1, "crash")) == (1, 2)


def test_the_call_that_names_the_crash_leads_the_graver_one_that_does_not():
    assert lead_and_part(case(2, "crash"), case(1, "unconscious", priority=1)) == (2, 1)


def test_of_calls_that_name_it_the_best_name_leads_then_the_gravest_then_the_oldest():
    assert lead_and_part(case(2, "crash_injury"), case(1, "crash")) == (2, 1)
    assert lead_and_part(case(2, "crash", priority=1), case(1, "crash", priority=2)) == (2, 1)
    assert lead_and_part(case(2, "crash"), case(1, "crash")) == (1, 2)


def test_a_suspicion_of_detectors_is_led_by_the_call_whichever_came_first():
    suspicion = case(1, "traffic.incident", "event", facts={"segment": "ql1a-1"}, priority=2)
    assert lead_and_part(case(2, "crash"), suspicion) == (2, 1)
    assert lead_and_part(suspicion, case(2, "crash")) == (2, 1)


def test_nothing_that_names_a_happening_makes_no_group():
    assert lead_and_part(case(2, "unconscious"), case(1, "traffic", "report")) is None
    assert lead_and_part(case(2, "fire"), case(1, "crash")) is None
    assert lead_and_part(case(2, "crash"), case(1, "noise")) is None


@pytest.mark.parametrize(("metres", "together"), [(295, True), (305, False)])
def test_people_are_near_or_not(metres: float, together: bool):
    assert bool(lead_and_part(case(2, "crash", lonlat=east(metres)), case(1, "crash"))) is together


@pytest.mark.parametrize(
    ("lonlat", "queue_m", "together"),
    [
        (east(1400), None, True),  # on the next segment of the same road
        (east(1600), None, False),
        (east(1600), 1700, True),  # the queue is longer than the limit
        ((105.785, 19.804), None, False),  # 445 m beside the road
    ],
)
def test_a_suspicion_reaches_along_its_road(lonlat: tuple[float, float], queue_m: float | None, together: bool):
    suspicion = case(1, "traffic.incident", "event", facts={"segment": "ql1a-1", "queue_m": queue_m})
    assert bool(lead_and_part(case(2, "crash", lonlat=lonlat), suspicion)) is together


def test_hearsay_may_be_rough_and_never_leads():
    assert lead_and_part(case(2, "media.accident", "event", lonlat=east(900)), case(1, "crash")) == (1, 2)
    assert lead_and_part(case(2, "crash", lonlat=east(900)), case(1, "media.accident", "event")) == (2, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "closed"},
        {"opened": NOW - timedelta(minutes=31)},
        {"lonlat": None},
        {"dataclass": "security"},
        {"simulated": True},
        {"exercise": True},
        {"lead": "elsewhere"},
    ],
)
def test_what_is_over_old_nowhere_or_of_another_world_gathers_nothing(changes: dict[str, object]):
    assert lead_and_part(case(2, "crash"), case(1, "crash", **changes)) is None


def test_an_old_part_keeps_its_lead_young_neither_in_place_nor_in_time():
    lead = case(1, "crash", opened=NOW - timedelta(minutes=31))
    part = case(2, "crash", lead="c1", joined="auto")
    assert lead_and_part(case(3, "crash"), lead, part) is None
    closed = case(2, "crash", lead="c1", joined="auto", status="closed", lonlat=east(250))
    assert lead_and_part(case(3, "crash", lonlat=east(500)), case(1, "crash"), closed) is None


def test_a_part_near_by_brings_a_case_to_its_lead():
    part = case(2, "crash", lead="c1", joined="auto", lonlat=east(250))
    assert lead_and_part(case(3, "crash", lonlat=east(500)), case(1, "crash"), part) == (1, 3)


def test_the_nearest_group_gets_it():
    far, near = case(1, "crash", lonlat=east(250)), case(2, "crash", lonlat=east(50))
    assert lead_and_part(case(3, "crash"), far, near) == (2, 3)


def test_a_lead_chosen_by_hand_stays():
    lead, part = case(1, "traffic", "report"), case(2, "crash", lead="c1", joined="hand")
    assert lead_and_part(case(3, "crash_injury"), lead, part) == (1, 3)


@pytest.mark.parametrize("city", ["thanh-hoa", "ky-anh"])
def test_the_cities_have_the_rule_and_a_profile_without_happenings_has_none(city: str):
    profile = load_city(ROOT / "cities" / city)
    rule = rule_of(profile, NOW)
    assert rule is not None
    assert (rule.within.near_m, rule.within.age) == (300, timedelta(minutes=30))
    assert set(rule.roads) == {one.id for one in profile.segments}
    assert rule_of(msgspec.structs.replace(profile, happenings=()), NOW) is None
    assert rule_of(msgspec.structs.replace(profile, thresholds=()), NOW) is None
