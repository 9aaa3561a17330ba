"""A hold on a case covers everyone the case refers to, also who comes to it later."""

from __future__ import annotations

import pytest

from ioc.contract import Sealed
from ioc.core.errors import Problem
from ioc.incidents import Command, IncidentBook
from ioc.incidents.held import cover_incidents, references_of
from ioc.store import Store
from ioc.store.evidence import want
from tests.events import an_event
from tests.evidence.kept import wanted_of
from tests.incidents.test_desk import CALL, OPERATOR, desk_store, through_the_desk  # noqa: F401 - a fixture


async def test_a_case_and_its_notes_are_held(desk_store: Store):  # noqa: F811
    await desk_store.write(lambda tx: tx.seal(Sealed("call-1", {"phone": "0912345678"}, {})))
    call = an_event(type="emergency.call.received", correlationid="call-1", data={"desk": CALL, "personal": "call-1"})
    other = an_event(type="emergency.call.received", correlationid="call-2", data={"desk": CALL, "personal": "call-2"})
    await through_the_desk(desk_store, call, other)
    book = IncidentBook(desk_store, "kyanh")
    found = next(one for one in await book.queue(open_only=True) if one.personal == "call-1")
    refs = await references_of(desk_store, found.id)
    assert refs == {"call-1"}
    hold = await desk_store.holds.add("incident", found.id, refs=refs, by="toà án", reason="quyết định 7")
    await book.act(found.id, Command(verb="note", version=1, by="Bưởi"), OPERATOR, note="Bà Hoà gọi lại")
    note = (await book.timeline(found))[-1].envelope.data["note_ref"]
    await desk_store.personal.reveal(note, by=OPERATOR, reason="xem lại")
    await cover_incidents(desk_store)
    for ref in ("call-1", note):
        with pytest.raises(Problem) as refused:
            await desk_store.personal.erase(ref, by=OPERATOR, reason="theo yêu cầu")
        assert refused.value.code == "held"
    [one] = await desk_store.holds.list()
    assert (one.id, one.refs) == (hold, 2)


async def test_pictures_of_a_case_are_held_with_it(desk_store: Store):  # noqa: F811
    call = an_event(type="emergency.call.received", correlationid="call-1", data={"desk": CALL})
    await through_the_desk(desk_store, call)
    [case] = await IncidentBook(desk_store, "kyanh").queue(open_only=True)
    hold = await desk_store.holds.add("incident", case.id, refs=(), by="toà án", reason="quyết định 7")
    its, others = wanted_of(desk_store, correlation="call-1"), wanted_of(desk_store, correlation="call-2")
    for wanted in (its, others):
        await desk_store.write(lambda tx, wanted=wanted: want(tx, wanted))
    await cover_incidents(desk_store)
    held = {row.event: row.held for row in await desk_store.evidence.find()}
    assert held == {its.event: True, others.event: False}
    [one] = await desk_store.holds.list()
    assert (one.id, one.refs, one.evidence) == (hold, 0, 1)


async def test_a_case_nobody_knows(desk_store: Store):  # noqa: F811
    with pytest.raises(Problem) as refused:
        await references_of(desk_store, "không có")
    assert refused.value.status == 404
