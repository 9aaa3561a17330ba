from __future__ import annotations

from pathlib import Path

import pytest

from ioc.contract import Principal
from ioc.core.dataclass import EVERYTHING, WALL
from ioc.store import StoreSettings
from tests.conftest import CITY, MASTER_KEY, PATIENT


@pytest.fixture
def store_settings_sqlite(sqlite_url: str, tmp_path: Path) -> StoreSettings:
    return StoreSettings(sqlite_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT)


@pytest.fixture
def operator() -> Principal:
    return Principal(id="op-1", name="Nguyễn Văn Trực", role="operator", classes=EVERYTHING)


@pytest.fixture
def wall() -> Principal:
    return Principal(id="wall-1", name="Màn hình ghép", role="wall", classes=WALL)
