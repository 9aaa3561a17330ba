"""`ioc hold` as an engineer types it, and the times a city sets."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.city.profile import load_city
from ioc.host.keeping import keeping_of
from tests.cli.test_backup import installed  # noqa: F401 - a fixture
from tests.cli.test_restore_holds import store_of, two_people
from tests.cli.test_stores import ROOT, ioc, refused

pytestmark = pytest.mark.timeout(240)
ROW = """
[[threshold]]
name = "retention.personal_days"
value = 730
quantity = "ngày / days"
source = "Quy chế lưu trữ, số 5 / the city's own rule"
valid_from = 2026-01-01
"""


async def test_a_source_is_held_and_let_go(installed: dict[str, str]) -> None:  # noqa: F811
    store = await store_of(installed)
    await store.series.known("rain", {("rain.level", "trạm-1"): "mm"}, 10)
    await store.close()
    done = ioc(
        "hold", "add", "source", " rain.level:trạm-1", "--reason", "Công văn 12", "--by", "Thanh tra", **installed
    )
    assert done.returncode == 0, done.stderr
    hold = done.stdout.strip()
    listed = ioc("hold", "list", **installed).stdout
    assert hold in listed
    assert "rain.level:trạm-1" in listed
    assert "Công văn 12" in listed
    assert ioc("hold", "release", hold, "--reason", "Hết", **installed).returncode == 0
    assert "Không giữ dữ liệu nào" in ioc("hold", "list", **installed).stdout
    assert "Hết" in ioc("hold", "list", "--all", **installed).stdout
    refused(ioc("hold", "release", hold, "--reason", "Hết", **installed), "Không tìm thấy", "Not found")
    for scope, object in (("incident", "lạ"), ("source", "rain.level:trạm-9"), ("person", "lạ"), ("evidence", "lạ")):
        refused(ioc("hold", "add", scope, object, "--reason", "x", **installed), "Không tìm thấy", "Not found")


async def test_a_person_named_with_a_blank_is_held(installed: dict[str, str]) -> None:  # noqa: F811
    await two_people(installed)
    assert ioc("hold", "add", "person", "call:an ", "--reason", "Công văn 12", **installed).returncode == 0
    refused(ioc("people", "erase", "call:an", "--reason", "thử", **installed), "đang bị giữ", "under a legal hold")


def test_a_city_says_how_long_it_keeps_people(tmp_path: Path) -> None:
    now, profile = datetime(2026, 11, 21, tzinfo=UTC), ROOT / "cities" / "thanh-hoa"
    assert keeping_of(load_city(profile), now).personal is None
    own = shutil.copytree(profile, tmp_path / profile.name)
    with (own / "thresholds.toml").open("a", encoding="utf-8") as file:
        file.write(ROW)
    assert keeping_of(load_city(own), now).personal == timedelta(days=730)
