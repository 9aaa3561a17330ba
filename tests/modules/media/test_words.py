"""Spelling, topics, tone and likeness of Vietnamese texts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.media.similarity import cosine, features, hamming, near_copy, simhash
from modules.media.spelling import clean, said
from modules.media.tone import tone_of
from modules.media.topics import ranked, topic_of_category, topics, topics_met


def keys(text: str) -> list[str]:
    return [one.key for one in said(text)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ko dc j", "không được gì"),
        ("đi vs ae", "đi với anh em"),
        ("kẹt xe ql1a", "kẹt xe quốc lộ 1a"),
        ("QL47 tắc", "quốc lộ 47 tắc"),
        ("cháyyyyy to quáaaa", "cháy to quá"),
        ("hoả hoạn", "hỏa hoạn"),
        ("HỎA HOẠN", "hỏa hoạn"),
    ],
)
def test_chat_spelling_is_written_out(typed: str, meant: str) -> None:
    assert keys(typed) == keys(meant)
    assert keys(unicodedata.normalize("NFD", typed)) == keys(meant)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Cháy lớn tại xưởng gỗ", "fire"),
        ("chay nha to qua", "fire"),
        ("Lực lượng phòng cháy chữa cháy diễn tập", None),
        ("cháy vé bóng đá", None),
        ("chạy bộ buổi sáng", None),
        ("chay", None),  # without marks a lone word may be another
        ("Xe máy va chạm xe tải", "accident"),
        ("tai nan giao thong", "accident"),
        ("Giảm tai nạn giao thông dịp lễ", None),
        ("đường ngập sâu nửa mét", "flood"),
        ("Chợ hoa ngập tràn sắc xuân", None),
        ("kẹt cứng không nhúc nhích", "jam"),
        ("ket xe qua", "jam"),
        ("mất điện cả khu", "power"),
        ("đám đông chen lấn", "crowd"),
        ("trời đẹp quá", None),
    ],
)
def test_topics_are_met_and_harmless_words_are_not(text: str, topic: str | None) -> None:
    found = ranked(topics_met(said(text)))
    assert (found[0] if found else None) == topic


def test_what_may_be_a_case_comes_first() -> None:
    assert ranked(topics_met(said("kẹt xe, tắc đường vì tai nạn")))[0] == "accident"


def test_every_topic_has_names_and_is_reached_by_its_phrases() -> None:
    for one in topics().values():
        assert one.name.vi and one.name.en
        assert one.id in ranked(topics_met(said(one.phrases[-1]))), one.id


def test_categories_of_the_desk_lead_to_topics() -> None:
    assert topic_of_category("fire_trapped") == {"fire"}
    assert topic_of_category("flooding") == {"flood"}
    assert topic_of_category("noise") == frozenset()


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("Người dân bức xúc vì mùi hôi thối", -1),
        ("Cảm ơn các anh đã đến kịp thời", 1),
        ("Họp tổ dân phố tối nay", 0),
        ("không nguy hiểm gì đâu", 1),
        ("không an toàn chút nào", -1),
    ],
)
def test_the_tone_of_a_text(text: str, tone: int) -> None:
    assert tone_of(said(text)) == tone


LONG = (
    "Khoảng 14 giờ chiều nay tại một xưởng gỗ trong khu dân cư, ngọn lửa bùng phát dữ dội, cột khói đen bốc cao hàng "
    "chục mét. Lực lượng chức năng đã điều nhiều xe đến hiện trường, người dân xung quanh di chuyển tài sản."
)


def test_a_near_copy_differs_in_few_bits_and_another_text_in_many() -> None:
    copy = LONG.replace("chiều nay", "chiều nay,").upper()
    assert near_copy(simhash(said(LONG)), simhash(said(copy)), 3)
    other = "Sáng nay học sinh toàn tỉnh dự lễ khai giảng năm học mới trong không khí vui tươi phấn khởi"
    assert hamming(simhash(said(LONG)), simhash(said(other))) > 10
    assert not near_copy(0, 0, 3)


@given(st.sets(st.integers(0, 50), max_size=30), st.dictionaries(st.integers(0, 50), st.integers(1, 5), max_size=30))
def test_a_cosine_is_a_share(text: set[int], story: dict[int, int]) -> None:
    weight = dict.fromkeys(range(51), 1.5)
    assert 0.0 <= cosine(text, story, weight) <= 1.0 + 1e-9
    assert cosine(text, dict.fromkeys(text, 1), weight) == pytest.approx(1.0 if text else 0.0)


@given(st.text(max_size=400))
def test_any_text_becomes_clean_words_and_features(text: str) -> None:
    shown = clean(text, 100)
    assert len(shown) <= 100 and shown.isprintable() and unicodedata.is_normalized("NFC", shown)
    words = said(text)
    assert 0 <= simhash(words) < 2**64 and len(features(words)) <= 200
    topics_met(words)
    tone_of(words)
