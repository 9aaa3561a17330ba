"""Groups of cases on a real store: made by the desk, changed by operators, closed at once."""

from __future__ import annotations

import pytest

from ioc.contract import Principal
from ioc.core.dataclass import EVERYTHING
from ioc.core.envelope import Envelope, Recorded
from ioc.core.errors import Problem
from ioc.incidents import Command, Desk, Incident, IncidentBook
from ioc.store import Store
from tests.events import an_event
from tests.incidents.test_belonging import RULE
from tests.incidents.test_desk import OPERATOR, desk_store

__all__ = ["desk_store"]
HERE = {"type": "Point", "coordinates": [105.78, 19.8]}


def call(number: int, category: str = "crash", priority: int = 3, place: bool = True, **more: object) -> Envelope:
    desk = {"kind": "call", "priority": priority, "title": {"vi": f"Gọi {number}", "en": "Call"}, "category": category}
    data = {"desk": desk, **({"geometry": HERE} if place else {})}
    return an_event(type="emergency.call.received", module="emergency", correlationid=f"k{number}", data=data, **more)


async def open_cases(store: Store, *events: Envelope) -> None:
    desk = Desk("kyanh", 4, lambda at: RULE)
    for one in events:
        position = await store.write(lambda tx, one=one: tx.append(one))
        await store.write(await desk.prepare([Recorded(position, one)]))


def book_of(store: Store) -> IncidentBook:
    return IncidentBook(store, "kyanh", lambda at: RULE)


async def cases(store: Store) -> dict[int, Incident]:
    return {one.number: one for one in await book_of(store).queue(open_only=False)}


async def do(store: Store, number: int, verb: str, by: Principal = OPERATOR, **more: object) -> Incident:
    one = (await cases(store))[number]
    asked = Command(verb=verb, version=one.version, by="Bưởi", **more)  # type: ignore[arg-type]
    return await book_of(store).act(one.id, asked, by)


async def story(store: Store, one: Incident) -> list[str]:
    return [entry.envelope.type for entry in await book_of(store).timeline(one)]


async def test_calls_of_one_crash_are_shown_beneath_the_one_that_names_it(desk_store: Store):
    await open_cases(desk_store, call(1, "unconscious", 1), call(2), call(3), call(4, "fire", 1))
    found = await cases(desk_store)
    assert [found[n].lead for n in (1, 2, 3, 4)] == [found[2].id, None, found[2].id, None]
    assert [found[n].joined for n in (1, 2, 3, 4)] == ["auto", None, "auto", None]
    assert {one.status for one in found.values()} == {"new"}  # nothing is merged and nothing is answered by itself
    assert await story(desk_store, found[1]) == ["emergency.call.received", "incident.opened", "incident.joined"]
    told = (await book_of(desk_store).timeline(found[1]))[-1].envelope.data
    assert (told["lead"], told["joined"], told["incident"]["version"]) == (found[2].id, "auto", found[1].version)


async def test_a_better_lead_takes_the_whole_group_so_that_it_is_never_two_deep(desk_store: Store):
    await open_cases(desk_store, call(1, "crash"), call(2, "crash"), call(3, "crash_injury"))
    found = await cases(desk_store)
    assert [found[n].lead for n in (1, 2, 3)] == [found[3].id, found[3].id, None]


async def test_a_person_parts_and_joins_and_that_is_told(desk_store: Store):
    await open_cases(desk_store, call(1), call(2), call(3, "fire"))
    parted = await do(desk_store, 2, "part")
    assert (parted.lead, parted.joined) == (None, None)
    found = await cases(desk_store)
    joined = await do(desk_store, 3, "join", lead=found[1].id)
    assert (joined.lead, joined.joined) == (found[1].id, "hand")
    again = await do(desk_store, 2, "join", lead=found[1].id)
    assert (again.lead, again.joined) == (found[1].id, "hand")
    assert (await story(desk_store, again))[-2:] == ["incident.parted", "incident.joined"]
    log = (await book_of(desk_store).timeline(again))[-1].envelope.data
    assert (log["by"], log["lead"], log["joined"]) == ("Bưởi", found[1].id, "hand")


