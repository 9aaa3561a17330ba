"""A silence is told as an event, no more openly than the camera it is about."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from msgspec.structs import replace

from ioc.city.profile import City, load_city
from ioc.contract import Listed
from ioc.core.clock import SetClock
from ioc.core.dataclass import DataClass
from ioc.host.source_book import SourceBook
from ioc.host.source_watch import SourceWatch
from ioc.store import Store
from tests.events import AT
from tests.host.series import LIMIT_S
from tests.host.test_readings import NOISE, Nowhere

CITY = load_city(Path(__file__).resolve().parents[2] / "cities" / "thanh-hoa")


def with_camera_of(data_class: DataClass) -> City:
    first, *others = CITY.cameras
    return replace(CITY, cameras=(replace(first, data_class=data_class), *others))


@pytest.mark.parametrize("data_class", [DataClass.INTERNAL, DataClass.SECURITY])
async def test_a_silent_camera_is_told_to_those_who_may_see_it(store: Store, data_class: DataClass) -> None:
    city, clock = with_camera_of(data_class), SetClock(AT)
    camera = city.cameras[0]
    listed = Listed(key=camera.id, name=camera.name, kind="camera", period_s=1.0)
    book = SourceBook("camera", [listed], AT, gap_periods=3)
    ctx = SimpleNamespace(
        spec=NOISE, city=city, store=store, gis=Nowhere(), clock=clock, log=structlog.get_logger(), seated=None
    )
    watching = asyncio.create_task(SourceWatch(book, ctx).run())  # type: ignore[arg-type]
    clock.move(timedelta(minutes=5))
    async with asyncio.timeout(LIMIT_S):
        while not (told := await store.log.query(types=["source.silent"])):
            await asyncio.sleep(0.01)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    assert [one.envelope.dataclass for one in told] == [data_class]
