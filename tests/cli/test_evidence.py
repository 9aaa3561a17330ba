"""`ioc evidence verify` as an engineer types it, and the times a city sets for evidence."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.city.profile import load_city
from ioc.evidence.folder import CLIP, SNAPSHOT
from ioc.evidence.limits import EvidenceLimits, evidence_limits
from ioc.host.keeping import keeping_of
from ioc.store import Store, StoreSettings
from ioc.store.evidence import EvidenceRow
from tests.cli.test_backup import installed  # noqa: F401 - a fixture
from tests.cli.test_stores import ROOT, ioc, refused
from tests.evidence.kept import make_evidence

pytestmark = pytest.mark.timeout(240)


async def _make(state: Path, key: str) -> EvidenceRow:
    settings = StoreSettings(f"sqlite:///{state}/ioc.db", "thanh-hoa", state / "test", base64.b64decode(key))
    store = await Store.open(settings)
    try:
        return await make_evidence(store, state)
    finally:
        await store.close()


def test_files_are_held_against_their_hashes(installed: dict[str, str]) -> None:  # noqa: F811
    state = Path(installed["IOC_STATE_DIR"])
    row = asyncio.run(_make(state, installed["IOC_PERSONAL_KEY"]))
    well = ioc("evidence", "verify", **installed)
    assert (well.returncode, "4 tệp đúng như khi lưu" in well.stdout) == (0, True), well.stderr
    home = state / "evidence" / str(row.body.folder)
    (home / SNAPSHOT).unlink()
    (home / CLIP).write_bytes(b"x")
    wrong = ioc("evidence", "verify", **installed)
    assert wrong.returncode == 2
    for said in ("không có tệp", "the file is missing", "tệp đã bị thay đổi", "2 tệp không đúng", row.event, "cam-01"):
        assert said in wrong.stdout
    lines = [
        json.loads(line) for line in ioc("evidence", "verify", row.event, "--json", **installed).stdout.split("\n")[:-1]
    ]
    assert {line["file"]: line["wrong"] for line in lines if line["wrong"]} == {SNAPSHOT: "missing", CLIP: "altered"}
    refused(ioc("evidence", "verify", "lạ", **installed), "Không tìm thấy", "Not found")


def test_a_backup_takes_the_pictures_along_when_told_to(installed: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    state = Path(installed["IOC_STATE_DIR"])
    asyncio.run(_make(state, installed["IOC_PERSONAL_KEY"]))
    without = ioc("backup", str(tmp_path / "a"), **installed)
    assert "Hình bằng chứng KHÔNG có trong bản sao" in without.stdout and "--evidence" in without.stdout
    done = ioc("backup", str(tmp_path / "b"), "--evidence", **installed)
    assert done.returncode == 0, done.stderr
    assert "4 tệp bằng chứng" in done.stdout and "4 files of evidence" in done.stdout
    assert "KHÔNG có trong bản sao" not in done.stdout
    [made] = (tmp_path / "b").glob("thanh-hoa-*")
    there = installed | {"IOC_STATE_DIR": str(tmp_path / "máy khác")}
    assert ioc("restore", str(made), "--check", **there).returncode == 0
    back = ioc("restore", str(made), **there)
    assert back.returncode == 0, back.stderr
    assert "Bằng chứng: 4 tệp đã trả lại" in back.stdout
    proof = ioc("evidence", "verify", **there)
    assert (proof.returncode, "4 tệp đúng như khi lưu" in proof.stdout) == (0, True), proof.stdout
    [bare] = (tmp_path / "a").glob("thanh-hoa-*")
    again = ioc("restore", str(bare), **installed | {"IOC_STATE_DIR": str(tmp_path / "máy ba")})
    assert again.returncode == 0 and "Bản sao không có hình bằng chứng" in again.stdout


def test_a_city_says_how_long_it_keeps_pictures() -> None:
    now, city = datetime(2026, 11, 21, tzinfo=UTC), load_city(ROOT / "cities" / "thanh-hoa")
    kept = keeping_of(city, now).evidence
    assert (kept.of("traffic"), kept.of("public_security")) == (timedelta(days=30), timedelta(days=90))
    assert kept.original == timedelta(days=90)
    assert evidence_limits(city, now) == EvidenceLimits()
