"""Pictures on their way out of the control room: kept sealed, with what is known of them, until their time is past.

They lie in the one encrypted table, so looking at one is audited, and their deletion is proved like that of all others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ioc.contract.blurring import Box, SeenIn, as_seen, hash_of
from ioc.contract.deciding import Reply, Sealed
from ioc.contract.rights import Principal
from ioc.core.clock import parse_time
from ioc.core.dataclass import DataClass
from ioc.core.errors import not_found
from ioc.core.ids import is_id, new_id
from ioc.host.still_pictures import propose
from ioc.store import Once, Store, Transaction, releases
from ioc.store.releases import Begun, ReleaseRow, ref_of
from streams.blurring import blurred, size_of

_RECORD, _ORIGINAL = "record", "original"
MOST_BEGUN = 20  # pictures one person has begun and not confirmed; the oldest goes for the next
WHY_CHECK, WHY_TAKEN = "check before release", "taken out of the control room"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Of which camera a picture is, when it was taken, when it was asked for, its class, under which masks (see
    `ioc.city.masked`; None where that is not known), and of which module's event it is evidence, if of any."""

    camera: str
    name: str
    taken_at: str
    made_at: str
    dataclass: DataClass
    simulated: bool
    masks: str | None = None
    module: str | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is to leave: of which camera, when it was taken, what is proposed to be blurred and by what
    (`detector`, `motion`, or `nothing`: then all of it), and the hash of the untouched picture."""

    id: str
    camera: str
    name: str
    taken_at: str
    made_at: str
    dataclass: DataClass
    simulated: bool
    width: int
    height: int
    by: str
    boxes: tuple[Box, ...]
    whole: bool
    sha256: str
    masks: str | None = None
    module: str | None = None


class ReleaseBook:
    """The pictures of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, once: Once, original: bytes, by: Principal, about: About, model: Path | None) -> Reply:
        """Keeps a picture sealed and proposes what is to be blurred, with a detector's file where there is one; answers
        the `Record`. Of those a person never confirmed the newest `MOST_BEGUN` stay.

        Raises:
            ValueError: it is no picture.
        """
        width, height = await asyncio.to_thread(size_of, original)
        marks, plan = await propose(original, model)
        record = Record(
            id=new_id(),
            width=width,
            height=height,
            by="nothing" if marks is None else marks.by,
            boxes=plan.boxes,
            whole=plan.whole,
            sha256=hash_of(original),
            **msgspec.structs.asdict(about),
        )
        sealed = Sealed(ref_of(record.id), {_RECORD: msgspec.json.encode(record).decode()}, {_ORIGINAL: original})

        surplus = 0

        def job(tx: Transaction) -> Reply:
            nonlocal surplus
            tx.seal(sealed)
            tx.audit(by.id, "picture.proposed", record.id, {"camera": record.camera, "taken_at": record.taken_at})
            surplus = releases.begin(tx, _begun(record), by.id, MOST_BEGUN)
            return Reply(201, msgspec.to_builtins(record))

        reply = await once.commit(job)
        if surplus:
            await self._store.releases.forget_deleted()
        return reply

    async def find(self, id: str, by: Principal) -> Record:
        """What is known of a picture.

        Raises:
            Problem: 404, there is none the caller may know of.
        """
        if not is_id(id):
            raise not_found()
        fields = await self._store.personal.reveal(ref_of(id), by=by, reason=WHY_CHECK)
        record = msgspec.json.decode(fields[_RECORD], type=Record)
        if record.dataclass not in by.classes or not by.may("operator", record.module):
            raise not_found()
        return record

    async def original(self, id: str, by: Principal) -> bytes:
        """The untouched picture; looking is audited."""
        return await self._store.personal.blob(ref_of(id), _ORIGINAL, by=by, reason=WHY_CHECK)

    async def preview(self, id: str, by: Principal, boxes: Sequence[Box], whole: bool) -> bytes:
        """As it would be released with these boxes."""
        return await blur(await self.original(id, by), boxes, whole)

    async def release(self, once: Once, record: Record, by: Principal, seen: SeenIn, purpose: str, url: str) -> Reply:
        """Keeps the blurred picture a person has confirmed, for taking out at `url`. Who, when, for what and with how
        many boxes stands in the audit chain.

        Raises:
            Problem: 422 nothing is blurred and nobody says that nothing need be; 409 it is not what was looked at; 410
                it was withdrawn.
        """
        made = await as_seen(blur, await self.original(record.id, by), seen)
        detail = {
            "camera": record.camera,
            "taken_at": record.taken_at,
            "original": record.sha256,
            "released": seen.sha256,
            "purpose": purpose,
            "proposed": len(record.boxes),
            "boxes": len(seen.boxes),
            "whole": seen.whole,
            "clear": seen.clear,
        }

        def job(tx: Transaction) -> Reply:
            tx.seal(Sealed(ref_of(record.id), {}, {seen.sha256: made}))
            releases.confirm(tx, _begun(record), by.id, seen.sha256, purpose)
            tx.audit(by.id, "picture.released", record.id, detail)
            return Reply(200, {"id": record.id, "sha256": seen.sha256, "url": url})

        return await once.commit(job)

    async def withdraw(self, once: Once, record: Record, by: Principal, reason: str) -> Reply:
        """Hands its pictures out no more; who, when and why stands in the audit chain.

        Raises:
            Problem: 404 it was never released; 410 it was withdrawn before.
        """

        def job(tx: Transaction) -> Reply:
            releases.withdraw(tx, _begun(record), by.id, reason)
            tx.audit(by.id, "picture.withdrawn", record.id, {"camera": record.camera, "reason": reason})
            return Reply(204, {})

        return await once.commit(job)

    async def row(self, id: str) -> ReleaseRow | None:
        """How far a release has come; None for one of an older build."""
        return await self._store.releases.get(id)

    async def released(self, id: str, sha256: str, by: Principal) -> bytes:
        """A released picture; taking it is audited.

        Raises:
            Problem: 404, nobody has released a picture of this hash; 410, it was withdrawn.
        """
        if sha256 == _ORIGINAL:
            raise not_found()
        row = await self.row(id)
        if row is not None and row.state == "withdrawn":
            raise releases.withdrawn()
        return await self._store.personal.blob(ref_of(id), sha256, by=by, reason=WHY_TAKEN)


async def blur(picture: bytes, boxes: Sequence[Box], whole: bool) -> bytes:
    """See ioc.contract.blurring.Blur."""
    return await asyncio.to_thread(blurred, picture, boxes, whole=whole)


def _begun(record: Record) -> Begun:
    return Begun(
        id=record.id,
        camera=record.camera,
        module=record.module,
        dataclass=record.dataclass,
        simulated=record.simulated,
        taken_at=parse_time(record.taken_at),
    )
