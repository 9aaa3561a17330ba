"""A hold on a case covers everyone the case refers to, also who comes to it later, from the moment they come."""

from __future__ import annotations

import pytest

from ioc.contract import Sealed
from ioc.core.errors import Problem
from ioc.incidents import Command, IncidentBook
from ioc.incidents.held import cover_incidents, references_of, set_hold
from ioc.store import Store
from ioc.store.evidence import want
from tests.events import an_event
from tests.evidence.kept import wanted_of
from tests.incidents.test_desk import CALL, OPERATOR, desk_store, through_the_desk  # noqa: F401 - a fixture


async def test_a_case_and_its_notes_are_held(desk_store: Store):  # noqa: F811
    for ref in ("call-1", "call-2"):
        await desk_store.write(lambda tx, ref=ref: tx.seal(Sealed(ref, {"phone": "0912345678"}, {})))
    call = an_event(type="emergency.call.received", correlationid="call-1", data={"desk": CALL, "personal": "call-1"})
    other = an_event(type="emergency.call.received", correlationid="call-2", data={"desk": CALL, "personal": "call-2"})
    await through_the_desk(desk_store, call, other)
    book = IncidentBook(desk_store, "kyanh")
    found = next(one for one in await book.queue(open_only=True) if one.personal == "call-1")
    assert await references_of(desk_store, found.id) == {"call-1", "story:call-1"}
    hold = await set_hold(desk_store, "incident", found.id, by="toà án", reason="quyết định 7")
    await book.act(found.id, Command(verb="note", version=1, by="Bưởi"), OPERATOR, note="Bà Hoà gọi lại")
    note = (await book.timeline(found))[-1].envelope.data["note_ref"]
    await desk_store.personal.reveal(note, by=OPERATOR, reason="xem lại")
    await desk_store.write(lambda tx: tx.seal(Sealed("witness-1", {"name": "Hoà"}, {})))
    later = an_event(type="emergency.call.witness", correlationid="call-1", data={"who": [{"personal": "witness-1"}]})
    await through_the_desk(desk_store, later)
    for ref in ("call-1", note, "witness-1"):
        with pytest.raises(Problem) as refused:
            await desk_store.personal.erase(ref, by=OPERATOR, reason="theo yêu cầu")
        assert refused.value.code == "held"
    [one] = await desk_store.holds.list()
    assert (one.id, one.refs, one.evidence) == (hold, 3, 0)
    await desk_store.personal.erase("call-2", by=OPERATOR, reason="theo yêu cầu")
    await desk_store.holds.release(hold, by="toà án", reason="hết vụ việc")
    await book.act(found.id, Command(verb="note", version=2, by="Bưởi"), OPERATOR, note="Không còn giữ")
    for one in await book.timeline(found):
        if ref := one.envelope.data.get("note_ref"):
            await desk_store.personal.erase(ref, by=OPERATOR, reason="theo yêu cầu")


async def test_a_hold_of_an_older_build_covers_from_the_next_start_on(desk_store: Store):  # noqa: F811
    await through_the_desk(desk_store, an_event(correlationid="call-1", data={"desk": CALL}))
    book = IncidentBook(desk_store, "kyanh")
    [case] = await book.queue(open_only=True)
    await desk_store.holds.add("incident", case.id, refs=(), by="toà án", reason="quyết định 7")
    await desk_store.holds.add("incident", "vụ của một bản sao khác", refs=(), by="toà án", reason="quyết định 8")
    await book.act(case.id, Command(verb="note", version=1, by="Bưởi"), OPERATOR, note="Bà Hoà gọi lại")
    await cover_incidents(desk_store)
    await book.act(case.id, Command(verb="note", version=2, by="Bưởi"), OPERATOR, note="Bà Hoà gọi lại nữa")
    assert [one.refs for one in await desk_store.holds.list()] == [2, 0]


async def test_pictures_of_a_case_are_held_with_it(desk_store: Store):  # noqa: F811
    call = an_event(type="emergency.call.received", correlationid="call-1", data={"desk": CALL})
    await through_the_desk(desk_store, call)
    [case] = await IncidentBook(desk_store, "kyanh").queue(open_only=True)
    hold = await set_hold(desk_store, "incident", case.id, by="toà án", reason="quyết định 7")
    its, others = wanted_of(desk_store, correlation="call-1"), wanted_of(desk_store, correlation="call-2")
    for wanted in (its, others):
        await desk_store.write(lambda tx, wanted=wanted: want(tx, wanted))
    held = {row.event: row.held for row in await desk_store.evidence.find()}
    assert held == {its.event: True, others.event: False}
    [one] = await desk_store.holds.list()
    assert (one.id, one.refs, one.evidence) == (hold, 0, 1)


async def test_a_case_nobody_knows(desk_store: Store):  # noqa: F811
    with pytest.raises(Problem) as refused:
        await references_of(desk_store, "không có")
    assert refused.value.status == 404
