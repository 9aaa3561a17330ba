"""Which events want pictures: by their class, of a camera of the city, and in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

import modules
from ioc.core.clock import SystemClock, iso
from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope, Recorded
from ioc.host.discovery import find_modules
from ioc.host.evidence_wanted import LATE, OLD, TOO_LATE, EvidenceClerk, evidence_fields
from ioc.store import Store
from ioc.store.evidence_bounds import Bounds
from tests.events import an_event

CAMERAS = {"cam-01": DataClass.INTERNAL, "cam-kín": DataClass.SECURITY}
TOLD, OTHER = "traffic.wrong_way.suspected", "traffic.vehicle.stopped"
BOUNDS = Bounds(near_s=10, most_story=3, most_hour=5)


def event(**values: Any) -> Envelope:
    now = SystemClock().now()
    plain = {"type": TOLD, "module": "traffic", "time": now, "recordedtime": now, "data": {"camera": "cam-01"}}
    return an_event(**(plain | values))


def clerk() -> EvidenceClerk:
    return EvidenceClerk({TOLD: "camera", OTHER: "camera"}, lambda: CAMERAS, lambda now: BOUNDS, SystemClock())


async def handled(store: Store, *events: Envelope) -> None:
    effects = await clerk().prepare([Recorded(number, one) for number, one in enumerate(events, 1)])
    await store.write(effects)


def test_the_modules_say_which_events_want_pictures() -> None:
    fields = evidence_fields(find_modules().values(), structlog.get_logger())
    assert set(fields.values()) == {"camera"}
    assert {"traffic.vehicle.stopped", "public_security.object.left", "public_security.camera.tampered"} <= set(fields)
    assert not {"traffic.vehicle.moved", "public_security.camera.restored", "traffic.incident.suspected"} & set(fields)


def test_a_module_whose_code_is_broken_harms_no_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hong").mkdir()
    for name, text in (("__init__.py", ""), ("module.py", 'raise RuntimeError("bí mật của Nguyễn Thị Lý")')):
        (tmp_path / "hong" / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(modules, "__path__", [*modules.__path__, str(tmp_path)])
    good = list(find_modules().values())
    broken = msgspec.structs.replace(good[0], folder=tmp_path / "hong", package="modules.hong")
    with capture_logs() as logs:
        fields = evidence_fields([broken, *good], structlog.get_logger())
    assert fields == evidence_fields(good, structlog.get_logger())
    assert [line["error"] for line in logs] == ["RuntimeError"]


@pytest.mark.parametrize(
    "values",
    [
        {"type": "traffic.vehicle.moved"},
        {"data": {}},
        {"data": {"camera": "cam-99"}},
        {"data": {"camera": None}},
        {"data": {"camera": {"id": "cam-01"}}},
        {"recordedtime": SystemClock().now() - OLD - timedelta(minutes=1)},
    ],
)
def test_others_do_not(values: dict[str, Any]) -> None:
    assert clerk().wants(event())
    assert not clerk().wants(event(**values))


@pytest.mark.parametrize(
    ("told", "camera", "kept"),
    [
        ("public", "cam-01", DataClass.INTERNAL),
        ("internal", "cam-01", DataClass.INTERNAL),
        ("internal", "cam-kín", DataClass.SECURITY),
        ("security", "cam-01", DataClass.SECURITY),
        ("một lớp mới", "cam-01", DataClass.SECURITY),
    ],
)
async def test_pictures_are_of_the_stricter_class_and_never_public(
    sqlite_store: Store, told: str, camera: str, kept: DataClass
) -> None:
    one = event(dataclass=told, data={"camera": camera, "since": "hôm qua"})
    await handled(sqlite_store, one)
    row = await sqlite_store.evidence.get(one.id)
    assert row is not None
    assert (row.wanted.dataclass, row.wanted.since, row.state) == (kept, None, "wanted")


async def test_an_event_that_is_read_too_late_has_its_reason(sqlite_store: Store) -> None:
    now = SystemClock().now()
    late = event(recordedtime=now - LATE - timedelta(seconds=1))
    fresh = event(data={"camera": "cam-01", "since": iso(now - timedelta(seconds=7))})
    await handled(sqlite_store, late, fresh)
    await handled(sqlite_store, late, fresh)
    rows = {row.event: row for row in await sqlite_store.evidence.find()}
    assert (rows[late.id].state, rows[late.id].body.reason) == ("missed", TOO_LATE)
    since = rows[fresh.id].wanted.since
    assert since is not None and abs(now - timedelta(seconds=7) - since) < timedelta(milliseconds=2)


async def kept_of(store: Store, events: list[Envelope]) -> list[bool]:
    """Whether pictures of each are to be kept, told one after the other and again as one; who is left out says why."""
    for one in events:
        await handled(store, one)
    await handled(store, *events)
    rows = {row.event: row for row in await store.evidence.find(limit=1_000)}
    assert set(rows) == {one.id for one in events}
    assert all((row.state == "wanted") == (row.body.reason is None) for row in rows.values())
    audited = {line.object for line in await store.audit.of_actions(["evidence.missed"])}
    assert audited == {f"evidence:{id}" for id, row in rows.items() if row.state == "missed"}
    return [rows[one.id].state == "wanted" for one in events]


def every(seconds: int, count: int, **values: Any) -> list[Envelope]:
    begun = SystemClock().now() - timedelta(hours=3)
    return [event(time=begun + timedelta(seconds=seconds * number), **values) for number in range(count)]


async def test_what_is_in_the_clip_of_another_of_its_story_has_none_of_its_own(sqlite_store: Store) -> None:
    events = every(4, 9, correlationid="story:1")
    assert await kept_of(sqlite_store, events) == [n in (0, 3, 6) for n in range(9)]
    row = await sqlite_store.evidence.get(events[1].id)
    assert row is not None and row.body.reason is not None
    assert events[0].id in row.body.reason.en


async def test_a_story_that_goes_on_and_on_has_so_many_clips_an_hour(sqlite_store: Store) -> None:
    events = every(60, 125, correlationid="story:1")
    kept = await kept_of(sqlite_store, events)
    assert [number for number, one in enumerate(kept) if one] == [0, 1, 2, 61, 62, 63, 122, 123, 124]


async def test_stories_without_end_have_so_many_an_hour_and_others_are_not_touched(sqlite_store: Store) -> None:
    at_once = [event(correlationid=f"story:{number}") for number in range(8)]
    others = [
        event(correlationid="story:9", type=OTHER),
        event(correlationid="story:10", data={"camera": "cam-kín"}),
    ]
    assert await kept_of(sqlite_store, [*at_once, *others]) == [*[True] * 5, *[False] * 3, True, True]
