"""Fences of sources: what comes with an older one is refused in its own commit, the rest of the batch is kept."""

from __future__ import annotations

from ioc.contract import Observation
from ioc.store import Store


def reading(store: Store, camera: str, value: float) -> Observation:
    return Observation("camera.motion", camera, value, "%", store.now())


async def test_each_taking_raises_the_fence_and_the_earlier_owner_is_found_out(store: Store) -> None:
    first = await store.fences.take(["cầu", "chợ"], "một")
    second = await store.fences.take(["cầu", "ga"], "hai")
    assert second["cầu"] > first["cầu"] and second["ga"] == first["chợ"] == 1
    assert await store.fences.ours(first) == {"chợ"}
    assert await store.fences.ours(second) == {"cầu", "ga"}
    assert await store.fences.ours({"nhà văn hóa": 1}) == frozenset(), "one that nobody ever took is nobody's"
    assert await store.fences.take([], "một") == {}


async def test_readings_of_a_source_that_was_taken_are_refused_and_the_others_kept(store: Store) -> None:
    first = await store.fences.take(["cầu", "chợ"], "một")
    second = await store.fences.take(["cầu"], "hai")
    batch = {camera: [reading(store, camera, 1.0)] for camera in ("cầu", "chợ")}
    assert await store.observations.write_fenced("cameras", batch, first) == {"cầu"}
    theirs = {"cầu": [reading(store, "cầu", 2.0)]}
    assert await store.observations.write_fenced("cameras", theirs, second) == frozenset()
    assert await store.observations.write_fenced("cameras", {"cầu": batch["cầu"]}, first) == {"cầu"}
    kept = [(one.key, one.value) for row in await store.observations.after(0) for one in row.observations]
    assert kept == [("chợ", 1.0), ("cầu", 2.0)]
