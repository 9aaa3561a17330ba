"""The module's own process: following the desk, watching clocks, counting, letting go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ioc.core.clock import iso, parse_time
from modules.citizen.tables import report, step
from tests.modules.citizen.conftest import HAC_THANH, Town, desk_event

GOOD = {"service_code": "lighting", "description": "đèn hỏng", "lat": str(HAC_THANH[1]), "long": str(HAC_THANH[0])}


async def sent(town: Town, **changes: str) -> str:
    async with town.client() as client:
        response = await client.post("/open311/v2/requests.json", data=GOOD | changes)
    found: str = response.json()[0]["service_request_id"]
    return found


async def at(town: Town, moment: str) -> datetime:
    town.clock.move(parse_time(moment) - town.clock.now())
    return town.clock.now()


async def only(town: Town) -> Any:
    (row,) = await town.rows(report)
    return row


async def test_the_desks_actions_become_the_public_state(town: Town) -> None:
    report_id = await sent(town)
    for action, status in (("taken", "validated"), ("assigned", "assigned"), ("closed", "resolved")):
        town.clock.move(timedelta(minutes=1))
        said = await town.hear(desk_event(action, report_id, town.clock.now()))
        assert [(one.report, one.number, one.status) for one in said.events] == [(report_id, "PA-1", status)]  # type: ignore[attr-defined]
        assert (await only(town))["status"] == status
    assert (await only(town))["resolved_at"] == town.clock.now()
    assert [row["status"] for row in await town.rows(step)] == ["new", "validated", "assigned", "resolved"]


async def test_the_citizen_reads_who_deals_with_it_and_how_it_ended(town: Town) -> None:
    report_id = await sent(town)
    await town.hear(desk_event("assigned", report_id, town.clock.now(), agency="dien-luc"))
    town.clock.move(timedelta(minutes=1))
    await town.hear(desk_event("closed", report_id, town.clock.now(), outcome="duplicate"))
    notes = [row["note_vi"] for row in await town.rows(step)]
    assert notes[1] == f"Đã giao cho {town.city.agency('dien-luc').name.vi}."
    assert "cùng một phản ánh khác" in notes[2]


async def test_calls_and_other_peoples_incidents_move_nothing(town: Town) -> None:
    report_id = await sent(town)
    for event in (
        desk_event("taken", report_id, town.clock.now(), incident={"kind": "call"}),
        desk_event("taken", "somebody-else", town.clock.now()),
    ):
        said = await town.hear(event)
        assert (said.events, said.writes) == ([], [])
    assert (await only(town))["status"] == "new"


async def test_hearing_late_news_again_moves_nothing_backwards(town: Town) -> None:
    report_id = await sent(town)
    taken = desk_event("taken", report_id, town.clock.now())
    town.clock.move(timedelta(minutes=1))
    await town.hear(desk_event("assigned", report_id, town.clock.now()))
    await town.hear(taken)
    assert (await only(town))["status"] == "assigned"
    assert [row["status"] for row in await town.rows(step)] == ["new", "assigned"]


async def test_a_place_found_by_an_operator_is_taken_over_and_shown_rounded(town: Town) -> None:
    report_id = await sent(town, lat="", long="")
    ward = {"code": "14797", "name": "Phường Hạc Thành", "valid_from": "2025-07-01"}
    event = desk_event("located", report_id, town.clock.now(), incident={"lonlat": list(HAC_THANH), "ward": ward})
    await town.hear(event)
    row = await only(town)
    assert (row["location"], row["lon"], row["ward_name"]) == ("known", HAC_THANH[0], "Phường Hạc Thành")
    assert (row["shown_lon"], row["shown_lat"]) != HAC_THANH


async def test_a_report_is_warned_of_at_80_percent_and_again_when_over_once_each(town: Town) -> None:
    report_id = await sent(town)
    await town.hear(desk_event("taken", report_id, town.clock.now()))
    moments = {
        "2026-04-29T11:00:00+07:00": [],  # 11 of 15.5 working hours
        "2026-04-29T14:30:00+07:00": ["citizen.report.due_soon"],  # 12.5 hours: over 80 %
        "2026-04-29T16:00:00+07:00": [],
        "2026-04-29T17:00:00+07:00": ["citizen.report.overdue"],
        "2026-05-04T09:00:00+07:00": [],
    }
    for moment, said in moments.items():
        await at(town, moment)
        events = (await town.tick("watch_deadlines")).events
        assert [event.declared.name for event in events] == said, moment
        for event in events:
            assert event.report == report_id  # type: ignore[attr-defined]
            assert event.due == iso(parse_time("2026-04-29T17:00:00+07:00"))  # type: ignore[attr-defined]


async def test_an_emergency_nobody_acts_on_is_overdue_after_two_hours_of_any_night(town: Town) -> None:
    await at(town, "2026-04-30T02:00:00+07:00")
    await sent(town, description="cháy nhà")
    steps = []
    for minutes in (90, 7, 23, 1320):
        town.clock.move(timedelta(minutes=minutes))
        steps += [(e.declared.name, e.step) for e in (await town.tick("watch_deadlines")).events]  # type: ignore[attr-defined]
    assert steps == [("citizen.report.due_soon", "act"), ("citizen.report.overdue", "act")]


async def test_a_finished_report_has_no_clock(town: Town) -> None:
    report_id = await sent(town)
    await town.hear(desk_event("closed", report_id, town.clock.now()))
    await at(town, "2026-06-01T09:00:00+07:00")
    assert (await town.tick("watch_deadlines")).events == []


async def test_figures_count_open_today_and_on_time(town: Town) -> None:
    quick, slow, _ = [await sent(town) for _ in range(3)]
    await town.hear(desk_event("closed", quick, town.clock.now()))
    await at(town, "2026-05-05T08:00:00+07:00")
    await town.hear(desk_event("closed", slow, town.clock.now()))
    await sent(town)
    figures = {one.key: one.body for one in (await town.tick("count")).latest}
    values = {key: body["value"] for key, body in figures.items()}
    assert values == {"citizen.open": 2, "citizen.today": 1, "citizen.on_time": 33.3}
    assert figures["citizen.open"]["name"] == {"vi": "Phản ánh đang mở", "en": "Open reports"}


async def test_figures_are_said_when_they_change_and_once_a_minute(town: Town) -> None:
    first = await town.tick("count")
    assert {one.topic for one in first.latest} == {"kpi"}
    assert {one.key: one.body["value"] for one in first.latest}["citizen.on_time"] is None
    town.clock.move(timedelta(seconds=5))
    assert (await town.tick("count")).latest == []
    await sent(town)
    assert (await town.tick("count")).latest != []
    town.clock.move(timedelta(minutes=1))
    assert (await town.tick("count")).latest != []


async def test_what_was_kept_for_duplicates_is_forgotten_after_a_week(town: Town) -> None:
    await sent(town)
    town.clock.move(timedelta(days=6))
    await town.tick("let_go")
    assert (await only(town))["prints"]
    town.clock.move(timedelta(days=2))
    await town.tick("let_go")
    assert (await only(town))["prints"] is None
    assert (await town.tick("let_go")).writes == []


async def test_a_report_is_closed_when_it_can_no_longer_be_rated(town: Town) -> None:
    report_id = await sent(town)
    await town.hear(desk_event("closed", report_id, town.clock.now()))
    town.clock.move(timedelta(days=6))
    assert (await town.tick("let_go")).events == []
    town.clock.move(timedelta(days=2))
    said = await town.tick("let_go")
    assert [one.status for one in said.events] == ["closed"]  # type: ignore[attr-defined]
    assert (await only(town))["status"] == "closed"
