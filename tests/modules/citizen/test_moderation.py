"""What operators do with reports, and what nobody else may."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from modules.citizen.tables import media, report
from tests.modules.citizen.conftest import HAC_THANH, Town, desk_event, looked_at, photo

GOOD = {"service_code": "waste", "description": "Rác ùn ứ", "lat": str(HAC_THANH[1]), "long": str(HAC_THANH[0])}


async def sent(town: Town, **changes: str) -> str:
    async with town.client() as client:
        files = {"media": ("a.jpg", photo(), "image/jpeg")}
        response = await client.post("/open311/v2/requests.json", data=GOOD | changes, files=files)
    found: str = response.json()[0]["service_request_id"]
    return found


async def act(town: Town, report_id: str, verb: str, **body: Any) -> httpx.Response:
    async with town.client(operator=True) as operator:
        return await operator.post(f"/api/v1/reports/{report_id}/{verb}", json=body)


async def public(town: Town, report_id: str) -> dict[str, Any]:
    async with town.client() as client:
        found: dict[str, Any] = (await client.get(f"/open311/v2/requests/{report_id}.json")).json()[0]
    return found


async def test_nobody_but_operators_sees_or_moderates_reports(town: Town) -> None:
    report_id = await sent(town)
    async with town.client() as client:
        for path in ("/api/v1/reports", f"/api/v1/reports/{report_id}"):
            assert (await client.get(path)).status_code == 401
        for verb in ("publish", "unpublish", "reject"):
            assert (await client.post(f"/api/v1/reports/{report_id}/{verb}", json={})).status_code == 401


async def test_the_list_shows_no_personal_value_and_comes_in_pages(town: Town) -> None:
    ids = [await sent(town, phone="0912345678", first_name="canary") for _ in range(3)]
    async with town.client(operator=True) as operator:
        first = (await operator.get("/api/v1/reports", params={"limit": 2})).json()["reports"]
        rest = (await operator.get("/api/v1/reports", params={"before": first[-1]["number"]})).json()["reports"]
    assert [one["id"] for one in first + rest] == list(reversed(ids))
    for secret in ("canary", "0912345678", "Rác ùn ứ", str(HAC_THANH[0])):
        assert secret not in str(first)
    assert first[0]["status_name"]["vi"] == "Đã tiếp nhận"


async def test_personal_fields_are_shown_with_a_reason_only(town: Town) -> None:
    report_id = await sent(town, phone="0912345678")
    async with town.client(operator=True) as operator:
        url = f"/api/v1/reports/{report_id}"
        assert "revealed" not in (await operator.get(url)).json()
        assert (await operator.get(url, params={"reveal": "true"})).status_code == 422
        shown = await operator.get(url, params={"reveal": "true", "reason": "gọi lại người dân"})
    assert shown.json()["revealed"]["phone"] == "0912345678"


async def test_an_edited_text_is_what_the_public_sees(town: Town) -> None:
    report_id = await sent(town)
    assert (await act(town, report_id, "publish", text="Rác ùn ứ (đã biên tập)")).status_code == 200
    found = await public(town, report_id)
    assert found["description"] == "Rác ùn ứ (đã biên tập)"
    assert found["media_url"] is None
    event = (await town.events())[-1]
    assert (event.type, event.dataclass) == ("citizen.report.published", "public")
    assert "biên tập" not in str(event.data)
    assert event.data["geometry"]["coordinates"] != list(HAC_THANH)


async def test_without_an_operators_text_none_of_the_citizens_words_are_shown(town: Town) -> None:
    report_id = await sent(town, description="Ông Nguyễn Văn A, số không chín một hai ba")
    assert (await act(town, report_id, "publish")).status_code == 200
    found = await public(town, report_id)
    assert found["description"] is None
    assert found["service_code"] == "waste"
    async with town.client() as client:
        (listed,) = (await client.get("/open311/v2/requests.json")).json()
    assert listed == found
    (row,) = await town.rows(report)
    assert row["published_text"] is None


@pytest.mark.parametrize("text", ["gọi tôi 0912345678", "xe 36A-123.45", "viết cho a@b.vn"])
async def test_personal_data_is_not_published_by_accident(town: Town, text: str) -> None:
    report_id = await sent(town, description=text)
    refused = await act(town, report_id, "publish", text=text)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "text"
    assert (await public(town, report_id))["description"] is None


async def test_a_photo_is_public_only_while_published_with_it(town: Town) -> None:
    report_id = await sent(town)
    (row,) = await town.rows(report)
    url = f"/api/v1/media/{row['photo']}"
    async with town.client() as anyone, town.client(operator=True) as operator:
        assert (await anyone.get(url)).status_code == 404
        assert (await operator.get(url)).headers["cache-control"] == "no-store"
        await act(town, report_id, "publish", **await looked_at(town, report_id))
        assert (await anyone.get(url)).content[:3] == b"\xff\xd8\xff"
        await act(town, report_id, "publish", photo=False)
        assert (await anyone.get(url)).status_code == 404
        await act(town, report_id, "publish", **await looked_at(town, report_id))
        await act(town, report_id, "unpublish")
        assert (await anyone.get(url)).status_code == 404
    assert await town.rows(media) == []
    assert (await public(town, report_id))["description"] is None


async def test_a_photo_goes_out_blurred_and_only_as_somebody_has_seen_it(town: Town) -> None:
    report_id = await sent(town)
    (row,) = await town.rows(report)
    url = f"/api/v1/media/{row['photo']}"
    unseen = await act(town, report_id, "publish", photo=True)
    assert (unseen.status_code, unseen.json()["errors"][0]["field"]) == (422, "blur")
    seen = await looked_at(town, report_id, boxes=[[0.1, 0.1, 0.3, 0.5]])
    other = seen | {"blur": seen["blur"] | {"boxes": [[0.1, 0.1, 0.1, 0.1]]}}
    refused = await act(town, report_id, "publish", **other)
    assert refused.status_code == 409 and "Xem lại" in refused.json()["detail"]
    async with town.client() as anyone, town.client(operator=True) as operator:
        assert (await anyone.get(url)).status_code == 404
        original = (await operator.get(url)).content
        assert (await act(town, report_id, "publish", **seen)).status_code == 200
        public_photo = (await anyone.get(url)).content
    assert hashlib.sha256(public_photo).hexdigest() == seen["blur"]["sha256"]
    assert public_photo != original


async def test_who_has_not_looked_at_the_photo_publishes_nothing_of_it(town: Town) -> None:
    report_id = await sent(town)
    seen = await looked_at(town, report_id)
    await town.sign_in("ca-sau")
    refused = await act(town, report_id, "publish", **seen)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:ioc:problem:not-watched")
    assert "Tự xem" in refused.json()["detail"]
    await looked_at(town, report_id)
    assert (await act(town, report_id, "publish", **seen)).status_code == 200


async def test_what_was_looked_at_before_is_not_what_is_published(town: Town) -> None:
    report_id = await sent(town)
    first = await looked_at(town, report_id)
    await looked_at(town, report_id, whole=True)
    assert (await act(town, report_id, "publish", **first)).json()[
        "title"
    ] == "Bạn chưa được xem đúng ảnh đã làm mờ này"
    assert await town.rows(media) == []


async def test_of_a_photo_nobody_knows_all_of_it_is_proposed(town: Town) -> None:
    report_id = await sent(town)
    assert (await act(town, report_id, "photo/boxes")).json() == {"boxes": [], "whole": True}
    async with town.client() as client:
        bare = (await client.post("/open311/v2/requests.json", data=GOOD)).json()[0]["service_request_id"]
    assert (await act(town, bare, "photo/boxes")).status_code == 404


async def test_a_photo_with_nothing_blurred_needs_somebody_to_say_that_nothing_need_be(town: Town) -> None:
    report_id = await sent(town)
    seen = await looked_at(town, report_id, boxes=[], whole=False)
    refused = await act(town, report_id, "publish", **seen)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "clear")
    assert (await act(town, report_id, "publish", **seen | {"blur": seen["blur"] | {"clear": True}})).status_code == 200


@pytest.mark.parametrize("blur", [{"boxes": [[0, 0, 2, 1]]}, {"boxes": [[0, 0, 1]]}, {"boxes": "x"}, {"face": 1}])
async def test_boxes_that_are_none_are_refused(town: Town, blur: dict[str, Any]) -> None:
    report_id = await sent(town)
    assert (await act(town, report_id, "photo/blurred", **blur)).status_code == 422


async def test_only_operators_see_the_photo_before_it_is_public(town: Town) -> None:
    report_id = await sent(town)
    async with town.client() as anyone:
        assert (await anyone.post(f"/api/v1/reports/{report_id}/photo/blurred", json={})).status_code in (401, 403)


async def test_what_was_never_sent_cannot_be_published(town: Town) -> None:
    async with town.client() as client:
        response = await client.post("/open311/v2/requests.json", data=GOOD)
    report_id = response.json()[0]["service_request_id"]
    assert (await act(town, report_id, "publish", photo=True)).status_code == 422
    assert (await act(town, "nobody", "publish")).status_code == 404


async def test_publishing_a_finished_report_shows_in_its_state(town: Town) -> None:
    report_id = await sent(town)
    for action in ("taken", "closed"):
        await town.hear(desk_event(action, report_id, town.clock.now()))
    assert (await act(town, report_id, "publish")).json()["status"] == "published"
    assert (await public(town, report_id))["status"] == "closed"
    assert (await act(town, report_id, "unpublish")).json()["status"] == "resolved"


async def test_a_rejected_report_says_why_and_stays_rejected(town: Town) -> None:
    report_id = await sent(town)
    assert (await act(town, report_id, "reject", reason="x")).status_code == 422
    assert (await act(town, report_id, "reject", reason="Gọi 0912345678")).status_code == 422
    assert (await act(town, report_id, "reject", reason="Thuộc khiếu nại, gửi Ban Tiếp công dân")).status_code == 200
    assert (await public(town, report_id))["status"] == "closed"
    event = (await town.events())[-1]
    assert event.data["attach"]["facts"] == {"rejected": True}
    assert "khiếu nại" not in str(event.data)
    said = await town.hear(desk_event("closed", report_id, town.clock.now()))
    assert said.events == []
    for verb, body in (("reject", {"reason": "lần nữa"}), ("publish", {})):
        assert (await act(town, report_id, verb, **body)).status_code == 409
    (row,) = await town.rows(report)
    assert row["status"] == "rejected"


async def seen_by_anybody(town: Town, report_id: str) -> bool:
    """Whether the public sees anything of a report's text or photo, in any way it could."""
    (row,) = [row for row in await town.rows(report) if row["id"] == report_id]
    async with town.client() as client:
        listed = (await client.get("/open311/v2/requests.json")).json()
        named = (await client.get("/open311/v2/requests.json", params={"service_request_id": report_id})).json()
        picture = await client.get(f"/api/v1/media/{row['photo']}")
    one = await public(town, report_id)
    return bool(listed or named or one["description"] or one["media_url"] or picture.status_code != 404)


