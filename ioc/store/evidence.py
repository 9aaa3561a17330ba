"""Which events have pictures of a camera as evidence, who makes it, and what was kept: one row an event, files beside.

A row is begun in the commit of the consumer that saw the event, so there is one at most. Whoever makes the evidence
raises its fence first; what it kept counts only while that fence is the newest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from ioc.core.dataclass import DataClass
from ioc.core.text import Text
from ioc.store.held_stories import cover
from ioc.store.holds import EVIDENCE, is_held
from ioc.store.keeping import EvidenceKeeping
from ioc.store.tables import evidence
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

State = Literal["wanted", "kept", "missed", "deleted"]
Part = Literal["open", "original"]
Cursor = tuple[datetime, str]
_c = evidence.c


class KeptFile(msgspec.Struct, frozen=True):
    """A file as it was kept: SHA-256 in hexadecimal, and length."""

    sha256: str
    bytes: int


class Snapshot(msgspec.Struct, frozen=True):
    """The picture of the moment; Unix milliseconds."""

    at_ms: int
    file: KeptFile


class Clip(msgspec.Struct, frozen=True):
    """The pictures around it, by their times in Unix milliseconds; seconds without any."""

    frames: tuple[int, ...]
    missing_s: float
    file: KeptFile


class Original(msgspec.Struct, frozen=True):
    """An untouched picture or clip: its own hash and length, and those of its sealed file."""

    file: KeptFile
    sealed: KeptFile


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was kept. `reason` says why there is nothing, why the clip is short, or why it was deleted."""

    folder: str | None = None
    snapshot: Snapshot | None = None
    clip: Clip | None = None
    original_snapshot: Original | None = None
    original_clip: Original | None = None
    calibration: str | None = None
    jump_s: float = 0.0
    synchronised: bool | None = None
    reason: Text | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An event whose evidence is wanted; it began at `since` where the event says so."""

    event: str
    camera: str
    type: str
    module: str
    correlation: str
    dataclass: DataClass
    simulated: bool
    at: datetime
    since: datetime | None = None


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table."""

    wanted: Wanted
    made: datetime
    state: State
    fence: int
    open_gone: datetime | None
    original_gone: datetime | None
    held: bool
    body: Body

    @property
    def event(self) -> str:
        """Its id, which is that of the event."""
        return self.wanted.event


class Claim(msgspec.Struct, frozen=True):
    """A row that is this process's to make, and the key its originals are sealed with."""

    row: EvidenceRow
    key: bytes


