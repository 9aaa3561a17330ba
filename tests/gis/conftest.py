"""Hand-made units in the shape of the real ones: reused codes, a mainland with three islands, a coast."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest
import shapely

from gis.wards import Ward, WardIndex

ROOT = Path(__file__).resolve().parents[2]
MERGER = date(2025, 7, 1)


def ward(code: str, name: str, shape: shapely.Geometry, since: date = MERGER, until: date | None = None) -> Ward:
    kind = "xa" if name.startswith("Xã") else "phuong"
    return Ward(code, name, kind, since, shape, until)


# Đông Thọ lost its code to Hàm Rồng; the new Hạc Thành took most of it.
OLD_DONG_THO = ward("14758", "Phường Đông Thọ", shapely.box(105.76, 19.80, 105.80, 19.83), date(2000, 1, 1))
HAC_THANH = ward("14797", "Phường Hạc Thành", shapely.box(105.75, 19.78, 105.80, 19.82))
HAM_RONG = ward("14758", "Phường Hàm Rồng", shapely.box(105.75, 19.82, 105.80, 19.87))
VUNG_ANG_PARTS = (
    shapely.box(106.36, 18.02, 106.44, 18.12),  # the mainland, its east side is the coast
    shapely.box(106.455, 18.098, 106.465, 18.106),  # Hòn Sơn Dương
    shapely.box(106.470, 18.110, 106.471, 18.111),
    shapely.box(106.474, 18.090, 106.475, 18.091),
)
VUNG_ANG = ward("18823", "Phường Vũng Áng", shapely.MultiPolygon(VUNG_ANG_PARTS))


@pytest.fixture
def wards() -> list[Ward]:
    return [OLD_DONG_THO, HAC_THANH, HAM_RONG, VUNG_ANG]


@pytest.fixture
def index(wards: list[Ward]) -> WardIndex:
    return WardIndex(wards, tolerance_m=300)


@pytest.fixture
def shared_data(capsys: pytest.CaptureFixture[str]) -> Path | None:
    """The folder of real files beside the repository; None, said aloud, where there is none."""
    folder = ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    with capsys.disabled():
        sys.stdout.write("\n../shared/data is absent: checking the wards of the repository instead\n")
    return None
