"""A store that an older build left is judged by the columns it has: sound as it stands, and damaged where it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.store import StoreSettings, migrate
from ioc.store.backup import read_manifest
from ioc.store.doctor import Severity
from ioc.store.migrate import Line
from tests.store.test_damaged_backup import backed_up, run
from tests.store.test_doctor import fill, looked_over

pytestmark = pytest.mark.timeout(180)
STEPS = [
    *[(f"platform_{number:04}", "observations_0006") for number in range(1, 11)],
    *[("platform_0002", f"observations_{number:04}") for number in range(1, 6)],
]


def left_at(url: str, platform: str, observations: str) -> None:
    """As a build of these revisions left it."""
    was = {"platform": platform, "observations": observations}
    lines = migrate.state(url)
    migrate.return_to(url, [], [Line(one.name, was[one.name], one.head, one.known) for one in lines])


@pytest.mark.parametrize(("platform", "observations"), STEPS)
async def test_a_sound_store_of_an_older_build_is_sound(
    store_settings: StoreSettings, tmp_path: Path, platform: str, observations: str
) -> None:
    await fill(store_settings, 5)
    run(
        store_settings,
        "insert into cursor (consumer, position, fence, owner, beat)"
        " values ('module:rain:readings', 5, 1, 'x', '2026-11-21 07:30:00')",
    )
    await asyncio.to_thread(left_at, store_settings.url, platform, observations)
    manifest = read_manifest(await asyncio.to_thread(backed_up, store_settings, tmp_path / "b"))
    assert (manifest.format, manifest.wrong) == (1, []), "a form that the former build reads"
    for deep in (False, True):
        found = await looked_over(store_settings, deep=deep)
        assert [one.text.en for one in found if one.severity is Severity.BROKEN] == []


async def test_a_damaged_row_of_an_older_build_is_named(store_settings_sqlite: StoreSettings, tmp_path: Path) -> None:
    settings = store_settings_sqlite
    await fill(settings, 5)
    await asyncio.to_thread(left_at, settings.url, "platform_0004", "observations_0002")
    run(settings, "update cursor set position = 'chữ'")
    [wrong] = read_manifest(await asyncio.to_thread(backed_up, settings, tmp_path / "b")).wrong
    assert "row desk: column position" in wrong.en


@pytest.mark.parametrize(
    ("statement", "named"),
    [("alter table cursor drop column trying_item", "column trying_item of table cursor"), ("drop table seat", "seat")],
)
async def test_what_this_builds_tables_lack_is_damage(
    store_settings: StoreSettings, tmp_path: Path, statement: str, named: str
) -> None:
    await fill(store_settings, 5)
    run(store_settings, statement)
    manifest = read_manifest(await asyncio.to_thread(backed_up, store_settings, tmp_path / "b", datetime.now(UTC)))
    [wrong] = manifest.wrong
    assert named in wrong.en
