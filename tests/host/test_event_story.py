"""The story of an event: what each consumer made of it, and when, from what is really kept."""

from __future__ import annotations

from datetime import timedelta

from ioc.bus import MemoryBus, Showing
from ioc.contract import Latest
from ioc.core.envelope import Recorded
from ioc.host.event_story import event_story
from ioc.store import Store
from ioc.store.dead import bury
from tests.events import AT, an_event


async def test_every_consumer_is_told_with_what_it_made_of_it(store: Store) -> None:
    bus = MemoryBus()
    first = an_event()
    born = an_event(causationid=first.id, module="desk", recordedtime=AT + timedelta(seconds=2))
    elsewhere = an_event(causationid=born.id, module="citizen", correlationid="another story")
    stranger = an_event()
    for event in (first, born, elsewhere, stranger):
        await store.write(lambda tx, event=event: tx.append(event))
    for consumer, position in (("desk", 4), ("module:citizen", 4), ("module:slow", 0), ("module:idle", 0)):
        await store.cursors.take(consumer, "test", start=position)
    await store.cursors.take("module:broken", "test", start=4)
    await store.write(lambda tx: bury(tx, "module:broken", Recorded(1, first), "hỏng", ""))
    await store.write(lambda tx: tx.latest(Latest("module", "idle", {"position": 4}, AT)))
    await bus.add(await store.log.after(0))
    went_out = Showing(1, 3, AT + timedelta(seconds=1), 2)
    await bus.note_showings([went_out])

    story = await event_story(store.settings, bus, first.id)
    assert story is not None and story.event.position == 1
    assert story.carried == "relayed" and story.relayed_at is not None
    assert story.shown == went_out
    stages = {one.consumer: one.stage for one in story.passages}
    assert stages == {
        "desk": "done",
        "module:broken": "buried",
        "module:citizen": "done",
        "module:idle": "done",
        "module:slow": "waiting",
    }
    desk = next(one for one in story.passages if one.consumer == "desk")
    assert ([one.envelope.id for one in desk.born], desk.at) == ([born.id], born.recordedtime)
    assert [one.envelope.id for one in story.later] == [elsewhere.id]
    by_position = await event_story(store.settings, bus, "2")
    assert by_position is not None and by_position.cause is not None and by_position.cause.position == 1


async def test_what_the_bus_has_no_more_is_said(store: Store) -> None:
    event = an_event()
    await store.write(lambda tx: tx.append(event))
    story = await event_story(store.settings, MemoryBus(), event.id)
    assert story is not None and (story.carried, story.relayed_at, story.shown) == ("gone", None, None)
    assert await event_story(store.settings, MemoryBus(), "nobody") is None
    assert await event_story(store.settings, MemoryBus(), "7") is None
