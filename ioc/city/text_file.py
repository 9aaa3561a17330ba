"""Text files of a profile: plain files of bounded size, so that no check waits for ever or fills the memory."""

from __future__ import annotations

import errno
from pathlib import Path

from ioc.core.text import Text

MOST_TOML_BYTES = 4_000_000  # fifty times the largest file of a profile
MOST_MAP_BYTES = 32_000_000  # a whole province in full detail


class TooLarge(Exception):
    """The file is larger than any of its kind can be; `text` says so."""

    def __init__(self, size: int, most: int) -> None:
        self.text = Text(
            f"Tệp quá lớn: {size / 1e6:.1f} MB, nhiều nhất {most / 1e6:.0f} MB.",
            f"The file is too large: {size / 1e6:.1f} MB, at most {most / 1e6:.0f} MB.",
        )
        super().__init__(self.text.en)


def read_text(path: Path, most: int) -> str:
    """The UTF-8 text of a plain file of at most `most` bytes.

    Raises:
        TooLarge: it is larger.
        OSError: there is no such file, it is a folder or a device, or may not be read.
        UnicodeDecodeError: it is no UTF-8 text.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EISDIR, "not a plain file")
    if (size := path.stat().st_size) > most:
        raise TooLarge(size, most)
    return path.read_text(encoding="utf-8")