async def test_a_joined_case_brings_its_own_parts(desk_store: Store):
    await open_cases(desk_store, call(1), call(2), call(3, "fire"))
    found = await cases(desk_store)
    await do(desk_store, 1, "join", lead=found[3].id)
    found = await cases(desk_store)
    assert {found[1].lead, found[2].lead} == {found[3].id}
    assert (found[1].joined, found[2].joined) == ("hand", "auto")


async def refused(store: Store, number: int, verb: str, **more: object) -> str:
    with pytest.raises(Problem) as said:
        await do(store, number, verb, **more)
    assert said.value.status in (404, 409)
    return said.value.code


async def test_what_cannot_be_joined_says_why(desk_store: Store):
    await open_cases(desk_store, call(1), call(2), call(3, "fire"), call(4, "noise"))
    found = await cases(desk_store)
    assert await refused(desk_store, 1, "join", lead=found[1].id) == "same-case"
    assert await refused(desk_store, 1, "join", lead=found[2].id) == "circle"
    assert await refused(desk_store, 3, "join", lead=found[2].id) == "lead-is-part"
    assert await refused(desk_store, 3, "join", lead="01936f00-0000-7000-8000-000000000001") == "not-found"
    assert await refused(desk_store, 3, "part") == "not-a-part"
    await do(desk_store, 4, "take")
    await do(desk_store, 4, "close", outcome="resolved")
    assert await refused(desk_store, 3, "join", lead=found[4].id) == "lead-closed"
    assert await refused(desk_store, 4, "join", lead=found[3].id) == "not-in-this-state"
    await do(desk_store, 3, "join", lead=found[1].id)
    assert await refused(desk_store, 3, "join", lead=found[1].id) == "already-joined"


async def test_closing_the_lead_closes_its_parts_each_with_its_own_event(desk_store: Store):
    await open_cases(desk_store, call(1), call(2), call(3))
    await do(desk_store, 1, "take")
    await do(desk_store, 2, "take")
    await do(desk_store, 1, "close", outcome="resolved", parts=True)
    found = await cases(desk_store)
    assert [(found[n].status, found[n].outcome) for n in (1, 2, 3)] == [("closed", "resolved")] * 3
    assert (await story(desk_store, found[2]))[-2:] == ["incident.taken", "incident.closed"]
    assert (await story(desk_store, found[3]))[-2:] == ["incident.taken", "incident.closed"]  # a person answered it


async def test_without_being_asked_parts_stay_open_and_nothing_new_comes_to_a_closed_lead(desk_store: Store):
    await open_cases(desk_store, call(1), call(2))
    await do(desk_store, 1, "take")
    await do(desk_store, 1, "close", outcome="resolved")
    await open_cases(desk_store, call(3))
    found = await cases(desk_store)
    assert [found[n].status for n in (1, 2, 3)] == ["closed", "new", "new"]
    assert found[3].lead is None


async def test_nobody_closes_a_part_they_may_not_see(desk_store: Store):
    await open_cases(desk_store, call(1), call(2, dataclass="security"))
    found = await cases(desk_store)
    assert found[2].lead is None  # another class of data is never joined by itself
    await do(desk_store, 2, "join", lead=found[1].id)
    few = Principal(id="p2", name="Trịnh Văn Mai", role="operator", classes=EVERYTHING - {"security"})
    await do(desk_store, 1, "take", few)
    await do(desk_store, 1, "close", few, outcome="resolved", parts=True)
    found = await cases(desk_store)
    assert (found[1].status, found[2].status) == ("closed", "new")


async def test_a_call_that_gets_its_place_later_finds_its_group(desk_store: Store):
    await open_cases(desk_store, call(1), call(2, place=False))
    located = await do(desk_store, 2, "locate", lonlat=(105.7801, 19.8))
    found = await cases(desk_store)
    assert (located.lead, found[2].lead, found[2].joined) == (found[1].id, found[1].id, "auto")
