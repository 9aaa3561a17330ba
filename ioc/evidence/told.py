"""What the audit chain tells of evidence: which files were kept, by their hashes, and which of them were deleted since.

The chain is keyed: who can write the tables cannot make another one. A row of evidence, and its hashes, anybody can
write who can write the database.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ioc.evidence.folder import CLIP, SEALED, SNAPSHOT
from ioc.store import Store
from ioc.store.evidence import Body, EvidenceRow

KEPT, DELETED = "evidence.kept", "evidence.deleted"
FILES = {
    "snapshot": SNAPSHOT,
    "clip": CLIP,
    "original_snapshot": SNAPSHOT + SEALED,
    "original_clip": CLIP + SEALED,
}


class Told(msgspec.Struct):
    """The hashes that were noted, by what they are of (see FILES), of what should still be there."""

    sha256: dict[str, str]


async def told_of(store: Store) -> dict[str, Told]:
    """What the chain says, by the reference of the event (`ioc.store.evidence.ref_of`)."""
    found, after = dict[str, Told](), 0
    while lines := await store.audit.of_actions((KEPT, DELETED), after):
        for line in lines:
            if line.action == KEPT:
                found[line.object] = Told({name: one for name, one in line.detail["sha256"].items() if one})
            elif line.object in found:
                original, hashes = line.detail["part"] == "original", found[line.object].sha256
                found[line.object].sha256 = {k: v for k, v in hashes.items() if k.startswith("original") != original}
        after = lines[-1].seq
    return {ref: told for ref, told in found.items() if told.sha256}


def contradicted(told: Told, row: EvidenceRow | None) -> Iterator[str]:
    """Of which files (see FILES) the row says something else than the chain: another hash, that there was none, or that
    it was deleted. A row that is gone says nothing of any."""
    for name, sha256 in told.sha256.items():
        gone = row is None or (row.original_gone if name.startswith("original") else row.open_gone) is not None
        if gone or row is None or _hash(row.body, name) != sha256:
            yield name


def _hash(body: Body, name: str) -> str | None:
    match name:
        case "snapshot":
            return body.snapshot.file.sha256 if body.snapshot else None
        case "clip":
            return body.clip.file.sha256 if body.clip else None
        case "original_snapshot":
            return body.original_snapshot.file.sha256 if body.original_snapshot else None
        case _:
            return body.original_clip.file.sha256 if body.original_clip else None
