"""Which place a text speaks of, with the real names of both cities."""

from __future__ import annotations

import copy
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.city_places import CityGis
from ioc.city.profile import City
from modules.media.atlas import Atlas
from modules.media.module import ward_of
from modules.media.placing import Placing, place
from modules.media.spelling import said
from modules.media.topics import topics_met

HAC_THANH, HAM_RONG, DONG_SON, NGUYET_VIEN, DONG_QUANG = "14797", "14758", "16378", "15925", "16417"
QUANG_PHU = "16522"


def placed(text: str, atlas: Atlas, *, local: bool = True, official: bool = True) -> Placing:
    words = said(text)
    return place(words, atlas, [one.start for one in topics_met(words)], local=local, official=official)


def ward(found: Placing) -> str | None:
    return found.spot.ward_code if found.spot else None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Cháy lớn tại xưởng gỗ phường Hạc Thành", HAC_THANH),
        ("CHÁY LỚN TẠI PHƯỜNG HẠC THÀNH", HAC_THANH),
        ("Cháy ở P. Hàm Rồng", HAM_RONG),
        ("chay nha o phuong ham rong", HAM_RONG),
        ("Phường Đông Sơn ngập sâu", DONG_SON),
        ("Ngập tại phường Đông Sơn (cũ)", HAC_THANH),
        ("Cháy ở phường Lam Sơn", HAC_THANH),  # an old unit, wholly in the new one
        ("cháy ở phường Trường Thi", HAC_THANH),
        ("Kẹt xe QL1A đoạn cầu Hoàng Long", NGUYET_VIEN),
        ("kẹt xe QL1A phường Hạc Thành", HAC_THANH),
        ("tai nạn trên đường Trần Phú", HAC_THANH),
        ("kẹt xe trần phú quá", HAC_THANH),
        ("Ngập ở phường An Hưng, gần Bệnh viện Nhi", HAC_THANH),  # another place settles a divided unit
        ("Sông Mã dâng cao, ngập tại phường Nguyệt Viên", NGUYET_VIEN),
        ("Tai nạn ở đường Quang Trung, nạn nhân được đưa vào Bệnh viện Đa khoa tỉnh Thanh Hóa", HAC_THANH),
        ("cháy trước UBND tỉnh Thanh Hóa", HAC_THANH),
        ("Tụ tập đông người ở Quảng trường Lam Sơn", HAC_THANH),
    ],
)
def test_a_place_is_found_with_and_without_marks_by_new_and_old_names(text: str, code: str, thanh_hoa: Atlas) -> None:
    assert ward(placed(text, thanh_hoa)) == code
    assert ward(placed(unicodedata.normalize("NFD", text), thanh_hoa)) == code


@pytest.mark.parametrize(
    "text",
    [
        "Anh Lê Lợi bị tai nạn",
        "Trường thi đông nghẹt thí sinh",
        "Tỉnh Điện Biên sạt lở",
        "UBND tỉnh Thanh Hóa chỉ đạo ứng phó ngập lụt",
        "cháy tại thành phố Thanh Hóa",
        "chay nha, ham rong dep qua",  # the ward and the road read the same, and nothing says that it is a place
        "Sông Mã dâng cao, ngập nhiều nơi",
        "Nạn nhân cháy được đưa vào Bệnh viện Nhi Thanh Hóa",
        "cháy!",
        "",
    ],
)
def test_what_names_no_place_of_the_city_is_placed_nowhere(text: str, thanh_hoa: Atlas) -> None:
    assert placed(text, thanh_hoa).spot is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tai nạn giao thông ở Quảng Thành, Thanh Hóa", QUANG_PHU),
        ("TAI NẠN GIAO THÔNG Ở QUẢNG THÀNH", QUANG_PHU),
        ("Ngap o Dong Ve, TP Thanh Hoa", HAC_THANH),
        ("chay nha o dong ve", HAC_THANH),
        ("tai nan o ham rong thanh hoa", HAM_RONG),
        ("chay nha o ham rong", HAM_RONG),  # the ward, or the road of that name, which runs within it
        ("Cháy lớn ở Quảng Thành…", QUANG_PHU),
        ("Ngập sâu khu Đông Vệ…", HAC_THANH),
        ("Ngập sâu khu vực Đông Vệ", HAC_THANH),
        ("tắc đường đi Quảng Thành vì tai nạn", QUANG_PHU),
        ("Cháy gần Đông Vệ", HAC_THANH),
        ("Ngập nặng, Đông Vệ, TP. Thanh Hóa", HAC_THANH),
        ("Cháy ở Ba Đình, Thanh Hóa", HAC_THANH),  # elsewhere the name of a district of Hà Nội
    ],
)
def test_a_bare_name_after_a_word_of_place_or_before_the_city_is_a_place(
    text: str, code: str, thanh_hoa: Atlas
) -> None:
    for official in (True, False):
        assert ward(placed(text, thanh_hoa, official=official)) == code
        assert ward(placed(unicodedata.normalize("NFD", text), thanh_hoa, official=official)) == code


@pytest.mark.parametrize(
    "text",
    [
        "Cháy to, anh Lê Quảng Thành, Thanh Hóa bị bỏng",  # a person
        "Tai nạn, Quảng Thành bị thương nặng",
        "ông Đông Vệ bị tai nạn",
        "cháy ở Quảng Thành Plaza",  # a longer name
        "Bão vào Đông Vệ. Thanh Hóa mưa lớn",  # another sentence
        "tai nạn ở trường thi",  # an examination hall
        "cháy ở Ba Đình",
        "cháy ở chợ Quảng Thành",
        "ở Quảng Thành trời đẹp",  # nothing happened
    ],
)
def test_a_bare_name_that_may_be_something_else_places_nothing(text: str, thanh_hoa: Atlas) -> None:
    found = placed(text, thanh_hoa)
    assert found.spot is None and found.candidates == ()


