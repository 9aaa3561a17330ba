"""`ioc restore` and `ioc hold` as an engineer types them: what is held stays held, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.contract import Sealed
from ioc.host.parts import store_settings
from ioc.settings import Settings
from ioc.store import Store
from tests.cli.test_backup import installed  # noqa: F401 - a fixture
from tests.cli.test_stores import ioc, refused

pytestmark = pytest.mark.timeout(600)
WHY = ("--reason", "Công văn 12/CV-CA")


async def store_of(given: dict[str, str]) -> Store:
    values = {name.removeprefix("IOC_").lower(): value for name, value in given.items()}
    return await Store.open(store_settings(Settings.model_validate(values), "thanh-hoa"))


async def two_people(given: dict[str, str]) -> None:
    store = await store_of(given)
    for ref in ("call:an", "call:bình"):
        await store.write(lambda tx, ref=ref: tx.seal(Sealed(ref, {"phone": "0912345678"}, {})))
    await store.close()


async def test_holds_outlive_a_restore_and_who_is_held_is_left(installed: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    await two_people(installed)
    assert ioc("hold", "add", "person", "call:bình", *WHY, **installed).returncode == 0
    assert ioc("backup", str(tmp_path / "b"), **installed).returncode == 0
    [backup] = (tmp_path / "b").glob("thanh-hoa-*")
    assert ioc("hold", "add", "person", "call:an", *WHY, **installed).returncode == 0
    named = tmp_path / "đã xoá"
    named.write_text("call:bình\n", encoding="utf-8")
    done = ioc("restore", str(backup), "--replace", "--erased", str(named), **installed)
    assert done.returncode == 0, done.stderr
    listed = ioc("hold", "list", **installed).stdout
    assert "person call:an" in listed and "person call:bình" in listed
    for ref in ("call:an", "call:bình"):
        refused(ioc("people", "erase", ref, "--reason", "thử", **installed), "đang bị giữ", "under a legal hold")
    assert "Vẫn giữ theo 1 lệnh không có trong bản sao" in done.stdout
    assert "không xoá lại: call:bình" in done.stdout and "not erased again: call:bình" in done.stdout
