"""Deletes evidence that is past its time and under no hold, and proves that nothing is left of it.

It is given up in a commit, which asks for holds under the lock; its files go after that. What a process left behind
that ended between the two, or before the commit of its row, goes with the next sweep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec

from ioc.core.text import Text
from ioc.evidence.folder import CLIP, SEALED, SNAPSHOT, EvidenceFolder
from ioc.store import Store
from ioc.store.evidence import EvidenceRow, Part
from ioc.store.keeping import EvidenceKeeping

FILES: dict[Part, tuple[str, ...]] = {
    "open": (SNAPSHOT, CLIP),
    "original": (SNAPSHOT + SEALED, CLIP + SEALED),
}
BY = "retention"
GRACE = timedelta(hours=3)  # as of the other proofs: the sweep runs every hour
_CHUNK = 50
_PAST = Text("Đã xoá vì hết thời hạn lưu", "Deleted, past its time")


class Leftovers(msgspec.Struct, frozen=True):
    """Files of evidence that should not be there (any more), and folders that belong to no row."""

    files: int
    folders: int


async def sweep_evidence(store: Store, folder: EvidenceFolder, now: datetime, keeping: EvidenceKeeping) -> int:
    """Deletes what is due; of how many events something went.

    Raises:
        OSError: a file could not be deleted; the next sweep tries again.
    """
    swept: set[str] = set()
    for name, files in await _half_done(store, folder):
        await asyncio.to_thread(folder.remove, name, files)
    for part in FILES:
        while rows := await store.evidence.due(part, now, keeping, _CHUNK):
            for row in rows:
                if await _delete(store, folder, row, part):
                    swept.add(row.event)
    if swept:
        await store.evidence.forget_deleted()
    for name in await leftovers(store, folder, now, keeping):
        await asyncio.to_thread(folder.forget, name)
    return len(swept)


async def prove_evidence(store: Store, folder: EvidenceFolder, now: datetime, keeping: EvidenceKeeping) -> Leftovers:
    """Looks at the disk for what should be gone, and notes what it found in the audit chain."""
    left = Leftovers(
        files=await _files_past_time(store, folder), folders=len(await leftovers(store, folder, now - GRACE, keeping))
    )
    await store.write(lambda tx: tx.audit(BY, "evidence.proved", "evidence", msgspec.structs.asdict(left)))
    return left


async def leftovers(store: Store, folder: EvidenceFolder, now: datetime, keeping: EvidenceKeeping) -> list[str]:
    """Folders of earlier takings of an event that has others, and those of events nobody knows once they are past any
    time: after a restore the rows of some days may be missing, and their files are the only copy."""
    named = await store.evidence.folders()
    unnamed = [name for name, _ in await asyncio.to_thread(_listed, folder) if name not in named]
    found = []
    for name in unnamed:
        row = await store.evidence.get(event_of(name))
        if row.state != "wanted" if row is not None else _past_all(name, now, keeping):
            found.append(name)
    return found


def event_of(name: str) -> str:
    """Whose a folder is."""
    return name.partition("/")[2].rpartition(".")[0]


async def _delete(store: Store, folder: EvidenceFolder, row: EvidenceRow, part: Part) -> bool:
    """False where a hold came to be on it since it was chosen."""
    if row.body.folder is not None:
        await asyncio.to_thread(folder.refuse_unmounted)
    if not await store.evidence.give_away(row.event, part, _PAST, by=BY):
        return False
    if row.body.folder is not None:
        await asyncio.to_thread(folder.remove, row.body.folder, FILES[part])
    return True


async def _half_done(store: Store, folder: EvidenceFolder) -> list[tuple[str, tuple[str, ...]]]:
    """Folders, and the files in them, of which a part was given up and is still there while the other is kept. Where
    all of it was given up, what is still there is left over."""
    gone = await store.evidence.partly_gone()
    listed = await asyncio.to_thread(_listed, folder)
    return [(name, FILES[gone[name]]) for name, files in listed if name in gone and {*files} & {*FILES[gone[name]]}]


async def _files_past_time(store: Store, folder: EvidenceFolder) -> int:
    """Files on the disk of which a row says that they are gone."""
    count = 0
    for name, files in await asyncio.to_thread(_listed, folder):
        row = await store.evidence.get(event_of(name))
        if row is None or row.body.folder != name:
            continue
        gone: Collection[str] = (
            *(FILES["open"] if row.open_gone is not None else ()),
            *(FILES["original"] if row.original_gone is not None else ()),
        )
        count += len(set(files) & set(gone))
    return count


def _listed(folder: EvidenceFolder) -> list[tuple[str, list[str]]]:
    return list(folder.folders())


def _past_all(name: str, now: datetime, keeping: EvidenceKeeping) -> bool:
    longest = max(keeping.other, keeping.original, *keeping.classes.values(), timedelta(0))
    try:
        day = datetime.strptime(name.partition("/")[0], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False  # no folder of ours
    return day + timedelta(days=1) < now - longest
