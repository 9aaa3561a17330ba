"""The life of sources: what is silent, what is late, who may raise an alarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ioc.contract import Heard, Listed, Observation
from ioc.core.text import Text
from ioc.host.source_book import MOST_UNLISTED, SourceBook, body_of

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
GAUGE = Listed(key="d-1", name="Cầu Hoàng Long", kind="detector", period_s=60)


def book(*listed: Listed) -> SourceBook:
    return SourceBook("traffic", listed or (GAUGE,), NOW, gap_periods=3)


def reading(key: str = "d-1", at: datetime = NOW, **more: object) -> Observation:
    return Observation("traffic.speed", key, 40.0, "km/h", at, **more)  # type: ignore[arg-type]


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def state(kept: SourceBook, at: datetime, key: str = "d-1") -> str:
    kept.look(at)
    return kept.entries[key].state


def test_a_source_waits_then_lives_then_is_late_then_silent() -> None:
    kept = book()
    assert state(kept, after(10)) == "waiting"
    kept.note("traffic", reading(), after(20))
    assert state(kept, after(30)) == "live"
    assert state(kept, after(20 + 91)) == "late"
    assert state(kept, after(20 + 181)) == "silent"


def test_silence_is_told_once_and_so_is_the_return() -> None:
    kept = book()
    kept.note("traffic", reading(), after(1))
    kept.look(after(2))
    told = [turn.silent for at in range(100, 1000, 100) for turn in kept.look(after(at))]
    assert told == [True]
    kept.note("traffic", reading(), after(1000))
    assert [turn.silent for turn in kept.look(after(1001))] == [False]


def test_a_source_never_heard_of_falls_silent_too() -> None:
    assert [turn.silent for turn in book().look(after(200))] == [True]


def test_a_source_listed_later_is_listened_for_from_then_on_and_one_that_is_gone_is_forgotten() -> None:
    kept = book()
    kept.note("traffic", reading(at=after(900)), after(900))
    new = Listed(key="d-2", name="Cầu mới", kind="detector", period_s=60)
    kept.list_anew([GAUGE, new], after(910))
    assert kept.look(after(920)) == []
    assert state(kept, after(920), "d-2") == "waiting"
    assert kept.entries["d-1"].last_at == after(900)
    assert ("d-2", True) in [(turn.entry.listed.key, turn.silent) for turn in kept.look(after(910 + 181))]
    kept.list_anew([new], after(1100))
    assert set(kept.entries) == {"d-2"}


def test_a_source_that_spoke_before_it_was_listed_is_one_of_the_city_once_it_is() -> None:
    kept = book()
    kept.note("traffic", reading("d-2", at=after(5)), after(5))
    assert not kept.entries["d-2"].known
    kept.list_anew([GAUGE, Listed(key="d-2", name="Cầu mới", kind="detector", period_s=60)], after(6))
    entry = kept.entries["d-2"]
    assert (entry.known, entry.problem, entry.last_at) == (True, None, after(5))
    assert state(kept, after(7), "d-2") == "live"


def test_a_source_that_speaks_only_when_something_happens_is_never_silent() -> None:
    kept = book(Listed(key="cam", name="Ga", kind="analytics", period_s=0))
    assert kept.look(after(86_400)) == []
    assert kept.entries["cam"].state == "live"


def test_the_first_word_of_a_source_is_no_return() -> None:
    kept = book()
    kept.look(after(10))
    kept.note("traffic", reading(), after(20))
    assert kept.look(after(21)) == []


@pytest.mark.parametrize("life", ["commissioning", "maintenance"])
def test_only_live_sources_alarm(life: str) -> None:
    kept = book()
    assert kept.judges(reading())
    kept.set_lives({("traffic", "d-1"): life})  # type: ignore[dict-item]
    assert not kept.judges(reading())
    assert kept.look(after(500)) == []
    assert kept.entries["d-1"].state == "silent"


def test_the_source_of_a_reading_ends_at_the_slash() -> None:
    kept = book()
    kept.note("traffic", reading("d-1/north/in"), after(5))
    assert kept.entries["d-1"].last_at == after(5)


def test_an_unlisted_source_is_seen_and_raises_nothing() -> None:
    kept = book()
    kept.note("traffic", reading("lạ"), after(5))
    assert kept.entries["lạ"].life == "commissioning"
    assert not kept.judges(reading("lạ"))
    assert [turn.entry.listed.key for turn in kept.look(after(86_400))] == ["d-1"]


def test_invented_keys_do_not_fill_the_memory() -> None:
    kept = book()
    for number in range(MOST_UNLISTED + 50):
        kept.note("traffic", reading(f"x-{number}"), after(1))
    assert len(kept.entries) == MOST_UNLISTED + 1
    assert kept.unlisted_dropped == 50


def test_another_owner_is_believed_about_its_own_sources() -> None:
    kept = book()
    seen = Observation("camera.state", "cam-01", 1, "", NOW)
    assert kept.judges(seen)
    kept.set_elsewhere({("camera", "cam-01"): "maintenance"})
    assert not kept.judges(seen)


def test_a_feed_that_cannot_be_reached_is_unavailable_with_its_reason() -> None:
    kept = SourceBook("media", [Listed(key="báo", name="Báo", kind="feed", period_s=300)], NOW, gap_periods=3)
    kept.heard(Heard("báo", after(1)))
    assert state(kept, after(2), "báo") == "live"
    kept.heard(Heard("báo", after(5), Text("hết giờ chờ", "timed out")))
    assert [turn.silent for turn in kept.look(after(6))] == [True]
    body = body_of("media", kept.entries["báo"], after(7))
    assert (body["state"], body["reason"]) == ("unavailable", {"vi": "hết giờ chờ", "en": "timed out"})


def test_the_card_tells_rate_goodness_and_a_clock_that_is_off() -> None:
    kept = book()
    for second in range(0, 60, 10):
        late = after(second) - timedelta(minutes=10)
        kept.note("traffic", reading(at=late, quality="good" if second % 20 else "suspect"), after(second))
    body = body_of("traffic", kept.entries["d-1"], after(55))
    assert (body["rate_per_min"], body["good_share"], body["clock_off_s"]) == (6, 0.5, 600.0)


def test_the_time_nobody_watched_is_no_silence() -> None:
    kept = book()
    kept.go_on(NOW - timedelta(hours=2))
    kept.remember("d-1", NOW - timedelta(hours=2), "live", None)
    assert kept.look(after(10)) == []
    assert kept.entries["d-1"].state == "live"
    assert [turn.silent for turn in kept.look(after(200))] == [True]


def test_a_process_that_comes_back_at_once_counts_on() -> None:
    kept = book()
    kept.go_on(NOW - timedelta(seconds=5))
    kept.remember("d-1", NOW - timedelta(seconds=170), "late", None)
    assert [turn.silent for turn in kept.look(after(20))] == [True]


@pytest.mark.parametrize("last_at", [NOW - timedelta(hours=1), None])
def test_a_silence_told_before_a_restart_is_not_told_again(last_at: datetime | None) -> None:
    kept = book()
    kept.go_on(NOW)
    kept.remember("d-1", last_at, "silent", NOW - timedelta(minutes=50))
    assert [kept.look(after(seconds)) for seconds in (1, 100, 1000)] == [[], [], []]
    assert kept.entries["d-1"].state == "silent"
    kept.note("traffic", reading(at=after(1001)), after(1001))
    assert [turn.silent for turn in kept.look(after(1002))] == [False]


def test_a_camera_that_speaks_and_shows_nothing_of_now_is_doubtful() -> None:
    kept = book()
    why = Text("hình đứng yên", "the picture stands still")
    kept.note("traffic", reading(), after(20))
    kept.sees("d-1", why)
    assert kept.look(after(21)) == []  # it is not silent
    body = body_of("traffic", kept.entries["d-1"], after(21))
    assert (body["state"], body["reason"]) == ("doubtful", {"vi": why.vi, "en": why.en})
    kept.sees("d-1", None)
    kept.look(after(22))
    assert kept.entries["d-1"].state == "live"
