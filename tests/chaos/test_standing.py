"""A module that cannot start, seen from outside: it never reads as live, and the other parts do not notice."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.host.lives import BACKOFF_S
from tests.running import City, start_city
from tests.servers import START_LIMIT_S, wait_until

pytestmark = pytest.mark.timeout(300)

FIVE = {"citizen", "emergency", "traffic", "public_security", "media"}
PLATFORM = {"api", "desk", "cameras", "bus"}
STARTS = len(BACKOFF_S) + 1  # by then every pause before a start was made, also the longest
LOOK_EVERY_S = 0.25
BROKEN = 'raise RuntimeError("bí mật của Nguyễn Thị Lý")\n'
MANIFEST = """name = "broken"
title_vi = "Phân hệ hỏng"
title_en = "Broken module"
version = "0.1.0"
owner = "ubnd-thanh-hoa"
"""


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    """A real city with a third party's module whose code raises when it is imported."""
    home = Path(tempfile.mkdtemp(prefix="ioc-t-", dir="/tmp"))  # sockets have short names
    (home / "broken").mkdir()
    for name, text in (("manifest.toml", MANIFEST), ("__init__.py", ""), ("module.py", BROKEN)):
        (home / "broken" / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IOC_MODULES_DIR", str(home))
        running = start_city(home / "state", "--quiet")
        try:
            wait_until(lambda: live(running) >= FIVE | PLATFORM, "all parts but the broken one are live", 120)
            yield running
        finally:
            running.stop()
            shutil.rmtree(home, ignore_errors=True)


def rows(city: City) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in city.get("/api/v1/modules").json()["modules"]}


def live(city: City) -> set[str]:
    try:
        return {name for name, row in rows(city).items() if row["state"] == "live"}
    except httpx.HTTPError:  # its web service does not answer yet
        return set()


def states_until(city: City, name: str, restarts: int) -> tuple[set[str], list[set[str]]]:
    """The states of one part, and which others were not live, at every look until it has begun anew so often."""
    seen, others, until = set[str](), list[set[str]](), time.monotonic() + START_LIMIT_S
    while (found := rows(city))[name]["restarts"] < restarts:
        assert time.monotonic() < until, f"{name} began anew {found[name]['restarts']} times only"
        seen.add(found[name]["state"])
        others.append({one for one in FIVE | PLATFORM if one != name and found[one]["state"] != "live"})
        time.sleep(LOOK_EVERY_S)
    return seen, others


def test_a_module_that_cannot_start_is_failed_with_its_reason_and_never_live(city: City) -> None:
    wait_until(lambda: rows(city)["broken"]["restarts"] >= 2, "it was started again", 30)
    begun: int = rows(city)["broken"]["restarts"]
    seen, others = states_until(city, "broken", max(begun + 2, STARTS))
    row = rows(city)["broken"]
    assert seen == {"failed"}
    assert not any(others)
    assert (row["title"], row["platform"]) == ({"vi": "Phân hệ hỏng", "en": "Broken module"}, False)
    assert "RuntimeError" in row["detail"]["vi"] and "lần liên tiếp" in row["detail"]["vi"]
    assert "times in a row" in row["detail"]["en"]
    assert "Nguyễn" not in city.log.read_text(encoding="utf-8") + str(row), "a message may hold a person's data"
