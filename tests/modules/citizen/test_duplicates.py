"""Whether two reports are about the same thing."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ioc.core.clock import parse_time
from modules.citizen.duplicates import Rule, Sighting, candidates, fingerprints, jaccard, likeness, shingles

RULE = Rule(distance_m=50, days=7, jaccard=0.5)
NOW = parse_time("2026-04-24T09:30:00Z")
FIRST = "ổ gà lớn trước số 12 đường Lê Lai phường Hạc Thành gây nguy hiểm"
SECOND = "ổ gà lớn trước số 12 đường Lê Lai phường Hạc Thành rất nguy hiểm"
METRE = 1 / 111_194.9  # degrees of latitude
TEXTS = st.text(alphabet="aăâbcdđeê 1ô", max_size=60)


def seen(id: str, text: str, *, north_m: float = 0, days: float = 0, **more: str) -> Sighting:
    made = {"service_code": "traffic", "photo_hash": None, **more}
    return Sighting(
        id=id,
        lon=105.776,
        lat=19.807 + north_m * METRE,
        received=NOW - timedelta(days=days),
        prints=fingerprints(text),
        **made,  # type: ignore[arg-type]
    )


def test_the_worked_example_gives_0_625() -> None:
    one, other = shingles(FIRST), shingles(SECOND)
    assert len(one & other) == 10
    assert len(one | other) == 16
    assert jaccard(one, other) == 0.625
    assert jaccard(fingerprints(FIRST), fingerprints(SECOND)) == 0.625


def test_the_worked_example_is_a_candidate() -> None:
    found = likeness(seen("b", SECOND), seen("a", FIRST, north_m=30, days=2), RULE)
    assert found is not None
    assert (found.id, found.jaccard, found.same_photo) == ("a", 0.625, False)
    assert abs(found.distance_m - 30) < 0.2


def test_shingles_do_not_see_case_or_encoding() -> None:
    assert shingles(FIRST) == shingles(unicodedata.normalize("NFD", FIRST.upper()))


def test_too_far_too_old_or_another_kind_is_no_candidate() -> None:
    new = seen("b", SECOND)
    assert likeness(new, seen("a", FIRST, north_m=49.9), RULE)
    assert not likeness(new, seen("a", FIRST, north_m=50.5), RULE)
    assert likeness(new, seen("a", FIRST, days=7), RULE)
    assert not likeness(new, seen("a", FIRST, days=7.01), RULE)
    assert not likeness(new, seen("a", FIRST, service_code="water"), RULE)


def test_other_words_are_no_candidate_unless_the_photo_is_the_same() -> None:
    new = seen("b", "đèn hỏng", photo_hash="00ff00ff00ff00ff")
    assert not likeness(new, seen("a", FIRST), RULE)
    assert not likeness(new, seen("a", FIRST, photo_hash="11ff00ff00ff00ff"), RULE)
    found = likeness(new, seen("a", FIRST, photo_hash="00ff00ff00ff00ff"), RULE)
    assert found is not None
    assert found.same_photo


def test_the_most_alike_comes_first_and_never_the_report_itself() -> None:
    new = seen("b", SECOND, photo_hash="00ff00ff00ff00ff")
    old = [
        seen("words", FIRST),
        seen("photo", "khác hẳn nội dung này", photo_hash="00ff00ff00ff00ff"),
        seen("same", SECOND),
        new,
    ]
    assert [found.id for found in candidates(new, old, RULE)] == ["photo", "same", "words"]


def test_silence_is_not_alike() -> None:
    assert jaccard(shingles(""), shingles("")) == 0.0
    assert not likeness(seen("b", ""), seen("a", ""), RULE)


@given(TEXTS, TEXTS)
def test_likeness_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    forth, back = jaccard(shingles(one), shingles(other)), jaccard(shingles(other), shingles(one))
    assert forth == back
    assert 0 <= forth <= 1
    assert jaccard(shingles(one), shingles(one)) == (1.0 if shingles(one) else 0.0)


@given(TEXTS)
def test_fingerprints_are_as_many_as_shingles_and_hold_no_word(text: str) -> None:
    prints = fingerprints(text)
    assert len(prints) == len(shingles(text))
    assert all(len(one) == 8 and set(one) <= set("0123456789abcdef") for one in prints)
