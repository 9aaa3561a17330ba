"""What somebody sent, checked field by field and ready to be taken in; the same for every channel."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

import msgspec

from ioc.core.errors import FieldError, Problem
from ioc.core.ids import is_id
from ioc.core.place import plausible
from ioc.core.text import Language, Text, nfc
from modules.citizen.photo import Photo

Channel = Literal["page", "open311"]

LENGTHS = {
    "service_code": 64,
    "description": 4000,
    "address_string": 500,
    "address_id": 100,
    "first_name": 100,
    "last_name": 100,
    "phone": 30,
    "email": 254,
    "device_id": 200,
    "account_id": 200,
    "media_url": 2000,
    "service_request_id": 36,
}
PERSONAL = (
    "description",
    "address_string",
    "address_id",
    "first_name",
    "last_name",
    "phone",
    "email",
    "device_id",
    "account_id",
    "media_url",
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{6,28}")
_EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
_KEPT_CONTROLS = "\n\t"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A report before it is taken in. `fields` are personal texts, to be sealed; `lonlat` longitude, latitude."""

    service_code: str
    channel: Channel
    language: Language
    fields: dict[str, str]
    lonlat: tuple[float, float] | None = None
    accuracy_m: float | None = None
    photo: Photo | None = None
    client_id: str | None = None
    notice_version: str | None = None

    @property
    def text(self) -> str:
        """What the citizen wrote, empty where nothing."""
        return self.fields.get("description", "")


class Findings:
    """Mistakes as they are found, so that a person is told all of them at once."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, field: str, vi: str, en: str) -> None:
        """One field is wrong."""
        self.errors.append(FieldError(field, Text(vi, en)))

    def refuse(self, status: int = 422) -> None:
        """Raises Problem when anything was found."""
        if self.errors:
            text = self.errors[0].text
            raise Problem("bad-input", Text("Dữ liệu không hợp lệ", "Invalid input"), status, text, tuple(self.errors))


def clean(text: str) -> str:
    """Text as it is kept: composed, without control characters, trimmed.

    Raises:
        ValueError: it holds half a character (a lone surrogate), which no encoding can carry.
    """
    text.encode("utf-8")
    composed = nfc(text.replace("\r\n", "\n"))
    return "".join(c for c in composed if c in _KEPT_CONTROLS or unicodedata.category(c) != "Cc").strip()


def checked_fields(values: Mapping[str, str], found: Findings) -> dict[str, str]:
    """Every known text field that says something, cleaned; mistakes go to `found`."""
    fields: dict[str, str] = {}
    for name, most in LENGTHS.items():
        value = _cleaned(name, values.get(name, ""), found)
        if len(value) > most:
            found.add(name, f"Dài quá {most} ký tự", f"Longer than {most} characters")
        elif value:
            fields[name] = value
    _check_contact(fields, found)
    return fields


def _cleaned(name: str, value: str, found: Findings) -> str:
    try:
        return clean(value)
    except ValueError:
        found.add(name, "Có ký tự không hợp lệ", "Holds an invalid character")
        return ""


def _check_contact(fields: Mapping[str, str], found: Findings) -> None:
    if "phone" in fields and not _PHONE.fullmatch(fields["phone"]):
        found.add("phone", "Số điện thoại không hợp lệ", "Not a phone number")
    if "email" in fields and not _EMAIL.fullmatch(fields["email"]):
        found.add("email", "Địa chỉ thư điện tử không hợp lệ", "Not an e-mail address")
    if "media_url" in fields and not fields["media_url"].startswith(("https://", "http://")):
        found.add("media_url", "Liên kết ảnh phải bắt đầu bằng http", "A media link starts with http")
    if "service_request_id" in fields and not is_id(fields["service_request_id"]):
        found.add("service_request_id", "Mã phải là UUID", "The id must be a UUID")


def checked_lonlat(values: Mapping[str, str], found: Findings) -> tuple[float, float] | None:
    """Longitude and latitude where both are given; one alone, or numbers that are no place, are mistakes."""
    lat, lon = (values.get(name, "").strip() for name in ("lat", "long"))
    if not lat and not lon:
        return None
    if not lat or not lon:
        found.add("long" if lat else "lat", "Cần cả lat và long", "Both lat and long are needed")
        return None
    numbers = _number(lon), _number(lat)
    if numbers[0] is None or numbers[1] is None:
        found.add("lat" if numbers[1] is None else "long", "Không phải là số", "Not a number")
        return None
    return _place(numbers[0], numbers[1], found)


def _place(lon: float, lat: float, found: Findings) -> tuple[float, float] | None:
    if plausible(lon, lat):
        return lon, lat
    if plausible(lat, lon):
        found.add("lat", "lat và long có vẻ bị đổi chỗ", "lat and long look swapped")
    else:
        found.add("lat", "Toạ độ ngoài phạm vi trái đất", "Coordinates are outside the earth")
    return None


def checked_accuracy(values: Mapping[str, str]) -> float | None:
    """How far off the phone says its position may be, in metres; None where it says nothing usable."""
    accuracy = _number(values.get("accuracy_m", "").strip())
    return accuracy if accuracy is not None and 0 < accuracy < 100_000 else None


def _number(text: str) -> float | None:
    """A plain decimal number; not NaN, not infinite, no foreign digits."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
