"""The pure rules: worked numbers, priority words, duplicates, states."""

from __future__ import annotations

import itertools
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.emergency.categories import CATEGORIES
from modules.emergency.duplicates import Heard, possible_duplicate
from modules.emergency.eta import Travel, distance_m, minutes
from modules.emergency.location import swapped
from modules.emergency.priority import Answer, judge
from modules.emergency.ranking import Limits, Need, Unit, rank
from modules.emergency.rules import WORD_RULES
from modules.emergency.states import ORDER, allowed, next_states

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
SCENE = (105.7764, 19.8067)
TRAVEL = Travel(detour=1.3, speed_kmh=30, turnout_min=1)
LIMITS = Limits(travel={"fire": TRAVEL}, fix_old_s=30, cover_minimum=1, cover_radius_m=5000)
NEED = Need(lonlat=SCENE, service="114", priority=2)
HOMES = {"A": (105.7900, 19.8200), "B": (105.7600, 19.7900), "C": (105.8100, 19.8067)}
DIALLED = st.sampled_from(["113", "114", "115", "112"])


def unit(id: str, *, at: tuple[float, float] | None = None, **more: object) -> Unit:
    home = HOMES.get(id, SCENE)
    plain = {"name": id, "kind": "fire", "service": "114", "state": "available", "capabilities": frozenset({"pump"})}
    return Unit(**({"id": id, "home": home, "fix": at or home, "fix_at": NOW} | plain | more))  # type: ignore[arg-type]


LADDER = {"capabilities": frozenset({"pump", "ladder"})}
FLEET = [unit("C", **LADDER), unit("A"), unit("B", **LADDER)]


def names(found: list) -> list[str]:  # type: ignore[type-arg]
    return [one.unit.id for one in found]


def test_the_worked_example() -> None:
    found = rank(FLEET, NEED, LIMITS, NOW)
    assert names(found) == ["A", "B", "C"]
    assert [round(one.distance_m) for one in found] == [2052, 2528, 3515]
    assert [f"{one.eta_min:.2f}" for one in found] == ["6.34", "7.57", "10.14"]


def test_a_needed_ladder_decides() -> None:
    need = Need(lonlat=SCENE, service="114", priority=2, capabilities=frozenset({"ladder"}))
    best = rank(FLEET, need, LIMITS, NOW)[0]
    assert best.unit.id == "B"
    assert best.reason.vi == "7,57 phút: 2,53 km × 1,3 ở 30 km/h, xuất phát 1 phút; có ladder"
    assert best.reason.en == "7.57 min: 2.53 km × 1.3 at 30 km/h, turnout 1 min; has ladder"


@pytest.mark.parametrize("state", ["dispatched", "en_route", "on_scene", "transporting", "returning", "out_of_service"])
def test_a_busy_unit_is_no_candidate(state: str) -> None:
    assert names(rank([unit("A", state=state), unit("B")], NEED, LIMITS, NOW)) == ["B"]


def test_another_service_is_no_candidate() -> None:
    assert rank([unit("A", service="113")], NEED, LIMITS, NOW) == []


def test_an_old_fix_or_an_unknown_state_comes_last_and_says_so() -> None:
    old = unit("A", fix_at=NOW - timedelta(seconds=31))
    found = rank([old, unit("B"), unit("C"), unit("D", state="unknown")], NEED, LIMITS, NOW)
    assert names(found) == ["B", "C", "D", "A"]
    assert "vị trí đã cũ" in found[-1].reason.vi and "position is old" in found[-1].reason.en


def test_a_unit_never_heard_of_is_taken_to_stand_at_home() -> None:
    silent = unit("A", fix=None, fix_at=None)
    (found,) = rank([silent], NEED, LIMITS, NOW)
    assert round(found.distance_m) == 2052
    assert "nơi đóng quân" in found.reason.vi


def test_the_last_unit_of_a_zone_stands_back_except_for_a_threat_to_life() -> None:
    far = (105.90, 19.90)
    alone, two = unit("A"), [unit("F", home=far, at=far), unit("G", home=far, at=far)]
    assert names(rank([alone, *two], NEED, LIMITS, NOW))[-1] == "A"
    urgent = Need(lonlat=SCENE, service="114", priority=1)
    found = rank([alone, *two], urgent, LIMITS, NOW)
    assert found[0].unit.id == "A"
    assert "không còn đơn vị trực" in found[0].reason.vi


