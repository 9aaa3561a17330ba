"""The overlay's `cameras.toml` as a person changes it at a screen: one writer at a time, whole files only.

What a person wrote into the file by hand is kept beside it the first time a screen writes it, since comments do not
come through.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from ioc.city.camera_rows import FILE, plain
from ioc.city.files import Unreadable, read_toml
from ioc.city.parts import Camera
from ioc.city.toml_text import toml_text
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text

HEAD = (
    "# Trang /console/cameras viết tệp này. Sửa tay được; chú thích không được giữ lại.\n"
    "# Written by the page /console/cameras. It may be changed by hand; comments are not kept.\n"
)
BY_HAND = f"{FILE}.by-hand"
LOCK = ".cameras.lock"
_AGAIN_S = 0.05
_TRIES = 100
_NO_OVERLAY = Text(
    "Chưa có thư mục riêng của nơi cài đặt: đặt IOC_CITY_OVERLAY rồi khởi động lại",
    "No folder of this installation is set: name one in IOC_CITY_OVERLAY and start again",
)


def version_of(camera: Camera) -> str:
    """An entity tag of the camera's whole row: another row has another."""
    return hashlib.sha256(msgspec.json.encode(plain(camera), order="deterministic")).hexdigest()[:32]


class CameraFile:
    """The file in one overlay folder.

    Raises:
        Problem: 409 `no-overlay` where the installation has no such folder.
    """

    def __init__(self, overlay: Path | None) -> None:
        if overlay is None:
            raise Problem(
                "no-overlay", Text("Không lưu được ở nơi cài đặt này", "Cannot be saved here"), 409, _NO_OVERLAY
            )
        self._folder = overlay
        self._path = overlay / FILE

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """While it lasts no other process writes the file. Raises Problem 503 when another holds it for long, or when
        the folder cannot be written to."""
        with self._locking() as lock:
            for _ in range(_TRIES):
                if _locked(lock):
                    break
                await asyncio.sleep(_AGAIN_S)
            else:
                raise _busy()
            yield

    def tables(self) -> dict[str, Any]:
        """What the file says now; nothing where there is none. Raises Problem 409 when it cannot be read."""
        try:
            return read_toml(self._path)
        except FileNotFoundError:
            return {}
        except Unreadable as error:
            title = Text("Tệp camera của nơi cài đặt có lỗi", "This installation's file of cameras has a mistake")
            wrong = (FieldError(f"{self._folder.name}/{FILE}: {error.field}", error.text),)
            raise Problem("overlay-wrong", title, 409, error.text, wrong) from error

    def put_beside(self, tables: dict[str, Any]) -> Path:
        """The whole new file under a name of its own, on the disk; `put` gives it the right name.

        Raises Problem 503 when the folder cannot be written to."""
        beside = self._folder / f".{FILE}.{secrets.token_hex(8)}"
        try:
            with beside.open("x", encoding="utf-8") as file:
                os.fchmod(file.fileno(), self._mode())
                file.write(HEAD + toml_text(tables))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise _unwritable(error) from error
        return beside

    def put(self, beside: Path) -> None:
        """From now on it is the file. Raises Problem 503 when the folder cannot be written to."""
        try:
            self._keep_what_is_by_hand()
            beside.replace(self._path)
        except OSError as error:
            raise _unwritable(error) from error
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _keep_what_is_by_hand(self) -> None:
        if self._path.exists() and not self._path.read_bytes().startswith(HEAD.encode()):
            shutil.copy2(self._path, self._folder / BY_HAND)

    def _mode(self) -> int:
        """As the file has it; a new one is for nobody else."""
        return stat.S_IMODE(self._path.stat().st_mode) if self._path.exists() else 0o600

    @contextmanager
    def _locking(self) -> Iterator[IO[str]]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self._folder / LOCK).open("w")
        except OSError as error:
            raise _unwritable(error) from error
        with lock:
            yield lock


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy() -> Problem:
    title = Text("Người khác đang lưu, thử lại", "Somebody else is saving, try again")
    return Problem("busy", title, 503, retry_after_s=2)


def _unwritable(error: OSError) -> Problem:
    title = Text("Không ghi được vào thư mục của nơi cài đặt", "This installation's folder cannot be written to")
    return Problem("overlay-unwritable", title, 503, Text(f"({error.strerror})", f"({error.strerror})"))