async def test_turning_a_public_report_away_takes_it_out_of_the_public_at_once(town: Town) -> None:
    report_id = await sent(town)
    await act(town, report_id, "publish", text="Rác ùn ứ", **await looked_at(town, report_id))
    assert await seen_by_anybody(town, report_id)
    assert (await act(town, report_id, "reject", reason="Không đúng sự thật")).status_code == 200
    assert not await seen_by_anybody(town, report_id)
    assert await town.rows(media) == []
    (row,) = await town.rows(report)
    assert (row["published_at"], row["published_text"], row["photo_published"]) == (None, None, False)
    said = [event.type for event in await town.events()][-2:]
    assert said == ["citizen.report.unpublished", "citizen.report.updated"]


async def test_a_report_turned_away_before_is_hidden_though_it_lies_as_public(town: Town) -> None:
    report_id = await sent(town)
    await act(town, report_id, "publish", text="Rác ùn ứ", **await looked_at(town, report_id))
    await town.store.write(lambda tx: tx.execute(update(report).values(status="rejected")))
    assert not await seen_by_anybody(town, report_id)


@pytest.mark.parametrize(("outcome", "stays"), [("false", False), ("duplicate", False), ("resolved", True)])
async def test_what_the_desk_closes_as_no_matter_of_its_own_is_no_longer_public(
    town: Town, outcome: str, stays: bool
) -> None:
    report_id = await sent(town)
    await act(town, report_id, "publish", text="Rác ùn ứ", **await looked_at(town, report_id))
    town.clock.move(timedelta(minutes=1))
    said = await town.hear(desk_event("closed", report_id, town.clock.now(), outcome=outcome))
    assert await seen_by_anybody(town, report_id) is stays
    assert ("citizen.report.unpublished" in [one.declared.name for one in said.events]) is not stays
    (row,) = await town.rows(report)
    assert row["status"] == "resolved"


async def test_closing_what_was_never_public_tells_of_nothing_taken_back(town: Town) -> None:
    report_id = await sent(town)
    said = await town.hear(desk_event("closed", report_id, town.clock.now(), outcome="false"))
    assert len(said.events) == 1


async def test_services_are_public(town: Town) -> None:
    async with town.client() as client:
        services = (await client.get("/api/v1/services")).json()["services"]
    assert services[0]["name"]["vi"] and services[0]["name"]["en"]
    assert len(services) == len(town.city.services)
