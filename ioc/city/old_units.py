"""Checks of the table of old administrative units that lies beside the ward map, row by row and against it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

from ioc.city.files import Unreadable, read_text
from ioc.city.mistakes import Mistake
from ioc.city.reading import Draft
from ioc.city.rows import MISSING, unknown_key
from ioc.city.vocabulary import not_allowed
from ioc.city.wards import ward_names
from ioc.core.text import Text, nfc

NAME = "old_units.csv"  # beside the ward map, where the city has one
COLUMNS = (
    "old_district_code", "old_district", "old_ward_code", "old_ward", "new_ward_code", "new_ward", "transfer"
)  # fmt: skip
TRANSFERS = {"whole": Text("toàn bộ", "all of it"), "split": Text("một phần", "a part of it")}
_CODES = ("old_district_code", "old_ward_code", "new_ward_code")
_CODE = re.compile(r"\d{2,5}")  # the General Statistics Office numbers districts by three digits, wards by five
_LIMIT_MB = 4.0
_MOST_TOLD = 200  # a file of another kind has a mistake in every line

_Row = dict[str, str]


def check_old_units(draft: Draft) -> list[Mistake]:
    """Every mistake of the table; none where the city has no such table."""
    head = draft.head_with("wards")
    file = f"{head.wards.rpartition('/')[0]}/{NAME}".lstrip("/") if head else f"layers/{NAME}"
    path = draft.folder / file
    if ".." in path.parts or not path.exists():
        return []
    try:
        lines = list(csv.reader(StringIO(read_text(path, _LIMIT_MB)), strict=True))
    except Unreadable as error:
        return [Mistake(file, error.field, error.text)]
    except csv.Error as error:
        return [Mistake(file, "-", Text(f"Không đọc được bảng CSV ({error}).", f"Not a readable CSV table ({error})."))]
    return list(dict.fromkeys(_mistakes(draft, file, lines)))[:_MOST_TOLD]


def _mistakes(draft: Draft, file: str, lines: list[list[str]]) -> Iterator[Mistake]:
    header = [nfc(name.strip()) for name in lines[0]] if lines else []
    wrong = list(_wrong_header(header))
    yield from (Mistake(file, f"line 1.{column}", text) for column, text in wrong)
    if wrong:
        return
    wards, seen = ward_names(draft), dict[tuple[str, ...], int]()
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            vi, en = f"Cần {len(header)} cột, gặp {len(line)}.", f"{len(header)} columns expected, {len(line)} found."
            yield Mistake(file, f"line {number}", Text(vi, en))
            continue
        row = dict(zip(header, (nfc(cell.strip()) for cell in line), strict=True))
        for column, text in [*_wrong_cells(row), *_against(row, wards, seen, number)]:
            yield Mistake(file, f"line {number}.{column}", text)


def _wrong_header(header: list[str]) -> Iterator[tuple[str, Text]]:
    for column in COLUMNS:
        if column not in header:
            yield column, MISSING
        elif header.count(column) > 1:
            yield column, Text("Cột này ghi hai lần.", "This column is given twice.")
    for column in header:
        if column not in COLUMNS:
            yield column or "-", unknown_key(COLUMNS)


def _wrong_cells(row: _Row) -> Iterator[tuple[str, Text]]:
    for column in COLUMNS:
        said = row[column]
        if not said:
            yield column, Text("Không được để trống.", "Must not be empty.")
        elif not said.isprintable():
            yield column, Text("Có ký tự không nhìn thấy được.", "It holds characters that cannot be seen.")
        elif column in _CODES and not _CODE.fullmatch(said):
            yield column, Text(f"Mã chỉ gồm 2 đến 5 chữ số, gặp “{said}”.", f"A code is 2 to 5 digits, not “{said}”.")
    if row["transfer"] and row["transfer"] not in TRANSFERS:
        yield "transfer", not_allowed(row["transfer"], TRANSFERS)


def _against(
    row: _Row, wards: dict[str, str], seen: dict[tuple[str, ...], int], number: int
) -> Iterator[tuple[str, Text]]:
    code, name = row["new_ward_code"], row["new_ward"]
    if wards and _CODE.fullmatch(code) and code not in wards:
        yield "new_ward_code", Text(f"Bản đồ phường không có mã {code}.", f"The ward map has no code {code}.")
    elif code in wards and name and wards[code] != name:
        yield "new_ward", Text(f"Mã {code} là “{wards[code]}”.", f"The code {code} is “{wards[code]}”.")
    old = (row["old_district_code"], row["old_ward_code"])
    if (before := seen.setdefault((*old, code), number)) != number:
        vi = f"Đơn vị cũ này đã chuyển vào cùng đơn vị mới ở dòng {before}."
        yield "old_ward_code", Text(vi, f"The same old unit goes to the same new one on line {before}.")
    elif row["transfer"] == "whole" and (before := seen.setdefault(old, number)) != number:
        vi = f"Dòng {before} đã chuyển toàn bộ đơn vị cũ này sang nơi khác."
        yield "transfer", Text(vi, f"Line {before} moves all of this old unit to another one already.")
