"""Whether the files of evidence are those that were kept: each by its hash, and the sealed ones opened too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag

from ioc.core.errors import not_found
from ioc.evidence.folder import CLIP, SEALED, SNAPSHOT, Altered, EvidenceFolder, Missing, sha256_of
from ioc.evidence.told import FILES, contradicted, told_of
from ioc.store import Store
from ioc.store.evidence import EvidenceRow, KeptFile, Original, ref_of

Wrong = Literal["missing", "altered", "unreadable", "contradicted"]


class Checked(msgspec.Struct, frozen=True):
    """One file of one event. `wrong` is None where it is as it was kept; `unreadable`: the city's key does not open it,
    or what it opens to is not the original; `contradicted`: the audit chain says that another file was kept."""

    event: str
    camera: str
    file: str
    sha256: str
    wrong: Wrong | None = None


async def verify(store: Store, folder: EvidenceFolder, event: str | None = None) -> AsyncIterator[Checked]:
    """Every file that should be there, of one event or of all; Problem 404 where that one has no evidence. What the
    audit chain says is believed, not the row."""
    chain = await told_of(store)
    if event is not None:
        chain = {ref: told for ref, told in chain.items() if ref == ref_of(event)}
    async for row in _rows(store, event, known=bool(chain)):
        told = chain.pop(ref_of(row.event), None)
        against = {FILES[name] for name in contradicted(told, row)} if told is not None else set()
        for checked in await _check(store, folder, row):
            yield msgspec.structs.replace(checked, wrong="contradicted") if checked.file in against else checked
            against.discard(checked.file)
        for file in sorted(against):
            yield Checked(row.event, row.wanted.camera, file, "", "contradicted")
    for ref, told in chain.items():
        row_left = await store.evidence.get(ref.partition(":")[2])
        for name in contradicted(told, row_left):
            yield Checked(ref.partition(":")[2], "?", FILES[name], told.sha256[name], "contradicted")


async def _rows(store: Store, event: str | None, *, known: bool) -> AsyncIterator[EvidenceRow]:
    if event is not None:
        row = await store.evidence.get(event)
        if row is not None:
            yield row
        elif not known:
            raise not_found()
        return
    after = ""
    while rows := await store.evidence.with_files(after):
        for row in rows:
            yield row
        after = rows[-1].event


async def _check(store: Store, folder: EvidenceFolder, row: EvidenceRow) -> list[Checked]:
    key = None
    wrapped = await store.evidence.wrapped_key(row.event)
    if wrapped is not None:
        try:
            key = store.vault.unwrap(ref_of(row.event), wrapped)
        except InvalidTag:
            key = None
    return await asyncio.to_thread(_files, store, folder, row, key)


def _files(store: Store, folder: EvidenceFolder, row: EvidenceRow, key: bytes | None) -> list[Checked]:
    body, found = row.body, []
    if row.open_gone is None:
        kept = [(SNAPSHOT, body.snapshot and body.snapshot.file), (CLIP, body.clip and body.clip.file)]
        found += [_checked(row, name, file, _open(folder, row, name, file)) for name, file in kept if file]
    if row.original_gone is None:
        sealed = [(SNAPSHOT, body.original_snapshot), (CLIP, body.original_clip)]
        for name, original in sealed:
            if original is not None:
                wrong = _sealed(store, folder, row, name, original, key)
                found.append(_checked(row, name + SEALED, original.sealed, wrong))
    return found


def _checked(row: EvidenceRow, name: str, file: KeptFile, wrong: Wrong | None) -> Checked:
    return Checked(row.event, row.wanted.camera, name, file.sha256, wrong)


def _open(folder: EvidenceFolder, row: EvidenceRow, name: str, file: KeptFile) -> Wrong | None:
    try:
        folder.get(row.body.folder or "", name, file)
    except Missing:
        return "missing"
    except Altered:
        return "altered"
    return None


def _sealed(
    store: Store, folder: EvidenceFolder, row: EvidenceRow, name: str, original: Original, key: bytes | None
) -> Wrong | None:
    wrong = _open(folder, row, name + SEALED, original.sealed)
    if wrong is not None:
        return wrong
    try:
        opened = open_original(store, folder, row, name, original, key)
    except InvalidTag:
        return "unreadable"
    return None if sha256_of(opened) == original.file.sha256 else "unreadable"


def open_original(
    store: Store, folder: EvidenceFolder, row: EvidenceRow, name: str, original: Original, key: bytes | None
) -> bytes:
    """The untouched file, byte for byte.

    Raises:
        Missing, Altered: as `EvidenceFolder.get`.
        InvalidTag: the key is not the city's, or gone.
    """
    if key is None:
        raise InvalidTag
    sealed = folder.get(row.body.folder or "", name + SEALED, original.sealed)
    return store.vault.open(key, ref_of(row.event), name, sealed)