POINTS = st.tuples(st.floats(105.6, 105.9), st.floats(19.7, 19.95))
STATES = st.sampled_from(["available", "unknown", "en_route", "out_of_service"])
UNITS = st.lists(
    st.builds(
        lambda at, state, ladder, age: (at, state, ladder, age),
        POINTS, STATES, st.booleans(), st.integers(0, 100),
    ),
    max_size=8,
)  # fmt: skip


def fleet_of(rows: list) -> list[Unit]:  # type: ignore[type-arg]
    return [
        unit(f"u{i}", at=at, home=at, state=state, fix_at=NOW - timedelta(seconds=age), **(LADDER if ladder else {}))
        for i, (at, state, ladder, age) in enumerate(rows)
    ]


@given(UNITS, POINTS, st.integers(1, 4), st.booleans())
def test_ranking_keeps_its_promises(rows: list, at: tuple[float, float], priority: int, ladder: bool) -> None:  # type: ignore[type-arg]
    units = fleet_of(rows)
    need = Need(
        lonlat=at, service="114", priority=priority, capabilities=frozenset({"ladder"}) if ladder else frozenset()
    )
    found = rank(units, need, LIMITS, NOW)
    assert set(names(found)) == {
        u.id for u in units if u.state in ("available", "unknown") and need.capabilities <= u.capabilities
    }
    assert names(found) == names(rank(units[::-1], need, LIMITS, NOW))
    for better, worse in itertools.pairwise(found):
        assert better.uncertain <= worse.uncertain
        if better.uncertain == worse.uncertain and (priority == 1 or better.empties_zone == worse.empties_zone):
            assert better.eta_min <= worse.eta_min
    assert all(one.reason.vi and one.reason.en and one.eta_min >= TRAVEL.turnout_min for one in found)


@given(POINTS, POINTS)
def test_distance_is_symmetric_and_time_grows_with_it(a: tuple[float, float], b: tuple[float, float]) -> None:
    there, back = distance_m(a, b), distance_m(b, a)
    assert there == pytest.approx(back)
    assert minutes(there + 100, TRAVEL) > minutes(there, TRAVEL) >= 1


