"""What a backup says of itself: every file with its hash, what the store held; written last, sealed with the key."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from ioc.core.text import Text
from ioc.store.backup.facts import Facts
from ioc.store.backup.place import bad_backup, to_disk
from ioc.store.errors import WrongCity, WrongKey
from ioc.store.vault import Vault

FORMAT = 1
OF_DAMAGED = 2  # a build that does not know of damage refuses it
MANIFEST = "manifest.json"
_PIECE = 1 << 20


class FileSum(msgspec.Struct, frozen=True):
    """A file of the backup: its name below the folder, its length in bytes and its SHA-256."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What is in the folder. `key_check` tells the right personal key from a wrong one and gives nothing away. `damage`
    says what was wrong with the store when it was copied; a sound one has none, in a form that older builds read."""

    format: int
    kind: str
    city: str
    made: datetime
    epoch: str
    key_check: str
    facts: Facts
    files: list[FileSum]
    seal: str = ""
    damage: list[Text] | msgspec.UnsetType = msgspec.UNSET

    @property
    def wrong(self) -> list[Text]:
        """The damage, empty where there is none."""
        return [] if isinstance(self.damage, msgspec.UnsetType) else self.damage


def sums(folder: Path, names: Iterable[str]) -> list[FileSum]:
    """The hashes of files as the disk gives them back."""
    return [FileSum(name, (folder / name).stat().st_size, _sha256(folder / name)) for name in sorted(names)]


def write_manifest(folder: Path, manifest: Manifest, vault: Vault) -> Manifest:
    """Seals the manifest and writes it."""
    sealed = msgspec.structs.replace(manifest, seal=_seal(manifest, vault))
    path = folder / MANIFEST
    path.write_bytes(msgspec.json.format(msgspec.json.encode(sealed)))
    to_disk(path)
    return sealed


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder, believed in nothing yet.

    Raises:
        Problem: `bad-backup` when there is none or it is of a newer form.
    """
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError:
        raise bad_backup(f"{folder} không có {MANIFEST}", f"{folder} has no {MANIFEST}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise bad_backup(f"{MANIFEST} không đọc được: {error}", f"{MANIFEST} cannot be read: {error}") from None
    if found.format not in (FORMAT, OF_DAMAGED):
        raise bad_backup(f"dạng {found.format} không đọc được", f"form {found.format} is not known to this build")
    return found


def check_manifest(folder: Path, manifest: Manifest, vault: Vault, city: str) -> None:
    """Whether the backup is this city's, of this key, and every file is as it was written. Raises as the two below."""
    check_owner(manifest, vault, city)
    check_files(folder, manifest)


def check_owner(manifest: Manifest, vault: Vault, city: str) -> None:
    """Whether a manifest is this city's and was sealed with this key.

    Raises:
        WrongCity: it is another city's.
        WrongKey: its personal data were encrypted with another key.
        Problem: `bad-backup` when it was changed.
    """
    if manifest.city != city:
        raise WrongCity(manifest.city, city)
    if manifest.key_check != vault.check:
        raise WrongKey
    if not hmac.compare_digest(manifest.seal.encode(), _seal(manifest, vault).encode()):
        raise bad_backup(f"{MANIFEST} đã bị sửa", f"{MANIFEST} was changed")


def check_files(folder: Path, manifest: Manifest, *, only_touched: bool = False) -> None:
    """Whether every file is as the manifest, whose seal was checked, says. With `only_touched` those are read through
    that were written after their manifest, which is written last; of the others the length is looked at.

    Raises:
        Problem: `bad-backup`, naming the file, when something was changed, cut or is missing.
    """
    written = (folder / MANIFEST).stat().st_mtime_ns
    for one in manifest.files:
        path = folder / one.name
        if not path.is_file():
            raise bad_backup(f"thiếu {one.name}", f"{one.name} is missing")
        known = path.stat()
        read = not only_touched or known.st_mtime_ns > written
        if known.st_size != one.bytes or (read and _sha256(path) != one.sha256):
            raise bad_backup(f"{one.name} không còn như lúc sao", f"{one.name} is not as it was written")


def _seal(manifest: Manifest, vault: Vault) -> str:
    plain = msgspec.structs.replace(manifest, seal="")
    return vault.chain_hash(b"backup", msgspec.json.encode(plain, order="deterministic")).hex()


def _sha256(path: Path) -> str:
    """Of what lies on the disk: what the system still holds in memory is let go first, as far as it does so."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(_PIECE):
            made.update(piece)
    return made.hexdigest()
