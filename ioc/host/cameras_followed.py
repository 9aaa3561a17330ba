"""The cameras of the profile as its files stand now, for processes that go on while a person changes them.

Only `cameras.toml` is followed, of the profile and of the overlay. A file that has become wrong changes nothing: the
last cameras that were right stay, and `trouble` says what is wrong.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from ioc.city.camera_rows import FILE
from ioc.city.profile import Camera, City, CityInvalid, load_city
from ioc.core.text import Text, counted

LOOK_S = 1.0  # between two looks of whoever follows

Stamp = tuple[tuple[int, int, int] | None, ...]


class FollowedCameras:
    """Looks at the files of one profile. `cameras` are the last that were right, `removed` those that are none any
    more."""

    def __init__(self, city: City, folder: Path, overlay: Path | None) -> None:
        self.cameras: tuple[Camera, ...] = city.cameras
        self.removed: tuple[Camera, ...] = city.removed_cameras
        self.trouble: Text | None = None
        self._folder, self._overlay = folder, overlay
        self._files = [home / FILE for home in (folder, overlay) if home is not None]
        self._looking = asyncio.Lock()
        self._seen: Stamp | None = None  # what the profile was read from at the start may have changed since

    async def look(self) -> None:
        """Reads the profile again where a file is another than at the last look. Unchanged cameras stay the same
        object."""
        async with self._looking:
            stamp = tuple(map(_stamp, self._files))
            if stamp != self._seen:
                await self._read()
                self._seen = stamp

    async def _read(self) -> None:
        try:
            city = await asyncio.to_thread(load_city, self._folder, self._overlay)
        except CityInvalid as error:
            self.trouble = _words(error)
            return
        self.trouble = None
        if (city.cameras, city.removed_cameras) != (self.cameras, self.removed):
            self.cameras, self.removed = city.cameras, city.removed_cameras


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _words(error: CityInvalid) -> Text:
    first, count = error.mistakes[0], len(error.mistakes)
    where = f"{first.file}, {first.field}"
    return Text(
        f"Hồ sơ camera có {count} lỗi, vẫn dùng bản trước. {where}: {first.text.vi}",
        f"The profile's cameras have {counted(count, 'mistake')}, those before are used. {where}: {first.text.en}",
    )
