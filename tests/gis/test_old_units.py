import unicodedata
from pathlib import Path

import pytest

from gis.old_units import OldUnits, read_old_units

ROWS = """\
old_district_code,old_district,old_ward_code,old_ward,new_ward_code,new_ward,transfer
380,Thành phố Thanh Hóa,14758,Phường Đông Thọ,14797,Phường Hạc Thành,split
380,Thành phố Thanh Hóa,14758,Phường Đông Thọ,14758,Phường Hàm Rồng,split
380,Thành phố Thanh Hóa,14773,Phường Lam Sơn,14797,Phường Hạc Thành,whole
381,Thị xã Bỉm Sơn,14815,Phường Lam Sơn,14812,Phường Bỉm Sơn,whole
389,Huyện Ngọc Lặc,15064,Xã Lam Sơn,15124,Xã Minh Sơn,whole
407,Thị xã Nghi Sơn,16561,Phường Hải Hòa,16561,Phường Tĩnh Gia,whole
449,Thị xã Kỳ Anh,18820,Phường Kỳ Trinh,18754,Phường Sông Trí,whole
"""


@pytest.fixture
def units(tmp_path: Path) -> OldUnits:
    table = tmp_path / "old_to_new.csv"
    table.write_text(ROWS, encoding="utf-8")
    return read_old_units(table)


@pytest.mark.parametrize(
    ("address", "now"),
    [
        ("Phường Lam Sơn, Thành phố Thanh Hóa", "Phường Hạc Thành"),
        ("phuong lam son, tp thanh hoa", "Phường Hạc Thành"),
        ("P. Lam Sơn, TX. Bỉm Sơn", "Phường Bỉm Sơn"),
        ("Xã Lam Sơn", "Xã Minh Sơn"),
        (unicodedata.normalize("NFD", "Phường Kỳ Trinh, Thị xã Kỳ Anh, Tỉnh Hà Tĩnh"), "Phường Sông Trí"),
        ("Phường Hải Hòa, Thị xã Nghi Sơn", "Phường Tĩnh Gia"),
        ("Kỳ Trinh, tỉnh Hà Tĩnh", "Phường Sông Trí"),
    ],
)
def test_an_old_name_becomes_the_unit_of_today(units: OldUnits, address: str, now: str) -> None:
    found = units.of_name(address)
    assert found.certain
    assert {move.new_name for move in found.moves} == {now}


def test_a_divided_unit_stays_a_list_until_a_point_decides(units: OldUnits) -> None:
    found = units.of_name("Phường Đông Thọ, Thành phố Thanh Hóa")
    assert not found.certain
    assert {move.new_code for move in found.moves} == {"14797", "14758"}
    assert "chia" in found.vi
    assert "divided" in found.en
    assert units.narrow(found, "14797").certain
    assert units.narrow(found, "99999") == found
    assert units.narrow(found, None) == found


def test_units_of_one_name_are_told_apart_by_kind_and_district_only(units: OldUnits) -> None:
    found = units.of_name("Lam Sơn")
    assert not found.certain
    assert len(found.moves) == 3
    assert "Bỉm Sơn" in found.vi


def test_an_old_code_is_not_the_new_unit_with_that_code(units: OldUnits) -> None:
    assert {move.old_name for move in units.of_code("14758").moves} == {"Phường Đông Thọ"}


@pytest.mark.parametrize("address", ["", " , ", "Phường Không Có", "Phường Lam Sơn, Thành phố Huế"])
def test_an_unknown_name_gives_nothing_and_says_so(units: OldUnits, address: str) -> None:
    found = units.of_name(address)
    assert found.moves == ()
    assert not found.certain
    assert found.vi
    assert found.en
