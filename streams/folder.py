"""A folder of pictures and clips, shown in the order of their names, over and over. In a decoder's process only."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path

from streams.address import FOLDER
from streams.messages import Trouble
from streams.stills import MOST_BYTES, picture_of
from streams.taken import Gone, Still, Taken

STILLS = frozenset({".jpg", ".jpeg", ".png"})
CLIPS = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg"})
MOST_FILES = 100_000


def files_of(address: str) -> list[Path]:
    """What is to be shown; what is hidden, or no plain file, is not.

    Raises:
        Gone: the folder cannot be read, or holds nothing that could be shown.
    """
    folder = Path(address.removeprefix(FOLDER).removeprefix("//"))
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in STILLS | CLIPS)[:MOST_FILES]
        plain = [path for path in found if path.name[0] != "." and stat.S_ISREG(path.stat().st_mode)]
    except OSError:
        raise Gone(Trouble.CANNOT_OPEN) from None
    if not plain:
        raise Gone(Trouble.NO_PICTURE)
    return plain


def stills(paths: list[Path], fps: float) -> Iterator[Taken]:
    """These pictures, `fps` a second; the first does not follow what was before. A bad one is passed over."""
    due, first = time.monotonic(), True
    for path in paths:
        try:
            if path.stat().st_size > MOST_BYTES:
                continue
            picture = picture_of(path.read_bytes())
        except (OSError, Gone):
            continue
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due + 1 / fps, time.monotonic())
        yield Still(picture, cut=first)
        first = False
