"""What sounds like danger to life, however it is typed."""

from __future__ import annotations

import time
import unicodedata

import pytest

from ioc.city.profile import City
from ioc.core.text import fold
from modules.citizen.classify import danger_in, suggest_service

DANGEROUS = [
    "Cháy nhà số 12 Lê Lai, khói mù mịt",
    "Có đám cháy lớn gần chợ",
    "CHÁY!!! cứu với",
    "dây điện bị đứt rơi xuống đường trước cổng trường",
    "cột điện sắp đổ xuống nhà dân",
    "hố ga mất nắp ngay vạch sang đường",
    "nắp cống bị ai lấy mất rồi",
    "có người bị điện giật nằm bất tỉnh",
    "một cháu bé đuối nước ở hồ",
    "nước cuốn trôi một người đi xe máy",
    "sạt lở đất, ba người mắc kẹt",
    "mùi gas nồng nặc trong ngõ",
    "có người cầm dao đuổi nhau",
    "vừa xảy ra tai nạn, một người chảy máu nhiều",
    "Người này đang định tự tử, đứng trên cầu",
    "có bom trong chợ",
    "có người đặt bom ở nhà ga",
    "em bé rơi xuống giếng",
    "cháu tôi ngã xuống hố sâu",
    "hai người ngạt khí dưới hầm",
    "cả nhà bị ngạt khói",
    "house on fire next to the school",
    "an open manhole, someone fell in",
    "he is not breathing",
]
CALM = [
    "ổ gà lớn trước số 12 đường Lê Lai phường Hạc Thành gây nguy hiểm",
    "rác thải ùn ứ ba ngày chưa thu gom",
    "đèn đường bị cháy bóng, tối om",
    "bóng đèn cháy từ tuần trước",
    "xe chạy quá tốc độ trên đường này",
    "nước chảy tràn ra vỉa hè",
    "trụ nước chữa cháy bị hỏng",
    "quán chay mở loa to buổi tối",
    "kẹt xe mỗi sáng ở ngã tư",
    "hàng xóm nuôi gà ồn ào",
    "nắp cống kêu to khi xe đi qua",
    "không khí ngột ngạt khí thải xe buýt",
    "ở đây có bơm nước chạy ồn cả đêm",
    "o day co bom nuoc chay on ca dem",
    "rác rơi xuống mương",
    "giếng nước bị nhiễm phèn",
    "khu A B C mất nước, xe số 1 2 3 đỗ sai",
    "người dân đề nghị sửa đường xuống chợ",
    "The street lamp is broken",
    "",
]
TEENCODE = [
    "cháyyyyy rùi cứuuu zới",
    "cuu voi chay nha roi",
    "day dien dut roi xuong duong",
    "ho ga mat nap",
    "co ng bi dien giat bat tinh",
    "dam chay lon qua",
    "fát nổ bình gas",
    "có ng đuối nc, đuối nước",
]


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_danger_is_heard_in_either_encoding(text: str, form: str) -> None:
    assert danger_in(unicodedata.normalize(form, text)) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [*TEENCODE, *(fold(text) for text in DANGEROUS if "CHÁY!!!" not in text)])
def test_danger_is_heard_without_marks_and_in_chat_spelling(text: str) -> None:
    assert danger_in(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "C H Á Y nhà",
        "c h á y",
        "C.H.Á.Y nhà tôi",
        "C-H-Á-Y  n-h-à",
        "n h à  b ị  c h á y",
        "đ u ố i  n ư ớ c",
        "ch\u200báy nhà",
        "đuối\u200bnước",
        "ch\u00adáy",
        "ch\u2060á\ufeffy",
        "c\u034fh\u034fá\u034fy",
        "r\u200dò r\u200dỉ gas",
        "ＣＨÁＹ nhà",
        "\u202echáy nhà\u202c",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_danger_is_heard_though_its_letters_are_set_apart_or_mixed_with_unseen_ones(text: str, form: str) -> None:
    assert danger_in(unicodedata.normalize(form, text)) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", CALM)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_everyday_complaints_are_no_danger(text: str, form: str) -> None:
    assert danger_in(unicodedata.normalize(form, text)) is None  # type: ignore[arg-type]


def test_the_place_of_the_tone_mark_makes_no_difference() -> None:
    assert danger_in("hoả hoạn") == danger_in("hỏa hoạn")
    assert danger_in("hoả hoạn") is not None


def test_a_word_that_is_another_word_with_its_marks_is_not_mistaken() -> None:
    assert danger_in("cháy") is not None
    assert danger_in("chạy") is None
    assert danger_in("chảy") is None
    assert danger_in("chay") is None


def test_a_harmless_phrase_does_not_hide_danger_beside_it() -> None:
    assert danger_in("bóng đèn cháy, nhà bên cạnh bốc cháy") is not None


def test_the_kind_of_danger_is_told() -> None:
    found = danger_in("rò rỉ gas ở tầng 3")
    assert found is not None
    assert found.kind == "gas"


def test_a_long_hostile_text_is_read_quickly() -> None:
    began = time.perf_counter()
    assert danger_in("dây điện bị bị " * 800) is None
    assert danger_in("đ" * 4000) is None
    assert danger_in("đ " * 2000) is None
    assert danger_in("đ\u200b" * 2000) is None
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("đèn đường trước nhà hỏng ba hôm nay", "lighting"),
        ("den duong truoc nha hong", "lighting"),
        ("ổ gà và sụt lún mặt đường", "traffic"),
        ("mất nước sạch cả khu phố", "water"),
        ("rác thải chưa thu gom rác", "waste"),
    ],
)
def test_a_category_is_suggested_from_the_citys_own_words(text: str, code: str, city: City) -> None:
    found = suggest_service(text, city.services)
    assert found is not None
    assert found.service_code == code
    assert found.shared


@pytest.mark.parametrize("text", ["", "xin chào", "tôi muốn hỏi"])
def test_no_category_is_suggested_where_nothing_speaks_for_one(text: str, city: City) -> None:
    assert suggest_service(text, city.services) is None
