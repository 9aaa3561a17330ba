"""Ways to reach or name a person in a text, as people in Vietnam write them: found, or masked. Pure.

Phones after the national numbering plan (10 digits, landlines 10 or 11, abroad with 84), identity numbers of 12 digits
(9 before 2021), plates of Circular 79/2024/TT-BCA. Short numbers (111-115, 1022, 1900 …) belong to no person.
"""

from __future__ import annotations

import re

from ioc.core.text import nfc

MASK = "•••"

_WIDE = str.maketrans("０１２３４５６７８９＋＠．－", "0123456789+@.-")  # as some phones write them

_GAP = r"[ .\-()\u00a0\u2009\u200b\u202f]{0,2}"
_DATE = r"(?!\d{1,2}[.\-]\d{1,2}[.\-](?:19|20)\d\d(?!\d))"
_MONEY = r"(?![ \u00a0]?(?:đồng|đ\b|vnđ|vnd|usd|tỷ|tỉ|triệu))"
_TAIL = rf"(?:{_GAP}\d)"
_SERIES = "[A-ZĐ]{1,2}[0-9]?"
_ID_WORDS = r"(?:CMND|CMT|CCCD|căn cước(?: công dân)?|chứng minh(?: nhân dân| thư)?|định danh(?: cá nhân)?|hộ chiếu)"

# In the order they are masked: what is longer goes first.
_TRACES = {
    "email": re.compile(r"[\w.+%\-]{1,64} ?@ ?[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,4}\.[a-z]{2,24}", re.IGNORECASE),
    "identity_number": re.compile(
        rf"(?:(?<!\d)\d{{12}}(?!\d){_MONEY}|(?<!\d)(?<!\d[.,])0\d{{2}}{_TAIL}{{9}}(?!\d)"
        rf"|\b{_ID_WORDS}[^\d\n]{{0,12}}?[A-Z]?\d(?:{_TAIL}{{11}}|{_TAIL}{{6,8}})(?!\d))",
        re.IGNORECASE,
    ),
    "phone": re.compile(
        rf"(?<!\d){_DATE}(?:\(?(?:\+|00){_GAP}84(?:{_GAP}0)?{_TAIL}{{9,10}}"
        rf"|84(?!(?:\.\d{{3}}){{3}}(?!\d)|(?:,\d{{3}})+)(?=[ .\-]?[235789]){_TAIL}{{9}}"
        rf"|\(?0{_GAP}[135789]{_TAIL}{{8}}|\(?0{_GAP}2{_TAIL}{{8,9}}|\(?01{_TAIL}{{9}})(?!\d){_MONEY}",
        re.IGNORECASE,
    ),
    "plate": re.compile(
        rf"(?:(?<=BKS)|(?<=BSX)|(?<!\w))(?<!QL )(?<!ĐT )(?<!TL )[1-9]\d"
        rf"(?:-?{_SERIES}[ .\-]{{0,3}}\d{{3}}\.?\d\d|[ ]{_SERIES}[ .\-]{{1,3}}\d{{3}}\.\d\d"
        rf"|-?[A-ZĐ]{{1,2}}[0-9]?[ ]?-[ ]?\d{{4}}|-?[A-ZĐ][0-9][ ]\d{{4}}"
        rf"|-?[a-zđ]{{1,2}}[0-9]?[ ]?-[ ]?\d{{3}}\.?\d\d?|[a-zđ]{{1,2}}[0-9]?\d{{5}})(?!\d)"
    ),
}


def traces(text: str) -> tuple[str, ...]:
    """Kinds of personal data that a text seems to hold: email, identity_number, phone, plate."""
    normal = nfc(text).translate(_WIDE)
    return tuple(kind for kind, pattern in _TRACES.items() if pattern.search(normal))


def masked(text: str) -> str:
    """The text in NFC with `•••` for every phone number, identity number, plate and e-mail address."""
    normal = nfc(text).translate(_WIDE)
    for pattern in _TRACES.values():
        normal = pattern.sub(MASK, normal)
    return normal
