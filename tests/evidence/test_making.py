"""What is cut out of a ring when the disk, the key or the ring itself is not as it should be."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from ioc.evidence.cut import outlines
from ioc.evidence.folder import EvidenceFolder
from ioc.evidence.ring import NoRoom
from ioc.evidence.setup import calibration_of
from ioc.host.evidence_cutting import NONE, Cutter
from ioc.store import Store
from ioc.store.evidence import Body, Claim, want
from ioc.store.vault import Vault
from tests.evidence.kept import LIMITS, SETUP, fill_ring, wanted_of


async def claimed(store: Store, home: Path) -> Claim:
    """An event whose pictures are in the ring."""
    wanted = wanted_of(store)
    fill_ring(store, home, wanted.camera, wanted.at)
    await store.write(lambda tx: want(tx, wanted))
    claim = await store.evidence.claim(wanted.event, "test")
    assert claim is not None
    return claim


def cutter(home: Path, vault: Vault, free_mb: float = 0) -> Cutter:
    limits = msgspec.structs.replace(LIMITS, free_mb=free_mb)
    return Cutter(home / "ring", EvidenceFolder(home / "evidence"), vault, limits)


async def test_a_disk_that_is_nearly_full_is_left_its_rest(sqlite_store: Store, tmp_path: Path) -> None:
    claim = await claimed(sqlite_store, tmp_path)
    full = cutter(tmp_path, sqlite_store.vault, free_mb=1e9)
    with pytest.raises(NoRoom):
        full.snapshot(claim, full.find(claim.row.wanted, sqlite_store.now()))
    assert list(EvidenceFolder(tmp_path / "evidence").folders()) == []


async def test_originals_sealed_with_another_key_are_missing_and_said(sqlite_store: Store, tmp_path: Path) -> None:
    claim = await claimed(sqlite_store, tmp_path)
    other = cutter(tmp_path, Vault(bytes(range(1, 33)), "kyanh"))
    found = other.find(claim.row.wanted, sqlite_store.now())
    body = other.clip(claim, other.snapshot(claim, found), found)
    assert body.snapshot is not None and body.clip is not None
    assert body.original_snapshot is None and body.original_clip is None
    assert body.reason is not None and "khoá" in body.reason.vi


async def test_a_ring_that_was_lost_leaves_a_reason(sqlite_store: Store, tmp_path: Path) -> None:
    claim = await claimed(sqlite_store, tmp_path)
    shutil.rmtree(tmp_path / "ring")
    bare = cutter(tmp_path, sqlite_store.vault)
    found = bare.find(claim.row.wanted, sqlite_store.now())
    assert bare.clip(claim, bare.snapshot(claim, found), found) == Body(reason=NONE)


async def test_pictures_of_before_a_mask_was_drawn_are_in_no_clip(sqlite_store: Store, tmp_path: Path) -> None:
    claim = await claimed(sqlite_store, tmp_path)
    wanted = claim.row.wanted
    drawn = SETUP | {"masks": [*SETUP["masks"], {"id": "vuon", "points": [[0, 0.5], [0.5, 0.5], [0.5, 1]]}]}
    fill_ring(sqlite_store, tmp_path, wanted.camera, wanted.at, seconds=4, setup=drawn)
    plain = cutter(tmp_path, sqlite_store.vault)
    found = plain.find(wanted, sqlite_store.now())
    body = plain.clip(claim, plain.snapshot(claim, found), found)
    assert body.clip is not None and len(body.clip.frames) == 8, "two pictures a second of four seconds"
    assert body.calibration == calibration_of(drawn)
    assert body.reason is not None and "vùng che" in body.reason.vi


async def test_a_mask_that_was_drawn_a_moment_ago_holds_for_all_that_lies_there(
    sqlite_store: Store, tmp_path: Path
) -> None:
    claim = await claimed(sqlite_store, tmp_path)
    plain = cutter(tmp_path, sqlite_store.vault)
    drawn = [*outlines(SETUP), [[0, 0.5], [0.5, 0.5], [0.5, 1]]]
    found = plain.find(claim.row.wanted, sqlite_store.now(), drawn)
    body = plain.clip(claim, plain.snapshot(claim, found), found)
    assert body.snapshot is None and body.clip is None and body.original_snapshot is None
    assert body.reason is not None and "vùng che" in body.reason.vi
    assert plain.find(claim.row.wanted, sqlite_store.now(), outlines(SETUP)).window is not None


async def test_masks_drawn_long_before_are_no_reason(sqlite_store: Store, tmp_path: Path) -> None:
    wanted = wanted_of(sqlite_store)
    fill_ring(sqlite_store, tmp_path, wanted.camera, wanted.at - timedelta(minutes=5), setup=SETUP | {"masks": []})
    fill_ring(sqlite_store, tmp_path, wanted.camera, wanted.at, seconds=4)
    found = cutter(tmp_path, sqlite_store.vault).find(wanted, sqlite_store.now(), outlines(SETUP))
    assert found.window is not None and not found.before_masks