class EvidenceBook:
    """Reads and writes the rows."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def wanted(self, cameras: Collection[str]) -> list[str]:
        """The events of these cameras whose evidence is wanted and not kept yet, oldest first."""
        mine = (_c.state == "wanted") & _c.camera.in_(sorted(cameras))
        async with self._access.read_once() as connection:
            return list((await connection.execute(select(_c.event).where(mine).order_by(_c.at))).scalars())

    async def claim(self, event: str, owner: str) -> Claim | None:
        """Makes a wanted row this owner's, whoever had it before; None when it is wanted no more."""
        return await self._access.write(lambda tx: _claim(tx, event, owner))

    async def note(self, event: str, fence: int, body: Body) -> bool:
        """Keeps what there is so far; False when another owner has taken the row."""
        return await self._access.write(lambda tx: _settle(tx, event, fence, "wanted", body))

    async def settle(self, event: str, fence: int, state: Literal["kept", "missed"], body: Body, *, by: str) -> bool:
        """The end of the making, noted in the audit chain; False when another owner has taken the row."""
        return await self._access.write(lambda tx: _end(tx, event, fence, state, body, by))

    async def give_up(self, before: datetime, reason: Text, *, by: str) -> list[str]:
        """Says of what has been wanted since before a time that it will not come; a snapshot that is there stays."""
        return await self._access.write(lambda tx: _give_up(tx, before, reason, by))

    async def get(self, event: str) -> EvidenceRow | None:
        """The evidence of one event."""
        found = await self._rows(_c.event == event, limit=1)
        return found[0] if found else None

    async def find(
        self,
        *,
        event: str | None = None,
        correlation: str | None = None,
        camera: str | None = None,
        hidden: Collection[str] = (),
        modules: Collection[str] = (),
        classes: Collection[DataClass] | None = None,
        before: Cursor | None = None,
        limit: int = 100,
    ) -> list[EvidenceRow]:
        """Newest first; those before a time and id where `before` is given. None of cameras that are `hidden`; only of
        these modules where some are named."""
        conditions = [
            *([_c.event == event] if event is not None else []),
            *([_c.correlation == correlation] if correlation is not None else []),
            *([_c.camera == camera] if camera is not None else []),
            *([_c.camera.not_in(sorted(hidden))] if hidden else []),
            *([_c.module.in_(sorted(modules))] if modules else []),
            *([_c.dataclass.in_([one.value for one in classes])] if classes is not None else []),
            *([_before(*before)] if before is not None else []),
        ]
        return await self._rows(*conditions, limit=limit)

    async def with_files(self, after: str = "", limit: int = 200) -> list[EvidenceRow]:
        """Rows in the order of their ids, of which files should be there."""
        there = (_c.event > after) & _has_files()
        return await self._rows(there, limit=limit, order=(_c.event,))

    async def folders(self) -> frozenset[str]:
        """Every folder that a row names and of which something should be there, or that is being made."""
        found: set[str] = set()
        after = ""
        while rows := await self._rows((_c.event > after) & _has_files(), limit=1_000, order=(_c.event,)):
            found |= {row.body.folder for row in rows if row.body.folder is not None}
            after = rows[-1].event
        return frozenset(found)

    async def due(self, part: Part, now: datetime, keeping: EvidenceKeeping, limit: int) -> list[EvidenceRow]:
        """Rows whose open files or sealed originals are past their time, and that nothing holds; oldest first."""
        late = past_time(part, now, keeping) & ~is_held_evidence()
        return await self._rows(late, limit=limit, order=(_c.at, _c.event))

    async def give_away(self, event: str, part: Part, reason: Text, *, by: str) -> bool:
        """Gives up, also in the audit chain, a row's open files, or its originals with their key: their files are to be
        deleted then. False, and nothing is given up, where a hold came to be on it meanwhile, or they were already."""
        return await self._access.write(lambda tx: _give_away(tx, event, part, reason, by))

    async def partly_gone(self) -> dict[str, Part]:
        """Of folders whose open files, or whose originals, were given up and the others not: which."""
        found: dict[str, Part] = {}
        open_gone, original_gone = _c.open_gone.is_not(None), _c.original_gone.is_not(None)
        after, half = "", or_(and_(open_gone, ~original_gone), and_(original_gone, ~open_gone))
        while rows := await self._rows(_c.event > after, half, limit=1_000, order=(_c.event,)):
            for row in rows:
                if row.body.folder is not None:
                    found[row.body.folder] = "original" if row.open_gone is None else "open"
            after = rows[-1].event
        return found

    async def forget_deleted(self) -> None:
        """Takes destroyed keys out of the database's journal."""
        await self._access.forget_deleted()

    async def wrapped_key(self, event: str) -> bytes | None:
        """The key of a row's originals, wrapped for `ref_of` the event; None when it was destroyed or never made."""
        async with self._access.read_once() as connection:
            key = (await connection.execute(select(_c.wrapped_key).where(_c.event == event))).scalar_one_or_none()
        return bytes(key) if key is not None else None

    async def _rows(
        self, *conditions: ColumnElement[bool], limit: int, order: Sequence[Any] = (_c.at.desc(), _c.event.desc())
    ) -> list[EvidenceRow]:
        statement = _select().where(*conditions).order_by(*order).limit(limit)
        async with self._access.read_once() as connection:
            return [_row(row) for row in (await connection.execute(statement)).all()]


def ref_of(event: str) -> str:
    """What a key is wrapped for, and what a hold covers."""
    return f"{EVIDENCE}{event}"


def rows_with_files(connection: Connection) -> list[EvidenceRow]:
    """Rows of which files should be there, as this connection's transaction sees them."""
    return [_row(row) for row in connection.execute(_select().where(_has_files()).order_by(_c.event))]


def want(tx: Transaction, wanted: Wanted, reason: Text | None = None, *, by: str = "cameras") -> None:
    """Begins the evidence of an event, once; with a `reason` it says at once, in the audit chain too, that there will
    be none."""
    plain = msgspec.structs.asdict(wanted) | {"dataclass": wanted.dataclass.value}
    body = Body(reason=reason)
    state = {"state": "wanted"} if reason is None else {"state": "missed"} | _nothing(tx, body)
    values = plain | state | {"made": tx.now, "fence": 0, "body": msgspec.json.encode(body)}
    put = insert_for(tx.connection, evidence).values(values).on_conflict_do_nothing(index_elements=["event"])
    if tx.execute(put).rowcount == 1 and reason is not None:
        tx.audit(by, "evidence.missed", ref_of(wanted.event), {"reason": reason.en})
    cover(tx.connection, wanted.correlation, ref_of(wanted.event))


def past_time(part: Part, now: datetime, keeping: EvidenceKeeping, grace: timedelta = timedelta(0)) -> Any:
    """Of which rows the open files, or the originals, should be gone, holds aside."""
    if part == "original":
        late = _c.at < now - keeping.original - grace
        return late & _c.original_gone.is_(None)
    named = [(_c.module == name) & (_c.at < now - kept - grace) for name, kept in keeping.classes.items()]
    others = _c.module.not_in(sorted(keeping.classes)) & (_c.at < now - keeping.other - grace)
    return or_(*named, others) & _c.open_gone.is_(None)


