"""One table of a TOML file made into a part of the profile, with every wrong field named, not the first only."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar
from unicodedata import category

import msgspec

from ioc.city.mistakes import Mistake
from ioc.city.vocabulary import nearest
from ioc.core.text import Text, nfc

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class Partly(msgspec.Struct, Generic[_Struct]):
    """A row of which some fields may be wrong: `part` holds a value only for the fields not in `wrong`."""

    part: _Struct
    wrong: frozenset[str]
    mistakes: list[Mistake]


def build_partly(kind: type[_Struct], raw: dict[str, Any], file: str, label: str) -> Partly[_Struct]:
    """The part with every field that is right; a wrong one is UNSET, so that it is never taken for a value."""
    found = list(_wrong_fields(kind, raw))
    fields = _fields_of(kind)
    wrong = frozenset(name.split(".")[0] for name, _ in found) & fields.keys()
    values = {
        name: msgspec.convert(raw[name], field.type) for name, field in fields.items() if name in raw.keys() - wrong
    }
    part = kind(**values, **dict.fromkeys(wrong, msgspec.UNSET))
    return Partly(part, wrong, [Mistake(file, _join(label, name), text) for name, text in found])


@cache
def _fields_of(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """The fields by name; kept, because a class costs more to be asked than a row to be read."""
    return {field.name: field for field in msgspec.structs.fields(kind)}


def composed(raw: Any) -> Any:
    """The same TOML value with all text, keys too, in composed form (NFC)."""
    if isinstance(raw, str):
        return nfc(raw)
    if isinstance(raw, list):
        return [composed(item) for item in raw]
    if isinstance(raw, dict):
        return {nfc(key): composed(value) for key, value in raw.items()}
    return raw


def _join(label: str, field: str) -> str:
    return f"{label}.{field}" if label else field


def _wrong_fields(kind: type[msgspec.Struct], raw: dict[str, Any]) -> Iterator[tuple[str, Text]]:
    fields = _fields_of(kind)
    for key in sorted(raw.keys() - fields.keys()):
        yield key, unknown_key(fields)
    for name, field in fields.items():
        if name in raw:
            yield from _wrong_value(name, field.type, raw[name], required=field.required)
        elif field.required:
            yield name, MISSING


def unknown_key(known: typing.Iterable[str]) -> Text:
    """What is said of a key that no field is named by."""
    names = ", ".join(sorted(known))
    return Text(f"Khoá lạ, có thể gõ sai; các khoá được dùng: {names}.", f"Unknown key, misspelt? Keys are: {names}.")


def _wrong_value(name: str, kind: Any, value: Any, *, required: bool) -> Iterator[tuple[str, Text]]:
    if kind is Text:
        yield from _wrong_text(name, value)
        return
    if required and isinstance(value, str) and not value.strip():
        yield name, _EMPTY
        return
    if isinstance(value, str) and any(category(letter) == "Cc" for letter in value):
        yield name, _UNSEEN
        return
    inner = typing.get_args(kind)
    if typing.get_origin(kind) is tuple and inner[-1] is Ellipsis and isinstance(value, list):
        for position, item in enumerate(value):
            if text := unfit(inner[0], item, f"[{position}]"):
                yield name, text
    elif text := unfit(kind, value):
        yield name, text


def unfit(kind: Any, value: Any, where: str = "", *, strict: bool = True) -> Text | None:
    """Why a value cannot stand for this kind; None where it can. What is not `strict` reads numbers out of text."""
    try:
        msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        return _explain(str(error), kind, value, where)
    return None


def _wrong_text(name: str, value: Any) -> Iterator[tuple[str, Text]]:
    if not isinstance(value, dict):
        yield name, Text('Cần hai thứ tiếng: { vi = "...", en = "..." }.', 'Two languages: { vi = "...", en = "..." }.')
        return
    for key in sorted(value.keys() - {"vi", "en"}):
        yield f"{name}.{key}", unknown_key(("vi", "en"))
    for key in ("vi", "en"):
        said = value.get(key)
        if said is None:
            yield f"{name}.{key}", MISSING
        elif not isinstance(said, str):
            yield f"{name}.{key}", _wrong_kind("str", _KIND.get(type(said), type(said).__name__))
        elif not said.strip():
            yield f"{name}.{key}", _EMPTY


MISSING = Text("Thiếu khoá bắt buộc này.", "This required key is missing.")
_EMPTY = Text("Không được để trống.", "Must not be empty.")
_UNSEEN = Text("Không được có xuống dòng hay ký tự điều khiển.", "No line breaks or control characters.")
_GOT = re.compile(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$(.*)`)?$")
_BOUND = re.compile(r"Expected `(?:int|float)` ([<>]=?) ([-\d.e]+)")
_NOT_LISTED = re.compile(r"^Invalid enum value '?(.*?)'? - at `\$(.+)`$")
_STEP = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
_LENGTH = re.compile(r"Expected `array` of length (?:([<>]=) )?(\d+)")
_KIND = {str: "str", int: "int", float: "float", bool: "bool", list: "array", dict: "object"}
_SPOKEN = {
    "str": Text("chuỗi chữ", "text"),
    "int": Text("số nguyên", "a whole number"),
    "float": Text("số", "a number"),
    "bool": Text("true hoặc false", "true or false"),
    "array": Text("danh sách", "a list"),
    "object": Text("bảng", "a table"),
    "date": Text("ngày (2026-04-30)", "a date (2026-04-30)"),
    "null": Text("không có", "none"),
}


def _explain(said: str, kind: Any, value: Any, where: str) -> Text:
    if got := _GOT.match(said):
        return _wrong_kind(got[1], got[2], where + (got[3] or ""))
    if length := _LENGTH.match(said):
        if not length[1]:
            return Text(f"Cần đúng {length[2]} số trong danh sách.", f"Exactly {length[2]} numbers are needed.")
        return Text(
            f"Số phần tử phải {length[1]} {length[2]}.", f"The number of elements must be {length[1]} {length[2]}."
        )
    if bound := _BOUND.match(said):
        return Text(f"Phải {bound[1]} {bound[2]}.", f"Must be {bound[1]} {bound[2]}.")
    if inner := _NOT_LISTED.search(said):  # inside a table of the value
        listed = _allowed(_kind_at(kind, inner[2]))
        if listed:
            return _not_listed(inner[1], listed, where + inner[2])
    if allowed := _allowed(kind):
        return _not_listed(value, allowed, where)
    return Text(f"Giá trị không hợp lệ ({said}).", f"Invalid value ({said}).")


def _not_listed(value: Any, allowed: list[str], where: str) -> Text:
    words, near = ", ".join(allowed), nearest(value, allowed)
    at = Text(f" ở {where}", f" at {where}") if where else Text("", "")
    return Text(
        f"“{value}”{at.vi} không được dùng; gần nhất là “{near}”. Chọn trong: {words}.",
        f"“{value}”{at.en} is not one of: {words}; the nearest is “{near}”.",
    )


def _kind_at(kind: Any, path: str) -> Any:
    """The type of what lies at a path such as `[2].purpose` below a value of this type."""
    for step in _STEP.findall(path):
        kind = next((one for one in typing.get_args(kind) if one not in (type(None), Ellipsis)), kind)
        if not step.startswith("["):
            fields = msgspec.structs.fields(kind) if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else ()
            kind = next((field.type for field in fields if field.name == step), None)
    return kind


def _wrong_kind(expected: str, got: str, where: str = "") -> Text:
    wanted = [_spoken(word) for word in expected.split(" | ") if word != "null"]
    found = _spoken(got)
    vi = f"Sai kiểu{' ở phần tử ' + where if where else ''}: cần {' hoặc '.join(w.vi for w in wanted)}, gặp {found.vi}."
    en = f"Wrong type{' at ' + where if where else ''}: {' or '.join(w.en for w in wanted)} expected, {found.en} found."
    return Text(vi, en)


def _spoken(word: str) -> Text:
    return _SPOKEN.get(word, Text(word, word))


def _allowed(kind: Any) -> list[str]:
    """The words a Literal or an enumeration allows, also inside Optional or a tuple."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(member.value) for member in kind]
    found: list[str] = []
    for inner in typing.get_args(kind):
        found += _allowed(inner) if isinstance(inner, type) or typing.get_args(inner) else _word(inner)
    return found


def _word(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, str | int) else []
