"""States inside, and what they are called outside."""

from __future__ import annotations

import pytest

from modules.citizen.status import STATUSES, after_desk, may_follow, meaning, open311_states


def test_open311_knows_only_open_and_closed() -> None:
    assert open311_states("open") == ("new", "validated", "assigned", "in_progress")
    assert open311_states("closed") == ("resolved", "published", "rated", "closed", "rejected")


def test_every_state_is_told_in_both_languages() -> None:
    for status in STATUSES:
        told = meaning(status)
        assert told.label.vi and told.label.en and told.note.vi and told.note.en


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("taken", "validated"),
        ("assigned", "assigned"),
        ("closed", "resolved"),
        ("reopened", "in_progress"),
        ("noted", None),
        ("opened", None),
    ],
)
def test_the_desk_moves_a_report(action: str, status: str | None) -> None:
    assert after_desk(action) == status


def test_a_rejected_report_is_moved_by_nothing() -> None:
    assert all("rejected" not in may_follow(status) for status in STATUSES)