@pytest.mark.parametrize(
    ("dialled", "said", "rule"),
    [
        ("114", "Cháy nhà ở phố Lê Lai, có hai người mắc kẹt trên tầng", "P1-fire-trapped"),
        ("114", "chay nha o pho Le Lai, co hai nguoi mac ket tren tang", "P1-fire-trapped"),
        ("114", "Cháy nhà, không có ai mắc kẹt", "P2-fire"),
        ("114", "chay nha, khong co ai bi ket", "P2-fire"),
        ("114", "Cháy nhà, không dập được. Mắc kẹt hai người", "P1-fire-trapped"),
        ("114", "cháy rác ngoài đồng", "P3-small-fire"),
        ("114", "khói bốc lên", "P2-fire-114"),
        ("113", "xe chạy nhanh vượt đèn đỏ", "P3-default-113"),
        ("113", "xe chay nhanh vuot den do", "P3-default-113"),
        ("115", "ông cụ ngừng thở", "P1-cardiac"),
        ("115", "Đột quỵ, méo miệng", "P2-stroke"),
        ("115", "hỏa hoạn", "P2-fire"),
        ("115", "hoả hoạn", "P2-fire"),
        ("113", "hai nhóm đánh nhau, có dao", "P1-weapon"),
        ("113", "mất trộm xe máy", "P3-theft"),
        ("113", "karaoke ồn ào quá nửa đêm", "P4-noise"),
        ("112", "xóm bị cô lập, nước lên nhanh", "P2-flood"),
        ("115", "tai nạn, một người bị thương", "P2-crash-injury"),
        ("115", "", "P2-default-115"),
        ("112", "xin chào", "P2-default-112"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_give_a_priority_and_name_their_rule(dialled: str, said: str, rule: str, form: str) -> None:
    found = judge(dialled=dialled, narrative=unicodedata.normalize(form, said))  # type: ignore[arg-type]
    assert found.rule == rule
    assert found.priority == int(rule[1])
    assert found.reason.vi and found.reason.en


def test_a_call_to_112_goes_to_the_service_the_rules_find() -> None:
    assert judge(dialled="112", narrative="cháy nhà").service == "114"
    assert judge(dialled="112", narrative="lũ quét").service == "112"
    assert judge(dialled="115", narrative="bị cướp xe").service == "115"
    assert judge(dialled="115", service="113", narrative="bị cướp xe").service == "113"


@pytest.mark.parametrize(
    ("question", "answer", "rule"),
    [
        ("breathing", "no", "P1-answer-breathing"),
        ("breathing", "difficult", "P2-answer-breathing"),
        ("trapped", "2", "P1-answer-trapped"),
        ("trapped", "0", "P4-noise"),
        ("weapon", "YES ", "P1-answer-weapon"),
        ("injured", "1", "P2-answer-injured"),
        ("injured", "99999999999999", "P4-noise"),
        ("something_else", "yes", "P4-noise"),
    ],
)
def test_answers_raise_a_priority(question: str, answer: str, rule: str) -> None:
    assert judge(dialled="113", narrative="ồn ào", answers=(Answer(question, answer),)).rule == rule


def test_the_operators_kind_stands_and_an_urgent_word_still_raises_it() -> None:
    found = judge(dialled="113", category="noise", narrative="hàng xóm mở nhạc lớn, có dao")
    assert (found.category, found.priority, found.rule) == ("noise", 1, "P1-weapon")


@given(DIALLED, st.text(max_size=300))
def test_any_text_gets_a_priority_and_a_reason(dialled: str, said: str) -> None:
    found = judge(dialled=dialled, narrative=said)  # type: ignore[arg-type]
    assert 1 <= found.priority <= 4 and found.rule and found.reason.vi and found.reason.en
    assert found.category in CATEGORIES


@given(
    DIALLED, st.sampled_from(WORD_RULES), st.sampled_from(["NFC", "NFD"]), st.text(alphabet="abc xyz.,", max_size=40)
)
def test_more_words_never_make_a_call_less_urgent(dialled: str, rule, form: str, more: str) -> None:  # type: ignore[no-untyped-def]
    said = ", ".join(group[0] for group in rule.groups)
    base = judge(dialled=dialled, narrative=said)  # type: ignore[arg-type]
    if rule.services and dialled not in rule.services:
        return
    longer = judge(dialled=dialled, narrative=unicodedata.normalize(form, f"{said}. {more}"))  # type: ignore[arg-type]
    assert longer.priority <= base.priority <= rule.priority


def test_every_rule_names_a_known_kind_and_has_its_own_id() -> None:
    ids = [rule.id for rule in WORD_RULES]
    assert len(ids) == len(set(ids))
    assert {rule.category for rule in WORD_RULES} <= CATEGORIES.keys()


def a_call(id: str, north_m: float, seconds: float, category: str = "fire") -> Heard:
    lat = 19.8 + north_m / 111_194.93
    return Heard(id, f"n{id}", category, (105.77, lat), NOW + timedelta(seconds=seconds))


MINUTES_15 = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (a_call("b", 299, 0), True),
        (a_call("b", 301, 0), False),
        (a_call("b", 10, 15 * 60), True),
        (a_call("b", 10, -15 * 60), True),
        (a_call("b", 10, 15 * 60 + 1), False),
        (a_call("b", 10, 0, "theft"), False),
        (Heard("b", "nb", "fire", None, NOW), False),
        (a_call("a", 0, 0), False),
    ],
)
def test_duplicates_are_near_soon_and_of_one_kind(other: Heard, same: bool) -> None:
    found = possible_duplicate(a_call("a", 0, 0), [other], within_m=300, within=MINUTES_15)
    assert (found is not None) == same


def test_the_nearest_duplicate_is_named() -> None:
    others = [a_call("far", 200, 0), a_call("near", 20, 600)]
    found = possible_duplicate(a_call("a", 0, 0), others, within_m=300, within=MINUTES_15)
    assert found is not None and found.other.id == "near"


def test_states_go_one_way() -> None:
    assert next_states("received") == ("triaged", "dispatched", "en_route", "on_scene", "under_control", "closed")
    assert next_states("under_control") == ("closed",)
    assert next_states("closed") == ("reviewed",)
    assert next_states("reviewed") == ()


@given(st.sampled_from(ORDER), st.sampled_from(ORDER))
def test_no_move_goes_back(now: str, to: str) -> None:
    if allowed(now, to):
        assert ORDER.index(to) > ORDER.index(now)


def test_swapped_is_told_from_far_away() -> None:
    bbox = (105.62, 19.70, 105.89, 19.91)
    assert swapped(19.8, 105.7, bbox)
    assert not swapped(105.7, 19.8, bbox)
    assert not swapped(105.85, 21.03, bbox)
    assert not swapped(0, 0, bbox)