@pytest.mark.parametrize(
    ("text", "official", "candidates", "why"),
    [
        ("ngập ở An Hưng", True, (HAC_THANH, DONG_QUANG), "bị chia"),
        ("chay nha o an hung", False, (HAC_THANH, DONG_QUANG), "bị chia"),
        ("Ngập ở Đông Sơn, Thanh Hóa", False, (HAC_THANH, DONG_SON), "phường cũ vừa là phường mới"),
        ("Tai nạn ở Trường Thi, Thanh Hóa", True, (HAC_THANH,), "từ thông thường"),
        ("Tai nạn ở Lam Sơn", True, (HAC_THANH,), "nơi khác"),
    ],
)
def test_a_bare_name_of_several_meanings_has_candidates_and_a_reason(
    text: str, official: bool, candidates: tuple[str, ...], why: str, thanh_hoa: Atlas
) -> None:
    found = placed(text, thanh_hoa, official=official)
    assert found.concerns and found.spot is None and found.candidates == tuple(sorted(candidates))
    assert found.reason is not None and why in found.reason.vi and found.reason.en


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tai nạn ở Trường Thi, gần cầu Hàm Rồng", "Cầu Hàm Rồng"),
        ("Tai nạn ở Trường Thi, đường Lê Lợi, Thanh Hóa", "Đại lộ Lê Lợi"),
        ("Cháy tại Trạm thủy văn Giàng", "Trạm thủy văn Giàng"),  # known too roughly for a ward
    ],
)
def test_a_certain_place_is_not_made_uncertain_by_a_doubtful_name(text: str, name: str, thanh_hoa: Atlas) -> None:
    found = placed(text, thanh_hoa)
    assert found.spot is not None and found.spot.name == name and found.reason is None


def test_a_ward_and_a_road_of_one_name_elsewhere_are_both_candidates(thanh_hoa: Atlas) -> None:
    atlas = copy.copy(thanh_hoa)
    atlas.roads = {**thanh_hoa.roads, "road:ham-rong": thanh_hoa.roads["road:dai-lo-le-loi"]}
    found = placed("chay nha o ham rong", atlas)
    assert found.spot is None and found.candidates == (HAM_RONG, HAC_THANH)
    assert found.reason is not None and "vừa là phường vừa là đường" in found.reason.vi


def test_every_unit_of_both_cities_is_found_by_its_bare_name_or_has_candidates(each_city: City) -> None:
    atlas = Atlas(each_city, ward_of(CityGis.from_city_files(each_city.wards_file)))
    names = [one.old_name for one in atlas.old.moves] + [spot.name for spot in atlas.wards.values()]
    for name in names:
        core = name.split(" ", 1)[1]
        found = placed(f"Tai nạn ở {core}, {each_city.name.vi}", atlas)
        assert found.candidates, name
        assert found.spot is not None or found.reason is not None, name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tai nạn trên đường Trần Phú, Hà Đông, Hà Nội", None),
        ("Cháy chợ ở phường Quảng Phú, TP HCM", None),
        ("Cháy ở phường Quảng Phú", None),  # there may be others of that name
        ("Cháy ở phường Quảng Phú, tỉnh Thanh Hóa", "16522"),
        ("Thanh Hóa: cháy lớn ở phường Hạc Thành", HAC_THANH),
    ],
)
def test_a_feed_of_the_whole_country_must_name_the_city(text: str, code: str | None, thanh_hoa: Atlas) -> None:
    assert ward(placed(text, thanh_hoa, local=False)) == code


@pytest.mark.parametrize(
    ("text", "official", "candidates", "why"),
    [
        ("ngập ở phường An Hưng", True, (HAM_RONG, DONG_QUANG), "bị chia"),
        ("phường đông sơn ngập sâu", False, (HAC_THANH, DONG_SON), "phường cũ vừa là phường mới"),
        ("Kẹt xe QL1A", True, None, "nhiều phường"),
    ],
)
def test_an_ambiguous_place_names_candidates_and_why(
    text: str, official: bool, candidates: tuple[str, ...] | None, why: str, thanh_hoa: Atlas
) -> None:
    found = placed(text, thanh_hoa, official=official)
    assert found.concerns and found.spot is None and len(found.candidates) > 1
    assert found.reason is not None and why in found.reason.vi and found.reason.en
    if candidates and "An Hưng" not in text:
        assert found.candidates == candidates


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tai nạn tại phường Vũng Áng", "18823"),
        ("nước sông Trí dâng ngập phường Hải Ninh", "18781"),
        ("ngập ở phường Sông Trí", "18754"),
        ("cháy ở phường Kỳ Trinh", "18754"),
        ("Cháy tại cảng Vũng Áng", "18823"),
        ("Ngập ở xã Kỳ Anh", None),  # the rural commune north of the city
    ],
)
def test_names_of_the_other_city(text: str, code: str | None, ky_anh: Atlas) -> None:
    assert ward(placed(text, ky_anh)) == code


def test_a_unit_divided_among_three_stays_candidates(ky_anh: Atlas) -> None:
    found = placed("Ngập ở xã Kỳ Lợi", ky_anh)
    assert found.spot is None and found.candidates == ("18754", "18823", "18832")


@given(st.text(max_size=300))
def test_any_text_can_be_placed_or_not(text: str) -> None:
    found = placed(text, _thanh_hoa())
    assert found.spot is None or found.concerns


def _thanh_hoa() -> Atlas:
    from tests.modules.media.conftest import atlas_for

    if not _KEPT:
        _KEPT.append(atlas_for("thanh-hoa"))
    return _KEPT[0]


_KEPT: list[Atlas] = []
