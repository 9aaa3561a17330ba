"""Old administrative units to those of 1 July 2025. A divided unit stays a list of candidates, with the reason.

Read from CSV with the columns old_district_code, old_district, old_ward_code, old_ward, new_ward_code, new_ward,
transfer (`whole` or `split`).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gis.names import bare, fold, kind_of


class Move(NamedTuple):
    """One row: an old unit (or a part of it) and the unit it went to."""

    old_district_code: str
    old_district: str
    old_code: str
    old_name: str
    new_code: str
    new_name: str
    whole: bool


class Conversion(NamedTuple):
    """The new units an old name may mean. `certain` when there is just one; `vi`/`en` say why when there are more."""

    moves: tuple[Move, ...]
    certain: bool
    vi: str
    en: str


class OldUnits:
    """Moves of one or more provinces, asked by old name or old code."""

    def __init__(self, moves: Iterable[Move]) -> None:
        self.moves = tuple(moves)
        self._by_name: dict[str, list[Move]] = defaultdict(list)
        self._by_code: dict[str, list[Move]] = defaultdict(list)
        for move in self.moves:
            self._by_name[bare(move.old_name)].append(move)
            self._by_code[move.old_code].append(move)

    def of_code(self, old_code: str) -> Conversion:
        """Where the unit that had this code before July 2025 went. (New units reuse codes: never mix the two.)"""
        return _told(self._by_code.get(old_code.strip(), []))

    def of_name(self, address: str) -> Conversion:
        """Where an old unit went: "Phường Lam Sơn, Thành phố Thanh Hóa", or the name alone, with or without marks.

        Kind and district, where given, choose among units of one name; an address none of them fits gives nothing.
        """
        parts = [part for part in (piece.strip() for piece in address.split(",")) if part]
        if not parts:
            return _told([])
        found = self._by_name.get(bare(parts[0]), [])
        kind = kind_of(parts[0])
        if kind:
            found = [move for move in found if kind_of(move.old_name) == kind]
        if len(parts) > 1:
            found = [move for move in found if _same_district(move.old_district, parts[1])]
        return _told(found)

    def narrow(self, conversion: Conversion, ward_code: str | None) -> Conversion:
        """The conversion once the point's new ward is known: a point decides what a name cannot."""
        kept = [move for move in conversion.moves if move.new_code == ward_code]
        return _told(kept) if kept else conversion


def read_old_units(*paths: Path) -> OldUnits:
    """The moves of one or more CSV files.

    Raises:
        KeyError: a column is missing.
    """
    moves: list[Move] = []
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            moves += [_move(row) for row in csv.DictReader(file)]
    return OldUnits(moves)


def _move(row: dict[str, str]) -> Move:
    return Move(
        row["old_district_code"],
        row["old_district"],
        row["old_ward_code"],
        row["old_ward"],
        row["new_ward_code"],
        row["new_ward"],
        row["transfer"] == "whole",
    )


def _same_district(district: str, said: str) -> bool:
    """Whether the words name the district; a province in second place ("…, tỉnh Hà Tĩnh") does not speak against it."""
    if fold(said).startswith(("tinh ", "t. ")):
        return True
    return bare(district) == bare(said)


def _told(moves: Iterable[Move]) -> Conversion:
    found = tuple(moves)
    targets = {move.new_code for move in found}
    olds = {(move.old_district, move.old_name) for move in found}
    if not found:
        return Conversion(
            (), False, "Không có đơn vị cũ nào mang tên hoặc mã này.", "No old unit has this name or code."
        )
    if len(targets) == 1:
        return Conversion(found, True, f"Nay là {found[0].new_name}.", f"It is now {found[0].new_name}.")
    if len(olds) > 1:
        where = ", ".join(sorted(f"{name} ({district})" for district, name in olds))
        return Conversion(found, False, f"Nhiều đơn vị cũ trùng tên: {where}.", f"Several old units share it: {where}.")
    names = ", ".join(sorted({move.new_name for move in found}))
    return Conversion(
        found,
        False,
        f"Đơn vị cũ bị chia vào nhiều đơn vị mới ({names}); cần tọa độ để xác định.",
        f"The old unit was divided among several ({names}); a point is needed to tell.",
    )
