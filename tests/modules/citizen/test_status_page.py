"""The citizen's own page of a report: what it shows, who may guess, and the rating."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from modules.citizen import codes
from modules.citizen.guesses import Guesses
from modules.citizen.tables import report
from tests.modules.citizen.conftest import HAC_THANH, Town, desk_event

GOOD = {
    "service_code": "traffic",
    "description": "ổ gà canary",
    "lat": str(HAC_THANH[1]),
    "long": str(HAC_THANH[0]),
}


async def sent(client: httpx.AsyncClient) -> tuple[str, str]:
    """A report's id and its secret page."""
    response = await client.post("/open311/v2/requests.json", data=GOOD)
    link = re.search(r"<(/report/status/[^>]+)>", response.headers["link"])
    assert link
    return response.json()[0]["service_request_id"], link[1]


async def finished(town: Town, client: httpx.AsyncClient) -> tuple[str, str]:
    """A report whose incident the desk has closed."""
    report_id, page = await sent(client)
    for action in ("taken", "closed"):
        town.clock.move(timedelta(minutes=5))
        await town.hear(desk_event(action, report_id, town.clock.now()))
    return report_id, page


async def test_the_page_follows_the_desk_in_both_languages(town: Town) -> None:
    async with town.client() as client:
        report_id, page = await sent(client)
        assert "Đã tiếp nhận" in (await client.get(page)).text
        for action, vi, en in (
            ("taken", "Đang xem xét", "Under review"),
            ("assigned", "Đã giao xử lý", "Assigned"),
            ("closed", "Đã xử lý", "Resolved"),
            ("reopened", "Đang xử lý", "In progress"),
        ):
            town.clock.move(timedelta(minutes=1))
            await town.hear(desk_event(action, report_id, town.clock.now()))
            assert f">{vi}</p>" in (await client.get(page)).text
            assert f">{en}</p>" in (await client.get(page, params={"lang": "en"})).text
        history = (await client.get(page)).text
    assert history.count("<li><time") == 5
    assert "canary" not in history


async def test_the_page_refreshes_itself_with_and_without_script(town: Town) -> None:
    async with town.client() as client:
        _, page = await sent(client)
        shown = (await client.get(page)).text
    assert '<meta http-equiv="refresh" content="5">' in shown
    assert 'src="/report/static/status.js"' in shown


async def test_a_code_may_be_typed_as_it_was_heard(town: Town) -> None:
    async with town.client() as client:
        _, page = await sent(client)
        code = page.rpartition("/")[2]
        typed = code.lower().replace("-", " ").replace("0", "o")
        found = await client.post("/report/status", data={"code": typed})
        assert found.status_code == 303
        assert found.headers["location"] == page


async def test_a_wrong_code_and_an_unknown_one_get_the_same_answer(town: Town) -> None:
    async with town.client() as client:
        wrong = await client.get("/report/status/hello")
        unknown = await client.get(f"/report/status/{codes.new_code()}")
    assert wrong.status_code == unknown.status_code == 404
    assert strip(wrong) == strip(unknown)


def strip(response: httpx.Response) -> str:
    """The body without the path of the request itself, which the language link repeats."""
    return re.sub(r'href="/report/status/[^"]*"', "", response.text)


async def test_guessing_is_slowed_down_for_the_guesser_only(town: Town) -> None:
    async with town.client() as guesser, town.client(address="10.9.9.9") as neighbour:
        _, page = await sent(neighbour)
        answers = [await guesser.get(f"/report/status/{codes.new_code()}") for _ in range(11)]
        assert [one.status_code for one in answers] == [404] * 10 + [429]
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await guesser.get(page)).status_code == 429
        assert (await neighbour.get(page)).status_code == 200
        town.clock.move(timedelta(seconds=int(answers[-1].headers["retry-after"])))
        assert (await guesser.get(page)).status_code == 200


async def test_looking_at_ones_own_report_is_never_slowed_down(town: Town) -> None:
    async with town.client() as client:
        _, page = await sent(client)
        for _ in range(40):
            assert (await client.get(page)).status_code == 200


async def test_guesses_from_many_addresses_are_slowed_down_together(town: Town) -> None:
    town.app.state.citizen_guesses = Guesses(all_=(20, 1.0))
    statuses = []
    for number in range(30):
        async with town.client(address=f"10.1.{number}.1") as client:
            statuses.append((await client.get(f"/report/status/{codes.new_code()}")).status_code)
    assert statuses == [404] * 20 + [429] * 10


async def test_an_ipv6_household_is_one_guesser(town: Town) -> None:
    statuses = []
    for number in range(12):
        async with town.client(address=f"2001:db8:1:2::{number:x}") as client:
            statuses.append((await client.get("/report/status/x")).status_code)
    assert statuses == [404] * 10 + [429] * 2


async def test_a_finished_report_is_rated_once(town: Town) -> None:
    async with town.client() as client:
        report_id, page = await finished(town, client)
        assert 'name="rating"' in (await client.get(page)).text
        for rating in ("1", "5"):
            answer = await client.post(f"{page}/rating", data={"rating": rating})
            assert answer.status_code == 303
            assert answer.headers["location"] == page
        shown = (await client.get(page)).text
    assert "Bạn đã đánh giá 1/5" in shown
    assert 'name="rating"' not in shown
    rated = [event for event in await town.events() if event.type == "citizen.report.rated"]
    assert [(one.correlationid, one.data["rating"], one.severity) for one in rated] == [(report_id, 1, 2)]
    (row,) = await town.rows(report)
    assert (row["status"], row["rating"]) == ("rated", 1)


async def test_an_open_report_cannot_be_rated(town: Town) -> None:
    async with town.client() as client:
        _, page = await sent(client)
        await client.post(f"{page}/rating", data={"rating": "5"})
    (row,) = await town.rows(report)
    assert row["rating"] is None


@pytest.mark.parametrize("rating", ["0", "6", "", "ngon", "4.5"])
async def test_a_rating_is_1_to_5(town: Town, rating: str) -> None:
    async with town.client() as client:
        _, page = await finished(town, client)
        answer = await client.post(f"{page}/rating", data={"rating": rating})
    assert answer.status_code == 422
    assert "Chọn từ 1 đến 5" in answer.text
