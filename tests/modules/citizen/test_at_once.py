"""Two who act on one report at once, and a module that comes late: one change, one line of history, one event."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ioc.core.envelope import Recorded
from ioc.host.marks import read_marks
from ioc.host.module_step import Batch, ModuleStep
from ioc.host.outputs import collect
from modules.citizen.tables import report
from tests.at_once import at_once
from tests.modules.citizen.conftest import POTHOLE, Town, desk_event, looked_at, post
from tests.modules.citizen.test_moderation import act, sent


def codes(answers: Sequence[httpx.Response]) -> dict[int, int]:
    return dict(Counter(one.status_code for one in answers))


async def a_report(town: Town) -> str:
    async with town.client(operator=True), town.client() as client:
        return await post(client)


async def told(town: Town) -> list[str]:
    return [one.type for one in await town.events() if one.type != "citizen.report.received"]


async def history(town: Town, report_id: str) -> list[str]:
    async with town.client(operator=True) as operator:
        found = (await operator.get(f"/api/v1/reports/{report_id}")).json()["history"]
    return [one["note"]["en"] for one in found][1:]


@pytest.mark.parametrize(
    ("verb", "body", "event", "line"),
    [
        ("publish", {"text": "Ổ gà lớn"}, "published", "The report was checked and published."),
        ("reject", {"reason": "Không đúng"}, "updated", "Không đúng"),
    ],
)
async def test_of_the_same_act_at_once_one_is_done(
    town_anywhere: Town, verb: str, body: dict[str, Any], event: str, line: str
) -> None:
    town = town_anywhere
    report_id = await a_report(town)
    answers = await at_once(town.store, *(act(town, report_id, verb, **body) for _ in range(6)))
    assert codes(answers) == {200: 1, 409: 5}
    assert await told(town) == [f"citizen.report.{event}"]
    assert await history(town, report_id) == [line]


async def test_taking_back_at_once_is_done_once_and_never_for_what_is_not_public(town_anywhere: Town) -> None:
    town = town_anywhere
    report_id = await a_report(town)
    assert (await act(town, report_id, "unpublish")).status_code == 409
    assert (await act(town, report_id, "publish")).status_code == 200
    answers = await at_once(town.store, *(act(town, report_id, "unpublish") for _ in range(3)))
    assert codes(answers) == {200: 1, 409: 2}
    assert await told(town) == ["citizen.report.published", "citizen.report.unpublished"]
    assert len(await history(town, report_id)) == 2


async def test_published_and_turned_away_at_once_one_of_them_holds(town_anywhere: Town) -> None:
    town = town_anywhere
    report_id = await a_report(town)
    turned_away = act(town, report_id, "reject", reason="Không đúng")
    answers = await at_once(town.store, turned_away, act(town, report_id, "publish", text="Ổ gà"))
    assert answers[0].status_code == 200  # published first or not: it is not public in the end
    (row,) = await town.rows(report)
    assert (row["status"], row["published_at"], row["published_text"]) == ("rejected", None, None)
    shown = [one for one in await told(town) if one != "citizen.report.updated"]
    assert shown == (["citizen.report.published", "citizen.report.unpublished"] if len(shown) else [])


async def test_another_text_is_published_and_the_same_is_public_already(town: Town) -> None:
    report_id = await a_report(town)
    for text, code in (("Ổ gà", 200), ("Ổ gà", 409), ("Ổ gà lớn", 200), ("Ổ gà", 200)):
        town.clock.move(timedelta(minutes=1))
        assert (await act(town, report_id, "publish", text=text)).status_code == code


async def test_the_same_photo_is_public_already(town: Town) -> None:
    report_id = await sent(town)
    seen = await looked_at(town, report_id)
    assert (await act(town, report_id, "publish", **seen)).status_code == 200
    assert (await act(town, report_id, "publish", **seen)).status_code == 409
    other = await looked_at(town, report_id, boxes=[], whole=True)
    assert (await act(town, report_id, "publish", **other)).status_code == 200
    assert (await act(town, report_id, "publish")).status_code == 200  # without it


async def test_a_report_published_while_the_desk_closes_its_case_is_resolved(town_anywhere: Town) -> None:
    town = town_anywhere
    report_id = await a_report(town)
    await town.hear(desk_event("assigned", report_id, town.clock.now() + timedelta(minutes=1)))
    closed = desk_event("closed", report_id, town.clock.now() + timedelta(minutes=2))
    await at_once(town.store, town.hear(closed), act(town, report_id, "publish", text="Ổ gà"))
    (row,) = await town.rows(report)
    assert row["resolved_at"] is not None and row["published_at"] is not None
    assert row["status"] in ("resolved", "published")


async def test_of_ratings_at_once_the_first_counts(town_anywhere: Town) -> None:
    town = town_anywhere
    async with town.client() as client:
        sent = await client.post("/open311/v2/requests.json", data=POTHOLE)
        link = re.search(r"<(/report/status/[^>]+)>", sent.headers["link"])
        assert link
        report_id = sent.json()[0]["service_request_id"]
        for minutes, verb in ((1, "taken"), (2, "closed")):
            await town.hear(desk_event(verb, report_id, town.clock.now() + timedelta(minutes=minutes)))
        answers = await at_once(
            town.store, *(client.post(f"{link[1]}/rating", data={"rating": str(n)}) for n in (5, 1, 1, 5))
        )
    assert codes(answers) == {303: 4}
    (event,) = [one for one in await town.events() if one.type == "citizen.report.rated"]
    (row,) = await town.rows(report)
    assert row["rating"] == event.data["rating"]


async def test_a_late_module_follows_the_desk_in_order_and_tells_only_what_moved(town_anywhere: Town) -> None:
    town = town_anywhere
    report_id = await a_report(town)
    steps = ModuleStep(town.module, read_marks(town.module), town.context)
    verbs = ("taken", "assigned", "taken", "closed", "reopened")
    events = [desk_event(verb, report_id, town.clock.now() + timedelta(minutes=n)) for n, verb in enumerate(verbs, 1)]
    await town.store.write(await steps.prepare([Recorded(n, one) for n, one in enumerate(events, 1)]))
    (row,) = await town.rows(report)
    assert (row["status"], row["resolved_at"]) == ("in_progress", None)
    moved = [one.data["status"] for one in await town.events() if one.type == "citizen.report.updated"]
    assert moved == ["validated", "assigned", "resolved", "in_progress"]


async def test_a_report_finished_while_its_clock_is_looked_at_is_not_said_to_be_overdue(town_anywhere: Town) -> None:
    town = town_anywhere
    report_id = await a_report(town)
    town.clock.move(timedelta(days=200))
    batch = Batch(town.context)
    batch.add(await collect(town.module.watch_deadlines(town.context)), None)
    assert batch
    await act(town, report_id, "reject", reason="Không đúng")
    await town.store.write(batch.write)
    assert await told(town) == ["citizen.report.updated"]


@pytest.mark.parametrize(
    ("verb", "body", "other", "later"),
    [
        ("publish", {"text": "Ổ gà lớn"}, {"text": "Ổ gà nhỏ"}, "reject"),
        ("reject", {"reason": "Không đúng"}, {"reason": "Đã có người báo"}, None),
        ("unpublish", {}, {"thêm": 1}, "reject"),
    ],
)
async def test_the_same_act_under_one_key_is_answered_alike_whatever_comes_later(
    town_anywhere: Town, verb: str, body: dict[str, Any], other: dict[str, Any], later: str | None
) -> None:
    town = town_anywhere
    report_id = await a_report(town)
    if verb == "unpublish":
        assert (await act(town, report_id, "publish")).status_code == 200
    before = await told(town)

    async def say(words: dict[str, Any]) -> httpx.Response:
        async with town.client(operator=True) as operator:
            path = f"/api/v1/reports/{report_id}/{verb}"
            return await operator.post(path, json=words, headers={"Idempotency-Key": "k"})

    answers = await at_once(town.store, *(say(body) for _ in range(8)))
    assert codes(answers) == {200: 8} and len({one.text for one in answers}) == 1
    assert len(await told(town)) == len(before) + 1
    if later is not None:
        assert (await act(town, report_id, later, reason="Không đúng")).status_code == 200
    after = await told(town)
    assert (await say(body)).text == answers[0].text
    reused = await say(other)
    assert (reused.status_code, reused.json()["type"]) == (409, "urn:ioc:problem:key-reused")
    assert await told(town) == after
