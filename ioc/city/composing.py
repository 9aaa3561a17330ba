"""A check that no file holds Vietnamese in decomposed form, which other tools would not find or compare."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from ioc.city.files import Unreadable, read_text
from ioc.city.mistakes import Mistake
from ioc.core.text import Text

_LIMIT_MB = 32.0
_PLACES = ("*.toml", "demo/*.toml", "scenarios/*.toml", "layers/*.geojson", "layers/*.csv")


def decomposed_text(folder: Path) -> Iterator[Mistake]:
    """One mistake for each file with text that is not composed (NFC), at its first line."""
    for path in sorted(path for place in _PLACES for path in folder.glob(place)):
        try:
            text = read_text(path, _LIMIT_MB)
        except (FileNotFoundError, Unreadable):
            continue  # told where the file is read
        if unicodedata.is_normalized("NFC", text):
            continue
        lines = text.split("\n")
        first = next(n for n, line in enumerate(lines, start=1) if not unicodedata.is_normalized("NFC", line))
        said = Text(
            "Chữ có dấu viết tách rời (NFD); lưu lại ở dạng dựng sẵn (NFC).",
            "Letters and their marks are apart (NFD); save the file in composed form (NFC).",
        )
        yield Mistake(str(path.relative_to(folder)), f"line {first}", said)
