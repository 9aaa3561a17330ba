"""Which pictures and clips of cameras were to leave the control room: who began, confirmed, refused and withdrew each,
and what for.

They themselves lie sealed among people's data, under `ref_of` the release. A row of one that was confirmed
stays, also when its pictures are gone; rows of those that nobody confirmed go with their pictures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, inspect, or_, select, update

from ioc.core.dataclass import DataClass
from ioc.core.errors import Problem, not_found
from ioc.core.text import Text
from ioc.store.holds import is_held
from ioc.store.personal import erase_all
from ioc.store.tables import personal, picture_release
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

State = Literal["begun", "released", "withdrawn", "refused"]
Kind = Literal["picture", "clip"]
PREFIX = "release:"
_c = picture_release.c
_REFUSED = "refused by who looked at it"
_CROWDED_OUT = "nobody confirmed it, newer ones were begun"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or clip that is to leave: of which camera, when it was taken, of which module's event, if of any."""

    id: str
    camera: str
    module: str | None
    dataclass: DataClass
    simulated: bool
    taken_at: datetime
    kind: Kind = "picture"


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `sha256` is of the picture confirmed last; `there` is whether its pictures still are."""

    begun: Begun
    begun_by: str
    begun_at: datetime
    released_by: str | None
    released_at: datetime | None
    purpose: str | None
    sha256: str | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None
    refused_by: str | None
    refused_at: datetime | None
    refused_because: str | None
    there: bool

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.refused_at is not None:
            return "refused"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "begun" if self.released_at is None else "released"


class Releases:
    """Reads the rows."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def get(self, id: str) -> ReleaseRow | None:
        """One of them."""
        found = await self._rows(_c.id == id, limit=1)
        return found[0] if found else None

    async def find(
        self,
        *,
        begun: bool,
        camera: str | None = None,
        hidden: Collection[str] = (),
        modules: Collection[str] = (),
        classes: Collection[DataClass],
        before: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[ReleaseRow]:
        """Newest first; those begun before a time and id where `before` is given, and with `begun` also those nobody
        has confirmed. None of cameras that are `hidden`; of events only those of `modules` where some are named."""
        conditions = [
            _c.dataclass.in_([one.value for one in classes]),
            *([] if begun else [_c.released_at.is_not(None)]),
            *([_c.camera == camera] if camera is not None else []),
            *([_c.camera.not_in(sorted(hidden))] if hidden else []),
            *([or_(_c.module.is_(None), _c.module.in_(sorted(modules)))] if modules else []),
            *([or_(_c.begun_at < before[0], and_(_c.begun_at == before[0], _c.id < before[1]))] if before else []),
        ]
        return await self._rows(*conditions, limit=limit)

    async def forget_deleted(self) -> None:
        """Takes destroyed keys out of the database's journal."""
        await self._access.forget_deleted()

    async def _rows(self, *conditions: ColumnElement[bool], limit: int) -> list[ReleaseRow]:
        statement = _select().where(*conditions).order_by(_c.begun_at.desc(), _c.id.desc()).limit(limit)
        async with self._access.read_once() as connection:
            return [_row(row) for row in (await connection.execute(statement)).all()]


def ref_of(id: str) -> str:
    """Under which reference the pictures of a release lie."""
    return f"{PREFIX}{id}"


def begin(tx: Transaction, begun: Begun, by: str, most: int) -> int:
    """Notes a release that was begun, and destroys the oldest of this person that nobody confirmed and nothing holds
    where they are more than `most`; how many went."""
    _keep(tx, begun, by)
    mine = (_c.begun_by == by) & _c.released_at.is_(None) & _c.withdrawn_at.is_(None) & _c.refused_at.is_(None)
    free = mine & ~is_held(PREFIX + _c.id) & (_c.id != begun.id)
    newest = select(_c.id).where(free).order_by(_c.begun_at.desc(), _c.id.desc())
    surplus = list(tx.execute(newest.offset(most - 1)).scalars())
    erase_all(tx, [ref_of(id) for id in surplus], by=by, reason=_CROWDED_OUT)
    tx.execute(delete(picture_release).where(_c.id.in_(surplus)))
    return len(surplus)


def confirm(tx: Transaction, begun: Begun, by: str, sha256: str, purpose: str) -> None:
    """Notes that a person stands for the picture of this hash.

    Raises:
        Problem: 410, it was withdrawn.
    """
    _keep(tx, begun, by)
    values = {"released_by": by, "released_at": tx.now, "purpose": purpose, "sha256": sha256}
    if tx.execute(update(picture_release).where(_alive(begun.id)).values(values)).rowcount != 1:
        raise withdrawn()


def refuse(tx: Transaction, begun: Begun, by: str, reason: str) -> None:
    """Notes that a person looked at what nobody has confirmed, and let it not leave; what lies sealed of it is
    destroyed, unless a hold keeps it.

    Raises:
        Problem: 409, somebody has confirmed it; 410, it was withdrawn or refused before.
    """
    _keep(tx, begun, by)
    values = {"refused_by": by, "refused_at": tx.now, "refused_because": reason}
    mine = _alive(begun.id) & _c.released_at.is_(None)
    if tx.execute(update(picture_release).where(mine).values(values)).rowcount != 1:
        known = tx.execute(select(picture_release).where(_alive(begun.id))).first()
        raise withdrawn() if known is None else _given_out()
    if tx.execute(select(_c.id).where(_c.id == begun.id, ~is_held(PREFIX + _c.id))).first() is not None:
        erase_all(tx, [ref_of(begun.id)], by=by, reason=_REFUSED)


def withdraw(tx: Transaction, begun: Begun, by: str, reason: str) -> None:
    """Notes that its pictures are handed out no more. One of an older build, of which there was no row, is believed to
    have been released.

    Raises:
        Problem: 404, it was never released; 410, it was withdrawn before.
    """
    known = not _keep(tx, begun, by)
    if known and tx.execute(select(_c.released_at).where(_c.id == begun.id)).scalar_one() is None:
        raise not_found()
    values = {"withdrawn_by": by, "withdrawn_at": tx.now, "withdrawn_because": reason}
    if tx.execute(update(picture_release).where(_alive(begun.id)).values(values)).rowcount != 1:
        raise withdrawn()


class Recall(msgspec.Struct, frozen=True):
    """A picture or clip that was withdrawn, by whom, when and why."""

    id: str
    by: str
    at: datetime
    reason: str


def recalls(connection: Connection) -> list[Recall]:
    """All that were withdrawn, as this connection sees them; none in a store of a build that knew of none."""
    if not inspect(connection).has_table(picture_release.name):
        return []
    statement = select(_c.id, _c.withdrawn_by, _c.withdrawn_at, _c.withdrawn_because).where(
        _c.withdrawn_at.is_not(None)
    )
    return [Recall(*row) for row in connection.execute(statement)]


def recall_again(tx: Transaction, them: Sequence[Recall], *, by: str) -> int:
    """Withdraws those of them that an older copy brought back as if they had not been; how many."""
    back = 0
    for one in them:
        values = {"withdrawn_by": one.by, "withdrawn_at": one.at, "withdrawn_because": one.reason}
        again = update(picture_release).where(_alive(one.id)).values(values).returning(_c.kind)
        kind = tx.execute(again).scalar_one_or_none()
        if kind is not None:
            tx.audit(by, f"{kind}.withdrawn", one.id, {"reason": one.reason, "again": True})
            back += 1
    return back


def withdrawn() -> Problem:
    """The refusal of what was withdrawn, or was not let out in the first place."""
    title = Text("Hình này đã bị thu hồi hoặc từ chối", "This was withdrawn, or refused before it left")
    return Problem("release-withdrawn", title, 410)


def _given_out() -> Problem:
    title = Text("Hình này đã được xác nhận đưa ra", "This was confirmed and given out already")
    return Problem("released", title, 409, Text("Hãy thu hồi thay vì từ chối.", "Take it back instead."))


def _alive(id: str) -> ColumnElement[bool]:
    return (_c.id == id) & _c.withdrawn_at.is_(None) & _c.refused_at.is_(None)


def _keep(tx: Transaction, begun: Begun, by: str) -> bool:
    """Makes the row; False where it is there."""
    plain = msgspec.structs.asdict(begun) | {"dataclass": begun.dataclass.value}
    row = insert_for(tx.connection, picture_release).values(plain | {"begun_by": by, "begun_at": tx.now})
    made = row.on_conflict_do_nothing(index_elements=["id"]).returning(_c.id)
    return tx.execute(made).first() is not None


def _select() -> Any:
    there = exists().where(personal.c.ref == PREFIX + _c.id, personal.c.wrapped_key.is_not(None))
    return select(picture_release, there.label("there"))


def _row(row: Any) -> ReleaseRow:
    plain = {name: getattr(row, name) for name in Begun.__struct_fields__}
    begun = Begun(**plain | {"dataclass": DataClass(row.dataclass), "simulated": bool(row.simulated)})
    rest = {name: getattr(row, name) for name in ReleaseRow.__struct_fields__ if name not in ("begun", "there")}
    return ReleaseRow(begun=begun, there=bool(row.there), **rest)
