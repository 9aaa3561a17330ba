"""Pictures and clips on their way out of the control room: kept sealed, with what is known of them, until their time is
past.

They lie in the one encrypted table, so looking at one is audited, and their deletion is proved like that of all others.
Of a clip only what leaves lies there: before that it is read from the evidence it belongs to, each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from ioc.contract.blurring import Box, SeenIn, as_seen, hash_of, not_shown
from ioc.contract.deciding import Reply, Sealed
from ioc.contract.rights import Principal
from ioc.core.clock import iso, parse_time
from ioc.core.dataclass import DataClass
from ioc.core.errors import Problem, not_found
from ioc.core.ids import is_id, new_id
from ioc.core.text import Text
from ioc.host.still_pictures import propose
from ioc.store import Once, Store, Transaction, releases
from ioc.store.releases import Begun, Kind, ReleaseRow, ref_of
from streams.blurring import blurred, size_of
from streams.holding import Thing

_RECORD, _ORIGINAL, _SHOWN = "record", "original", "shown:"
_EARLY = timedelta(seconds=1)  # a player may be so much ahead of us
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


class ClipPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Of which evidence the clip is and its file's hash, when each picture was taken (Unix milliseconds), how long the
    film lasts, and what is proposed to be blurred."""

    evidence: str
    at_ms: tuple[int, ...]
    lasts_ms: int
    things: tuple[Thing, ...]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or clip that is to leave: of which camera, when it was taken, what is proposed to be blurred and by
    what (`detector`, `motion`, or `nothing`: then all of it), and the hash of what is untouched."""

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
    clip: ClipPlan | None = None

    @property
    def kind(self) -> Kind:
        """What it is."""
        return "picture" if self.clip is None else "clip"


class Shown(msgspec.Struct, frozen=True):
    """Which blurred picture or film a person was given last, by its hash, and when."""

    sha256: str
    at: str


class ReleaseBook:
    """The pictures of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, once: Once, original: bytes, by: Principal, about: About, model: Path | None) -> Reply:
        """Keeps a picture sealed and proposes what is to be blurred, with a detector's file where there is one; answers
        the `Record`.

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
        return await self.keep(once, record, by, {_ORIGINAL: original})

    async def keep(self, once: Once, record: Record, by: Principal, blobs: dict[str, bytes]) -> Reply:
        """Notes what is to leave, and answers it. Of those this person never confirmed the newest `MOST_BEGUN` stay."""
        sealed = Sealed(ref_of(record.id), {_RECORD: msgspec.json.encode(record).decode()}, blobs)

        surplus = 0

        def job(tx: Transaction) -> Reply:
            nonlocal surplus
            tx.seal(sealed)
            detail = {"camera": record.camera, "taken_at": record.taken_at}
            tx.audit(by.id, f"{record.kind}.proposed", record.id, detail)
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

    async def as_seen(self, record: Record, by: Principal, seen: SeenIn) -> bytes:
        """The blurred picture a person has confirmed, made anew.

        Raises:
            Problem: see `ioc.contract.blurring.as_seen`.
        """
        return await as_seen(blur, await self.original(record.id, by), seen)

    async def note_shown(self, record: Record, by: Principal, sha256: str, now: datetime) -> None:
        """Remembers which blurred picture or film a person was given, and when."""
        shown = msgspec.json.encode(Shown(sha256, iso(now))).decode()
        await self._store.write(lambda tx: tx.seal(Sealed(ref_of(record.id), {_SHOWN + by.id: shown}, {})))

    async def refuse_unwatched(self, record: Record, by: Principal, sha256: str, now: datetime) -> None:
        """Raises Problem 409 where what this person was given last is not this very picture or film, or where they
        cannot have played the film to its end."""
        fields = await self._store.personal.reveal(ref_of(record.id), by=by, reason=WHY_CHECK)
        said = fields.get(_SHOWN + by.id)
        shown = msgspec.json.decode(said, type=Shown) if said is not None else None
        if shown is None or shown.sha256 != sha256:
            raise _unwatched(None) if record.clip else not_shown()
        if record.clip is None:
            return
        lasts = timedelta(milliseconds=record.clip.lasts_ms)
        left = lasts - _EARLY - (now - parse_time(shown.at))
        if left > timedelta(0):
            raise _unwatched(min(left, lasts).total_seconds())

    async def release(
        self, once: Once, record: Record, by: Principal, made: bytes, seen: SeenIn, detail: dict[str, Any], url: str
    ) -> Reply:
        """Keeps what a person has confirmed, for taking out at `url`. Who, when, for what (`detail`: `purpose` and with
        how many boxes) stands in the audit chain.

        Raises:
            Problem: 410, it was withdrawn or refused.
        """
        about = {
            "camera": record.camera,
            "taken_at": record.taken_at,
            "original": record.sha256,
            "released": seen.sha256,
            "whole": seen.whole,
            "clear": seen.clear,
        }

        def job(tx: Transaction) -> Reply:
            tx.seal(Sealed(ref_of(record.id), {}, {seen.sha256: made}))
            releases.confirm(tx, _begun(record), by.id, seen.sha256, detail["purpose"])
            tx.audit(by.id, f"{record.kind}.released", record.id, about | detail)
            return Reply(200, {"id": record.id, "sha256": seen.sha256, "url": url})

        return await once.commit(job)

    async def refuse(self, once: Once, record: Record, by: Principal, reason: str) -> Reply:
        """Lets it not leave, and destroys what lies sealed of it unless a hold keeps it; who, when and why stands in
        the audit chain.

        Raises:
            Problem: 409 it left already; 410 it was refused or withdrawn before.
        """

        def job(tx: Transaction) -> Reply:
            releases.refuse(tx, _begun(record), by.id, reason)
            tx.audit(by.id, f"{record.kind}.refused", record.id, {"camera": record.camera, "reason": reason})
            return Reply(204, {})

        reply = await once.commit(job)
        await self._store.releases.forget_deleted()
        return reply

    async def withdraw(self, once: Once, record: Record, by: Principal, reason: str) -> Reply:
        """Hands its pictures out no more; who, when and why stands in the audit chain.

        Raises:
            Problem: 404 it was never released; 410 it was withdrawn before.
        """

        def job(tx: Transaction) -> Reply:
            releases.withdraw(tx, _begun(record), by.id, reason)
            tx.audit(by.id, f"{record.kind}.withdrawn", record.id, {"camera": record.camera, "reason": reason})
            return Reply(204, {})

        return await once.commit(job)

    async def row(self, id: str) -> ReleaseRow | None:
        """How far a release has come; None for one of an older build."""
        return await self._store.releases.get(id)

    async def released(self, id: str, sha256: str, by: Principal) -> bytes:
        """What was released; taking it is audited.

        Raises:
            Problem: 404, nobody has released anything of this hash; 410, it was withdrawn.
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
        kind=record.kind,
    )


def _unwatched(left_s: float | None) -> Problem:
    """The refusal of who confirms a film before they can have seen its end; `left_s` is what is left of it."""
    title = Text("Chưa xem hết đoạn hình đã làm mờ", "The blurred clip was not watched to its end")
    vi, en = "Hãy phát đoạn hình này đến hết rồi xác nhận.", "Play this very clip to its end, then confirm."
    return Problem("not-watched", title, 409, Text(vi, en), retry_after_s=None if left_s is None else int(left_s) + 1)
