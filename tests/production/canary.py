"""Thirty people who do not exist, two more who come late, and the means to find any trace of them.

Their names, numbers and words occur nowhere else. Half of them type decomposed letters (NFD), and each writes the
phone number another way.
"""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL import ExifTags, Image

from ioc.core.text import fold

COUNT = 32
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Đỗ", "Vũ")
_MIDDLE = ("Thị Khuyết", "Văn Ưởng", "Đình Thuỳ", "Hữu Quỵnh", "Ngọc Rỡ")
_GIVEN = ("Nhạn", "Thuyền", "Đượm", "Ghềnh", "Quỳnh Anh", "Xuyến", "Lựu")
_SPELLINGS = ("{0}{1}{2}{3}", "+84 {1} {2} {3}", "84{1}{2}{3}", "{0}{1}.{2}.{3}", "({0}{1}) {2}-{3}")
CAMERA_OWNER, CAMERA_SERIAL, CAMERA_NOTE = "Chủ Máy Ảnh Lẩn Khuất", "SERI-LAN-KHUAT-7731", "ghi chú trong ảnh lẩn khuất"
HOME_LAT, HOME_LON = 19.8071234, 105.7791234


@dataclass(frozen=True)
class Person:
    """One person: what they are called and what they say about themselves."""

    number: int

    @cached_property
    def name(self) -> str:
        family, given = _FAMILY[self.number % 6], _GIVEN[self.number // 5]
        return self._typed(f"{family} {_MIDDLE[self.number % 5]} {given}")

    @property
    def digits(self) -> str:
        """The number without its leading nought or country code."""
        return f"{971300000 + self.number * 7919}"

    @property
    def phone(self) -> str:
        d = self.digits
        return _SPELLINGS[self.number % len(_SPELLINGS)].format("0", d[:3], d[3:6], d[6:])

    @cached_property
    def secret(self) -> str:
        return self._typed(f"chuyện kín của gia đình tôi số {self.number:02d} là đứa út ở hẻm cụt")

    @cached_property
    def address(self) -> str:
        return self._typed(f"ngách {self.number}/915 ngõ Vườn Ổi Găng")

    @property
    def email(self) -> str:
        return f"lan.khuat.{self.number}@thu-rieng.example"

    @property
    def account(self) -> str:
        return f"tai-khoan-lan-khuat-{self.number}"

    @property
    def plate(self) -> str:
        return f"36A-915.{self.number:02d}"

    def _typed(self, text: str) -> str:
        return unicodedata.normalize("NFD" if self.number % 2 else "NFC", text)

    @property
    def values(self) -> tuple[str, ...]:
        """Everything that must not be found, as the person gave it."""
        return (self.name, self.phone, self.secret, self.address, self.email, self.account, self.plate)


PEOPLE = tuple(Person(number) for number in range(COUNT))
LATE = {"wall": PEOPLE[30], "operator": PEOPLE[31]}
CAMERA = (CAMERA_OWNER, CAMERA_SERIAL, CAMERA_NOTE)


def photo() -> bytes:
    """A JPEG whose metadata tell who took it, with which camera, where, and more."""
    noise = Image.effect_noise((320, 240), 60).convert("RGB")
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = CAMERA_OWNER
    exif[ExifTags.Base.ImageDescription] = CAMERA_NOTE
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = CAMERA_SERIAL
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (19.0, 48.0, 25.64424)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (105.0, 46.0, 44.84424)
    out = io.BytesIO()
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CAMERA_NOTE}</x:xmpmeta>".encode()
    noise.save(out, "JPEG", quality=80, exif=exif, comment=CAMERA_NOTE.encode(), xmp=xmp)
    return out.getvalue()


def plain(text: str) -> str:
    """The text however it was written down: entities and escapes resolved, composed, lower-case."""
    resolved = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), html.unescape(text))
    return unicodedata.normalize("NFC", resolved).casefold()


class Search:
    """Finds any value of any person in a text, whatever its letters, case, marks or separators."""

    def __init__(self, *more: str) -> None:
        words = [value for person in PEOPLE for value in person.values if value != person.phone] + [*CAMERA, *more]
        self._words = {plain(word): word for word in words}
        self._folded = {fold(word): word for word in words}
        digits = "|".join("[ .()-]*".join(person.digits) for person in PEOPLE)
        self._phones = re.compile(rf"(?<!\d)(?:\+?84|0)?[ .()-]*({digits})(?!\d)")

    def hits(self, text: str) -> list[str]:
        """What was found."""
        read, bare = plain(text), fold(text)
        found = [word for needle, word in self._words.items() if needle in read]
        found += [word for needle, word in self._folded.items() if needle in bare]
        return sorted({*found, *(match[0] for match in self._phones.finditer(read))})

    def in_bytes(self, raw: bytes) -> list[str]:
        """What was found in bytes that may hold text anywhere."""
        return self.hits(raw.decode("utf-8", "ignore")) + self.hits(raw.decode("utf-16-le", "ignore"))


def raw_needles(*more: str) -> list[bytes]:
    """The values as bytes a file may hold: composed, decomposed, lower-case, without marks, escaped for JSON."""
    found: set[bytes] = set()
    for person in PEOPLE:
        for value in (*person.values, f"0{person.digits}", f"84{person.digits}"):
            found |= _spellings(value)
    for value in (*CAMERA, *more):
        found |= _spellings(value)
    return sorted(found)


def _spellings(value: str) -> set[bytes]:
    forms = {unicodedata.normalize(form, value) for form in ("NFC", "NFD")}
    forms |= {form.lower() for form in forms} | {fold(value)}
    forms |= {json.dumps(form)[1:-1] for form in forms}
    return {form.encode() for form in forms}


def metadata_of(jpeg: bytes) -> dict[str, Any]:
    """Everything a picture says besides its pixels."""
    with Image.open(io.BytesIO(jpeg)) as opened:
        said = {name: value for name, value in opened.info.items() if name not in {"jfif", "jfif_version", "jfif_unit",
                                                                                  "jfif_density"}}  # fmt: skip
        return said | dict(opened.getexif())
