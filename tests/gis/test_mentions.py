"""Names of places in running text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.bare_names import BareNames, Told
from gis.mentions import Name, NameBook
from gis.words import word, words

WARD, ROAD = frozenset({"phuong", "p"}), frozenset({"duong", "pho"})
BOOK = NameBook(
    [
        Name("Hạc Thành", "ward", "ward:1", WARD),
        Name("Hàm Rồng", "ward", "ward:2", WARD),
        Name("Hàm Rồng", "road", "road:2", ROAD),
        Name("Cầu Hàm Rồng", "landmark", "landmark:2"),
        Name("Trường Thi", "old", "old:Trường Thi", WARD, alone=False),
        Name("Trần Phú", "road", "road:3", ROAD),
        Name("Sông Mã", "river", "river"),
        Name("Sông Trí", "ward", "ward:4", WARD),
        Name("sông Trí", "river", "river:4"),
    ],
    barred=["ông", "chủ tịch", "chợ"],
)


def met(text: str) -> list[tuple[str, bool]]:
    return [("+".join(sorted(one.ref for one in m.names)), m.strong) for m in BOOK.find(words(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Cháy ở phường Hạc Thành", [("ward:1", True)]),
        ("Cháy ở P. Hạc Thành", [("ward:1", True)]),
        ("chay o phuong hac thanh", [("ward:1", True)]),
        ("Hạc Thành mưa lớn", [("ward:1", False)]),
        ("hac thanh mua lon", [("ward:1", False)]),
        ("ham rong mua lon", []),  # a ward and a road read the same without marks
        ("phuong ham rong mua lon", [("ward:2", True)]),
        ("Kẹt ở Cầu Hàm Rồng", [("landmark:2", False)]),
        ("cầu hàm rồng đông xe", [("landmark:2", False)]),
        ("trường thi đông thí sinh", []),  # an examination hall, no ward
        ("phường Trường Thi", [("old:Trường Thi", True)]),
        ("ông Trần Phú phát biểu", []),
        ("chủ tịch Trần Phú phát biểu", []),
        ("đường Trần Phú tắc", [("road:3", True)]),
        ("chợ Hạc Thành", []),
        ("Sông Mã dâng cao", [("river", False)]),
        ("nước sông Trí lên", [("river:4", False)]),
        ("phường Sông Trí", [("ward:4", True)]),
        ("hạc, thành", []),
        ("", []),
    ],
)
def test_names_are_met_as_places_only(text: str, found: list[tuple[str, bool]]) -> None:
    assert met(text) == found
    assert met(unicodedata.normalize("NFD", text)) == found


UNITS = NameBook(
    [
        Name("Quảng Thành", "old", "old:1", WARD, alone=False, bare="unit"),
        Name("Đông Nam", "old", "old:2", WARD, alone=False, bare="unit"),
        Name("Trần Phú", "road", "road:1", ROAD, bare="road"),
        Name("Trần Phú", "road", "road:2", ROAD, bare="road"),
    ],
    barred=["ông", "chợ"],
    bare=BareNames(
        places=["ở", "khu vực"], towns=["Thanh Hóa"], town_words=["TP"], families=["Lê"], common=["đông nam"]
    ),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cháy ở Quảng Thành", Told.PLACE),
        ("chay o quang thanh", Told.PLACE),
        ("chay khu vuc quang thanh", Told.PLACE),
        ("CHÁY Ở QUẢNG THÀNH SÁNG NAY", Told.PLACE),
        ("cháy, Quảng Thành, TP. Thanh Hóa", Told.TOWN),
        ("cháy ở Quảng Thành Thanh Hóa", Told.TOWN),
        ("cháy phường Quảng Thành", Told.KIND),
        ("Gió ở Đông Nam Thanh Hóa", Told.DOUBTED),
        ("gió ở đông nam thanh hóa", None),
        ("ket xe o tran phu", Told.PLACE),
        ("ket xe tran phu, thanh hoa", None),  # two roads read alike, and a road is not told by the city
        ("Quảng Thành", None),
        ("cháy ở: Quảng Thành", None),
        ("cháy ở Quảng Thành Plaza", None),
        ("cháy. Quảng Thành. Thanh Hóa mưa", None),
        ("Lê Quảng Thành, Thanh Hóa", None),
        ("ông Quảng Thành, Thanh Hóa", None),
        ("cháy ở chợ Quảng Thành", None),
    ],
)
def test_a_bare_name_is_told_to_be_a_place_by_the_words_beside_it(text: str, found: Told | None) -> None:
    assert next((one.told for one in UNITS.find(words(text))), None) == found


@pytest.mark.parametrize(("one", "other"), [("hoà", "hòa"), ("thuý", "thúy"), ("HOẢ", "hỏa"), ("khoẻ", "khỏe")])
def test_where_the_tone_stands_makes_no_difference(one: str, other: str) -> None:
    assert word(one).key == word(other).key


def test_a_word_without_marks_may_mean_many_and_a_marked_one_only_itself() -> None:
    assert word("chay").means(word("cháy")) and word("chay").means(word("chạy"))
    assert not word("chạy").means(word("cháy")) and not word("cháy").means(word("chay"))


@given(st.text(max_size=200))
def test_any_text_can_be_looked_through(text: str) -> None:
    for one in BOOK.find(words(text)):
        assert 0 <= one.start < one.end <= len(words(text))