def is_held_evidence() -> ColumnElement[bool]:
    """Whether a hold in force covers a row."""
    return is_held(EVIDENCE + _c.event)


def _has_files() -> ColumnElement[bool]:
    return or_(_c.open_gone.is_(None), _c.original_gone.is_(None))


def _before(at: datetime, event: str) -> ColumnElement[bool]:
    return or_(_c.at < at, and_(_c.at == at, _c.event < event))


def _select() -> Any:
    return select(evidence, is_held_evidence().label("held"))


def _row(row: Any) -> EvidenceRow:
    plain = {name: getattr(row, name) for name in Wanted.__struct_fields__}
    wanted = Wanted(**plain | {"dataclass": DataClass(row.dataclass)})
    return EvidenceRow(
        wanted=wanted,
        made=row.made,
        state=row.state,
        fence=row.fence,
        open_gone=row.open_gone,
        original_gone=row.original_gone,
        held=bool(row.held),
        body=msgspec.json.decode(bytes(row.body), type=Body),
    )


def _claim(tx: Transaction, event: str, owner: str) -> Claim | None:
    mine = (_c.event == event) & (_c.state == "wanted")
    if tx.execute(update(evidence).where(mine).values(owner=owner, fence=_c.fence + 1)).rowcount != 1:
        return None
    wrapped = tx.execute(select(_c.wrapped_key).where(_c.event == event)).scalar_one()
    if wrapped is None:
        key, wrapped = tx.vault.new_key(ref_of(event))
        tx.execute(update(evidence).where(_c.event == event).values(wrapped_key=wrapped))
    else:
        key = tx.vault.unwrap(ref_of(event), bytes(wrapped))
    return Claim(_row(tx.execute(_select().where(_c.event == event)).one()), key)


def _settle(tx: Transaction, event: str, fence: int, state: State, body: Body) -> bool:
    mine = (_c.event == event) & (_c.state == "wanted") & (_c.fence == fence)
    values: dict[str, Any] = {"state": state, "body": msgspec.json.encode(body)}
    if state != "wanted":
        values |= _nothing(tx, body)
    return tx.execute(update(evidence).where(mine).values(values)).rowcount == 1


def _nothing(tx: Transaction, body: Body) -> dict[str, Any]:
    """What need not be deleted one day, because it never was."""
    values: dict[str, Any] = {}
    if body.snapshot is None and body.clip is None:
        values["open_gone"] = tx.now
    if body.original_snapshot is None and body.original_clip is None:
        values |= {"original_gone": tx.now, "wrapped_key": None}
    return values


def _end(tx: Transaction, event: str, fence: int, state: State, body: Body, by: str) -> bool:
    if not _settle(tx, event, fence, state, body):
        return False
    hashes = {
        "snapshot": body.snapshot.file.sha256 if body.snapshot else None,
        "clip": body.clip.file.sha256 if body.clip else None,
        "original_snapshot": body.original_snapshot.file.sha256 if body.original_snapshot else None,
        "original_clip": body.original_clip.file.sha256 if body.original_clip else None,
    }
    reason = {"reason": body.reason.en} if body.reason is not None else {}
    tx.audit(by, f"evidence.{state}", ref_of(event), {"sha256": hashes, "calibration": body.calibration} | reason)
    return True


def _give_up(tx: Transaction, before: datetime, reason: Text, by: str) -> list[str]:
    late = (_c.state == "wanted") & (_c.made < before)
    rows = [_row(row) for row in tx.execute(_select().where(late).limit(200))]
    for row in rows:
        state: State = "kept" if row.body.snapshot is not None else "missed"
        _end(tx, row.event, row.fence, state, msgspec.structs.replace(row.body, reason=reason), by)
    return [row.event for row in rows]


def _give_away(tx: Transaction, event: str, part: Part, reason: Text, by: str) -> bool:
    row = _row(tx.execute(_select().where(_c.event == event)).one())
    if row.held or (row.open_gone if part == "open" else row.original_gone) is not None:
        return False
    values: dict[str, Any] = {f"{part}_gone": tx.now}
    if part == "original":
        values["wrapped_key"] = None
    if (row.original_gone if part == "open" else row.open_gone) is not None:
        body = msgspec.structs.replace(row.body, reason=reason)
        values |= {"state": "deleted", "body": msgspec.json.encode(body)}
    tx.execute(update(evidence).where(_c.event == event).values(values))
    tx.audit(by, "evidence.deleted", ref_of(event), {"part": part, "reason": reason.en})
    return True
