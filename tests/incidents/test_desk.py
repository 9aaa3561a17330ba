"""The desk on a real store: what opens an incident, what only adds to one, and that a repeat changes nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from ioc.contract import Principal
from ioc.core.dataclass import EVERYTHING
from ioc.core.envelope import Recorded
from ioc.core.errors import Problem
from ioc.incidents import Command, Desk, IncidentBook
from ioc.incidents.tables import incident as table
from ioc.store import Store, StoreSettings
from ioc.store.migrate import upgrade
from tests.at_once import at_once
from tests.events import an_event

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = Principal(id="p1", name="Lê Thị Bưởi", role="operator", classes=EVERYTHING)
CALL = {"kind": "call", "priority": 1, "title": {"vi": "114: Cháy", "en": "114: Fire"}, "category": "fire"}


@pytest.fixture
async def desk_store(database_url: str, tmp_path: Path):
    upgrade(database_url, [ROOT / "ioc" / "incidents"])
    store = await Store.open(StoreSettings(database_url, "kyanh", tmp_path / "state", bytes(range(32))))
    yield store
    await store.close()


async def through_the_desk(store: Store, *events) -> None:
    """Appends events and lets the desk work them as its follower would."""
    desk = Desk("kyanh", 4)
    positions = [await store.write(lambda tx, one=one: tx.append(one)) for one in events]
    recorded = [Recorded(position, one) for position, one in zip(positions, events, strict=True)]
    wanted = [one for one in recorded if desk.wants(one.envelope)]
    if wanted:
        await store.write(await desk.prepare(wanted))


async def test_a_call_opens_one_incident_and_facts_join_it(desk_store: Store):
    call = an_event(type="emergency.call.received", correlationid="call-1", data={"desk": CALL, "personal": "call-1"})
    advice = an_event(
        type="emergency.unit.recommended",
        correlationid="call-1",
        data={"attach": {"facts": {"recommendation": {"units": [{"id": "cc-1"}]}}}},
    )
    await through_the_desk(desk_store, call, advice)
    (found,) = await IncidentBook(desk_store, "kyanh").queue(open_only=True)
    assert (found.number, found.kind, found.priority, found.personal) == (1, "call", 1, "call-1")
    assert found.facts["recommendation"]["units"][0]["id"] == "cc-1"
    log = [one.envelope.type for one in await IncidentBook(desk_store, "kyanh").timeline(found)]
    assert log == [call.type, advice.type, "incident.opened", "incident.attached"]


async def test_a_severe_event_opens_an_incident_and_a_slight_one_does_not(desk_store: Store):
    slight = an_event(type="noise.limit.exceeded", severity=2, correlationid="K1")
    severe = an_event(type="flood.level.exceeded", severity=5, correlationid="giang")
    await through_the_desk(desk_store, slight, severe)
    (found,) = await IncidentBook(desk_store, "kyanh").queue(open_only=True)
    assert (found.kind, found.priority, found.source_type) == ("event", 1, "flood.level.exceeded")


async def test_a_note_is_sealed_and_the_log_holds_only_its_reference(desk_store: Store):
    await through_the_desk(desk_store, an_event(correlationid="c", data={"desk": CALL}))
    book = IncidentBook(desk_store, "kyanh")
    (found,) = await book.queue(open_only=True)
    secret = "Bà Hoà số 7 Lê Lai gọi lại 0912345678"
    await book.act(found.id, Command(verb="note", version=1, by="Bưởi"), OPERATOR, note=secret)
    newest = (await book.timeline(found))[-1].envelope
    assert secret not in str(newest.data)
    shown = await desk_store.personal.reveal(newest.data["note_ref"], by=OPERATOR, reason="xem lại ca trực")
    assert shown["note"] == secret


async def test_of_the_same_act_at_once_one_is_done_and_the_others_are_told(desk_store: Store):
    await through_the_desk(desk_store, an_event(correlationid="c", data={"desk": CALL}))
    book = IncidentBook(desk_store, "kyanh")
    (found,) = await book.queue(open_only=True)

    async def take(by: str) -> str:
        try:
            return (await book.act(found.id, Command(verb="take", version=1, by=by), OPERATOR)).owner or ""
        except Problem as refused:
            return refused.code

    done = await at_once(desk_store, *(take(by) for by in "abcdef"))
    assert done.count("changed-meanwhile") == 5
    taken = [one.envelope for one in await book.timeline(found) if one.envelope.type == "incident.taken"]
    assert [one.data["incident"]["owner"] for one in taken] == [one for one in done if one in "abcdef"]


async def test_the_view_in_the_event_is_the_view_in_the_table(desk_store: Store):
    await through_the_desk(desk_store, an_event(correlationid="c", data={"desk": CALL}))
    book = IncidentBook(desk_store, "kyanh")
    (found,) = await book.queue(open_only=True)
    await book.act(found.id, Command(verb="take", version=1, by="Bưởi"), OPERATOR)
    async with desk_store.read() as connection:
        stored = (await connection.execute(sa.select(table.c.view))).scalar_one()
    told = (await book.timeline(found))[-1].envelope.data["incident"]
    assert told["status"] == "taken"
    assert msgspec.json.decode(stored) == msgspec.json.decode(msgspec.json.encode(told))


@pytest.mark.parametrize(
    ("cause", "kept"), [("public", "internal"), ("internal", "internal"), ("security", "security"), ("odd", "security")]
)
async def test_an_incident_is_as_guarded_as_what_opened_it(desk_store: Store, cause: str, kept: str):
    await through_the_desk(desk_store, an_event(correlationid="c", dataclass=cause, data={"desk": CALL}))
    book = IncidentBook(desk_store, "kyanh")
    (found,) = await book.queue(open_only=True)
    assert found.dataclass == kept
    assert (await book.timeline(found))[-1].envelope.dataclass == kept
