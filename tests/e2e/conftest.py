"""A running city and a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import FLAGS, PATIENCE_MS, chromium, use_own_node
from tests.running import City, running_city

use_own_node()
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The distribution's Chromium; a machine without it fails here."""
    return {"executable_path": chromium(), "args": list(FLAGS), "headless": True}


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
