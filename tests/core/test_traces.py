"""What leads to a person is masked however it is written; what only looks like it stays."""

from __future__ import annotations

import time
import unicodedata

import pytest

from ioc.core.traces import MASK, masked, traces

PHONE_FORMS = [
    "0912345678", "0912.345.678", "0912 345 678", "0912-345-678", "09.1234.5678", "0 912 345 678", "+84912345678",
    "+84 912 345 678", "(+84)912.345.678", "(+84) 912 345 678", "84912345678", "84 912 345 678", "0084912345678",
    "+84(0)912345678", "02373852216", "0237.3852.216", "(0237) 3852 216", "024 3825 1234", "0168 234 5678",
    "０９１２３４５６７８", "0912\u00a0345\u00a0678", "0912\u200b345\u200b678", "0 9 1 2 3 4 5 6 7 8",
]  # fmt: skip
IDENTITY_FORMS = [
    "038095001234", "038 095 001 234", "038.095.001.234", "0380 9500 1234", "CMND 171234567", "CMND số 171 234 567",
    "căn cước công dân số 038095001234", "hộ chiếu B1234567",
]  # fmt: skip
PLATE_FORMS = [
    "36A-123.45", "36A12345", "36A 123.45", "36A 12345", "36B1-234.56", "36-B1 234.56", "36 B1 234.56", "36B1 1234",
    "29LD-123.45", "36H-1234", "80A-001.23", "36a-123.45", "36MĐ1-234.56", "36A - 123.45",
]  # fmt: skip
MAIL_FORMS = ["nguyen.an@gmail.com", "an+1@thanhhoa.gov.vn", "an @ mail.example.com", "AN_2@EXAMPLE.VN"]

STAY = [
    "Năm 2026, kế hoạch 2025-2030, nhiệm kỳ 2020 - 2025",
    "Ngày 09-11-2026 08:30, 05.09.2026 07h, 21/11/2026 09:15",
    "Hỗ trợ 84.500.000.000 đồng, 84 500 000 000 đồng, 1.098.765.432 đồng, 12,5 tỷ, 100000000000 đồng, 500000000đ",
    "Vốn 84.500.000.000, thu 84,912,345,678 và 1.084.912.345.678",
    "QL1A, QL 47, QL47B, ĐT.514, đường 36A, Km 36+500, tuyến 12B",
    "Gọi 111, 112, 113, 114, 115 hoặc 1022, 1900 1234, 18001567",
    "24H 1022 tiếp nhận, 12h 4500 người, 50m 1200 khối, 20 TỶ 10000",
    "Nghị định 168/2024/NĐ-CP, Thông tư 79/2024/TT-BCA, TCVN 10380:2014, QCVN 41:2019",
    "Dân số 3.640.128, tăng 0,92 %, tọa độ 105.7851, 19.8066, @baothanhhoa",
    "Mưa 120 mm, 35.000 hộ, 1 000 000 người, mực nước 0.912 m",
]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("kind", "written"),
    [(kind, one) for kind, them in (("phone", PHONE_FORMS), ("identity_number", IDENTITY_FORMS),
     ("plate", PLATE_FORMS), ("email", MAIL_FORMS)) for one in them],
)  # fmt: skip
def test_it_is_masked_and_nothing_beside_it(kind: str, written: str, form: str) -> None:
    text = unicodedata.normalize(form, f"Chủ xe ở phường Hạc Thành, {written}, gọi 113 năm 2026")
    assert masked(text) == f"Chủ xe ở phường Hạc Thành, {MASK}, gọi 113 năm 2026"
    assert kind in traces(text)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("text", STAY)
def test_what_only_looks_like_it_stays(text: str, form: str) -> None:
    assert masked(unicodedata.normalize(form, text)) == text


def test_several_in_one_text_and_twice_is_the_same() -> None:
    text = "Gọi 0912345678,0987654321 / 0237 3852 216; xe BKS36A-123.45 và 36B1-234.56. Thư: an@gmail.com."
    once = masked(text)
    assert once == f"Gọi {MASK},{MASK} / {MASK}; xe BKS{MASK} và {MASK}. Thư: {MASK}."
    assert masked(once) == once


def test_a_hostile_text_costs_little() -> None:
    began = time.process_time()
    for text in ("0 " * 20_000, "a." * 20_000 + "@", "x@" + "a." * 20_000, "CMND" * 10_000, "84." * 20_000):
        masked(text)
    assert time.process_time() - began < 5
