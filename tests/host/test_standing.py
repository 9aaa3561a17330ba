"""Who keeps crashing is never called live, nor is what it watches; who has outlived it is."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc.core.clock import SetClock, iso
from ioc.core.text import Text
from ioc.host.lives import Lives
from ioc.host.standing import part_now, source_now, takes_nothing
from ioc.host.watched import BELIEVED, Ended, Watch, Watched, read_watches, write_watch
from ioc.store.errors import plain_reason

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
KILLED = Text("bị dừng bởi tín hiệu SIGKILL", "ended by signal SIGKILL")
SAID = {"state": "live", "since": iso(NOW), "title": {"vi": "Giao thông", "en": "Traffic"}, "platform": False}


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def crashed(failures: int, up_s: float, *, own_fault: bool = False, longest_s: float = 2.0) -> Watched:
    ended = Ended(at=ago(up_s + 1), reason=KILLED, own_fault=own_fault)
    return Watched(
        name="traffic",
        running=True,
        since=ago(up_s),
        restarts=failures,
        failures=failures,
        failing_since=ago(60),
        longest_s=longest_s,
        ended=ended,
    )


def card(watched: Watched, heard: datetime | None = NOW) -> dict[str, Any]:
    return part_now("traffic", dict(SAID), heard, watched, NOW)


@pytest.mark.parametrize(("up_s", "state"), [(1, "failing"), (5, "failing"), (7, "live")])
def test_a_part_that_keeps_crashing_is_believed_only_when_it_has_outlived_that(up_s: float, state: str) -> None:
    found = card(crashed(5, up_s))
    assert (found["state"], found["restarts"]) == (state, 5)
    assert found["ended"]["vi"] == KILLED.vi


def test_the_longer_its_short_lives_were_the_longer_the_proof() -> None:
    assert card(crashed(3, 20, longest_s=18))["state"] == "failing"
    assert card(crashed(3, 28, longest_s=18))["state"] == "live"


def test_one_whose_code_cannot_start_has_failed_with_its_reason() -> None:
    found = card(crashed(1, 1, own_fault=True), heard=None)
    assert found["state"] == "failed"
    assert KILLED.vi in found["detail"]["vi"]


def test_one_crash_is_a_start_not_a_row_of_failures() -> None:
    assert card(crashed(1, 1), heard=ago(5))["state"] == "starting"
    assert card(crashed(1, 1))["state"] == "live"


@pytest.mark.parametrize(("quiet_s", "state"), [(20, "unknown"), (160, "late"), (300, "silent")])
def test_a_source_nobody_watches_is_what_its_age_says(quiet_s: float, state: str) -> None:
    body = {"state": "live", "period_s": 60, "last_at": iso(ago(quiet_s)), "reason": None}
    found = source_now(body, card(crashed(5, 1)), NOW, 3)
    assert found["state"] == state
    assert KILLED.vi in found["reason"]["vi"]
    assert source_now(body, card(crashed(0, 600)), NOW, 3)["state"] == "live"


def test_lives_are_counted_and_the_pause_grows() -> None:
    lives = Lives("traffic", SetClock(NOW))
    pauses = []
    for _ in range(3):
        lives.began()
        pauses.append(lives.ended(KILLED))
    lives.began()
    assert (lives.restarts, lives.failures) == (3, 3)
    assert pauses == sorted(set(pauses))


def test_what_a_supervisor_wrote_is_read_while_it_is_young(tmp_path: Any) -> None:
    watch = Watch(at=NOW, parts=(crashed(2, 1),))
    write_watch(tmp_path / "all.json", watch)
    (tmp_path / "desk.json").write_text("hỏng", encoding="utf-8")
    assert read_watches(tmp_path, NOW) == [watch]
    assert read_watches(tmp_path, NOW + BELIEVED * 2) == []


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_MISUSE]
)
def test_why_nothing_can_be_written_is_said_in_vietnamese_too(code: int) -> None:
    fault = sqlite3.OperationalError()
    fault.sqlite_errorcode = code
    why = plain_reason(fault)
    said = takes_nothing(why)
    assert why in said.en
    assert why not in said.vi
