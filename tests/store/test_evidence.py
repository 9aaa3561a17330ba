"""One evidence an event: through repeats, takeovers, and owners that wake up late."""

from __future__ import annotations

from datetime import timedelta

from ioc.core.dataclass import DataClass
from ioc.core.text import Text
from ioc.store import Store
from ioc.store.evidence import Body, KeptFile, Snapshot, ref_of, want
from tests.evidence.kept import wanted_of

NOTHING = Text("không có hình", "no pictures")


async def test_an_event_is_wanted_once_and_kept_by_the_newest_owner_only(store: Store) -> None:
    wanted = wanted_of(store)
    for _ in range(2):
        await store.write(lambda tx: want(tx, wanted))
    assert await store.evidence.wanted(["cam-01"]) == [wanted.event]
    assert await store.evidence.wanted(["cam-02"]) == []
    first = await store.evidence.claim(wanted.event, "worker-1")
    second = await store.evidence.claim(wanted.event, "worker-2")
    assert first and second and second.row.fence > first.row.fence
    assert first.key == second.key
    body = Body(folder="2026-01-05/x.2", snapshot=Snapshot(1, KeptFile("ab", 2)))
    assert not await store.evidence.note(wanted.event, first.row.fence, body)
    assert not await store.evidence.settle(wanted.event, first.row.fence, "kept", body, by="cameras")
    assert await store.evidence.note(wanted.event, second.row.fence, body)
    assert await store.evidence.settle(wanted.event, second.row.fence, "kept", body, by="cameras")
    assert not await store.evidence.settle(wanted.event, second.row.fence, "missed", Body(), by="cameras")
    assert await store.evidence.claim(wanted.event, "worker-3") is None
    await store.write(lambda tx: want(tx, wanted))
    row = await store.evidence.get(wanted.event)
    assert row is not None and (row.state, row.body) == ("kept", body)
    assert [one.action for one in await store.audit.list(object=ref_of(wanted.event))] == ["evidence.kept"]


async def test_what_nobody_makes_is_given_up_and_a_snapshot_that_is_there_stays(store: Store) -> None:
    bare, begun, fresh = wanted_of(store), wanted_of(store), wanted_of(store)
    for one in (bare, begun):
        await store.write(lambda tx, one=one: want(tx, one))
    claim = await store.evidence.claim(begun.event, "worker-1")
    assert claim is not None
    kept = Body(folder="a/b.1", snapshot=Snapshot(1, KeptFile("ab", 2)))
    await store.evidence.note(begun.event, claim.row.fence, kept)
    before = store.now() + timedelta(milliseconds=1)
    assert set(await store.evidence.give_up(before, NOTHING, by="camera")) == {bare.event, begun.event}
    await store.write(lambda tx: want(tx, fresh))
    assert await store.evidence.give_up(before - timedelta(minutes=1), NOTHING, by="camera") == []
    rows = {row.event: row for row in await store.evidence.find()}
    assert (rows[bare.event].state, rows[begun.event].state) == ("missed", "kept")
    assert rows[begun.event].body.reason == NOTHING
    assert await store.evidence.wrapped_key(begun.event) is None, "there is no original to be opened"


async def test_it_is_found_by_camera_story_class_and_module_page_by_page(store: Store) -> None:
    at = store.now()
    some = [
        wanted_of(store, at=at, correlation="vụ-1"),
        wanted_of(store, at=at, camera="cam-02", module="public_security"),
        wanted_of(store, at=at + timedelta(seconds=1), dataclass=DataClass.SECURITY, correlation="vụ-1"),
    ]
    for one in some:
        await store.write(lambda tx, one=one: want(tx, one, NOTHING))
    a, b, c = (one.event for one in some)
    newest_first = [c, *sorted((a, b), reverse=True)]

    async def ids(**asked: object) -> list[str]:
        return [row.event for row in await store.evidence.find(**asked)]  # type: ignore[arg-type]

    assert await ids() == newest_first
    assert await ids(camera="cam-02") == [b]
    assert await ids(hidden=["cam-02"]) == [c, a]
    assert await ids(correlation="vụ-1") == [c, a]
    assert await ids(classes=[DataClass.INTERNAL]) == newest_first[1:]
    assert await ids(modules=["traffic"]) == [c, a]
    found, before = [], None
    while page := await store.evidence.find(limit=1, before=before):
        found += [page[0].event]
        before = (page[0].wanted.at, page[0].event)
    assert found == newest_first
