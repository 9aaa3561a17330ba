"""What may be done to an incident, from any state and by any two operators."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.errors import Problem
from ioc.incidents import Command, Incident, act
from ioc.incidents.states import ALLOWED

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


def new_incident(**changes: object) -> Incident:
    values: dict[str, object] = {
        "id": "01936f00-0000-7000-8000-000000000001",
        "number": 7,
        "kind": "call",
        "status": "new",
        "priority": 1,
        "severity": 4,
        "title": {"vi": "Cháy nhà dân · Phường Hạc Thành", "en": "House fire · Hạc Thành ward"},
        "category": "114",
        "module": "emergency",
        "correlation": "call-1",
        "source": "e1",
        "source_type": "emergency.call.received",
        "opened": NOW,
        "updated": NOW,
    }
    return Incident(**{**values, **changes})  # type: ignore[arg-type]


def command(verb: str, version: int = 1, **more: object) -> Command:
    return Command(verb=verb, version=version, by="Nguyễn Thị Ánh", **more)  # type: ignore[arg-type]


def test_a_case_goes_from_new_to_closed_and_back():
    taken = act(new_incident(), command("take"), NOW)
    assert (taken.status, taken.owner, taken.version) == ("taken", "Nguyễn Thị Ánh", 2)
    assigned = act(taken, command("assign", 2, unit="fire-1"), NOW)
    assert (assigned.status, assigned.assignee) == ("assigned", "fire-1")
    closed = act(assigned, command("close", 3, outcome="resolved"), NOW)
    assert (closed.status, closed.outcome) == ("closed", "resolved")
    again = act(closed, command("reopen", 4), NOW)
    assert (again.status, again.outcome) == ("taken", None)


def test_a_new_case_cannot_be_closed_by_nobody():
    with pytest.raises(Problem) as refused:
        act(new_incident(), command("close", outcome="resolved"), NOW)
    assert refused.value.status == 409
    assert "mới" in refused.value.title.vi


def test_the_slower_of_two_operators_is_told():
    taken = act(new_incident(), command("take"), NOW)
    with pytest.raises(Problem) as refused:
        act(taken, command("assign", 1, unit="fire-1"), NOW)
    assert refused.value.code == "changed-meanwhile"


@given(st.lists(st.sampled_from(sorted(ALLOWED)), max_size=30))
def test_whatever_is_asked_the_version_counts_the_changes(verbs: list[str]):
    incident, changes = new_incident(), 0
    for verb in verbs:
        asked = command(verb, incident.version, unit="u", outcome="resolved", lonlat=(105.77, 19.8), lead="x")
        try:
            incident = act(incident, asked, NOW)
            changes += 1
        except Problem:
            alone = verb == "part" and incident.lead is None
            assert alone or incident.status not in ALLOWED[verb]  # type: ignore[index]
    assert incident.version == 1 + changes
    assert (incident.outcome is not None) == (incident.status == "closed")
