"""The door of cameras' own analytics: readings, known again by themselves; and what follows from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ioc.contract import Observation
from ioc.core.clock import iso
from modules.public_security.kinds import topic_of
from tests.modules.public_security.conftest import START, World, refused

KIND = "public_security.analytics"


def event(**changes: Any) -> dict[str, Any]:
    return {"camera": "c1", "topic": "intrusion", "t": iso(START), "state": True} | changes


async def kept(world: World) -> list[Observation]:
    batches = await world.store.observations.after(0, 100)
    return [one for batch in batches for one in batch.observations]


async def test_an_event_becomes_a_reading(world: World) -> None:
    answer = await world.post("/analytics", event(topic="tns1:RuleEngine/FieldDetector/ObjectsInside"), "simulator")
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    (reading,) = await kept(world)
    assert (reading.kind, reading.key, reading.value, reading.at) == (KIND, "c1/intrusion", 1.0, START)
    assert reading.simulated and reading.id


async def test_a_repeat_is_kept_once_and_known_in_another_batch(world: World) -> None:
    for _ in range(2):
        assert (await world.post("/analytics", event())).status_code == 202
    assert len(await kept(world)) == 1
    await world.post("/analytics", [event(), event(state=False, t=iso(START + timedelta(seconds=9)))])
    first, again, other = await kept(world)
    assert first.id == again.id != other.id


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (event(camera="C 99\n"), 422, "camera"),
        (event(topic="face"), 422, "topic"),
        (event(t="2026-11-21T16:30:00"), 422, "t"),
        (event(t="2026-11-21T17:30:00Z"), 422, "t"),
        (event(t="2026-11-01T16:30:00Z"), 422, "t"),
        (event(state="on"), 422, "state"),
        (event(picture="x"), 422, "picture"),
        ([event(), event(camera="../c1")], 422, None),
        ([], 422, ""),
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
    ],
)
async def test_what_cannot_be_used_is_refused_whole(world: World, body: Any, status: int, field: str | None) -> None:
    said = refused(await world.post("/analytics", body), status)
    if field:
        assert [one["field"] for one in said["errors"]] == [field]
    assert await kept(world) == []


async def test_a_device_does_not_learn_which_cameras_there_are(world: World) -> None:
    known, unknown = await world.post("/analytics", event()), await world.post("/analytics", event(camera="c99"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b'{"accepted":1}')
    await world.see(KIND, "c99/intrusion", 1)
    assert await world.events("intrusion.") == []
    assert world.module.health() == {"unknown_readings": 1}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("crowd", "crowd"),
        ("tns1:RuleEngine/LineDetector/Crossed", "line_crossing"),
        ("tns1:VideoSource/GlobalSceneChange/ImagingService", "tamper"),
        ("VideoSource/ImageTooDark/AnalyticsService", "tamper"),
        ("tns1:VideoSource/GlobalSceneChanged", None),
        ("tns1:Device/Trigger/Relay", None),
    ],
)
def test_topics_of_onvif(said: str, meant: str | None) -> None:
    assert topic_of(said) == meant


@pytest.mark.parametrize(
    ("topic", "says", "severity", "ends"),
    [
        ("intrusion", "intrusion.detected", 3, "intrusion.cleared"),
        ("crowd", "crowd.detected", 4, "crowd.cleared"),
        ("tamper", "camera.tampered", 3, "camera.restored"),
        ("fight", "analytics.raised", 3, None),
        ("line_crossing", "analytics.raised", 2, None),
    ],
)
async def test_what_a_camera_judges_is_said_at_once(
    world: World, topic: str, says: str, severity: int, ends: str | None
) -> None:
    await world.see(KIND, f"c1/{topic}", 1, 0, every=30)
    first, *others = [one for one in await world.events("public_security.") if "patrol" not in one.type]
    assert (first.type, first.severity) == (f"public_security.{says}", severity)
    assert [one.type for one in others] == ([f"public_security.{ends}"] if ends else [])
    assert bool(first.data.get("desk")) is (severity >= 3)
    assert "None" not in str(first.data["title"])


async def test_a_flickering_camera_is_said_once(world: World) -> None:
    await world.see(KIND, "c1/intrusion", *[1, 0] * 10, every=3)
    assert len(await world.events("intrusion.")) == 2
    world.wait(120)
    await world.see(KIND, "c1/intrusion", 1)
    found = await world.events("intrusion.detected")
    assert len(found) == 2 and len({one.correlationid for one in found}) == 1


async def test_a_camera_that_never_says_the_end_is_heard_again(world: World) -> None:
    await world.see(KIND, "c1/intrusion", 1, 1, every=4000)
    assert [one.type.rpartition(".")[2] for one in await world.events("intrusion.")] == [
        "detected",
        "cleared",
        "detected",
    ]


async def test_camera_and_zone_tell_one_story(world: World) -> None:
    await world.see("camera.objects", "c1/yard", 1, 1, 1)
    await world.see(KIND, "c1/intrusion", 1)
    found = await world.events("intrusion.detected")
    assert len(found) == 2 and len({one.correlationid for one in found}) == 1


async def test_open_intrusions_are_an_indicator(world: World) -> None:
    await world.see(KIND, "c1/intrusion", 1)
    await world.tick("count")
    assert (await world.shown("kpi"))["public_security.open_intrusions"]["value"] == 1
    await world.see(KIND, "c1/intrusion", 0)
    await world.tick("count")
    assert (await world.shown("kpi"))["public_security.open_intrusions"]["value"] == 0
