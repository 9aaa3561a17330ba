"""The module's SQL, one function a change. Plain SQLAlchemy Core, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, Update, and_, bindparam, delete, exists, insert, literal, or_, select, update

from ioc.contract import Write
from modules.emergency.tables import call, stamp, transfer, unit

DESK = "desk"  # who stamps what follows from an incident


# What every call needs is made once: to make a statement costs more than to run it.
_ADD_CALL = insert(call)


@cache
def _insert_unless(table: Table, known: tuple[str, ...], names: tuple[str, ...]) -> Insert:
    """Inserts a row of the named columns unless one with the same `known` ones is there."""
    there = exists(select(literal(1)).where(*(table.c[name] == bindparam(f"known_{name}") for name in known)))
    picked = select(*(bindparam(name, type_=table.c[name].type).label(name) for name in names)).where(~there)
    return insert(table).from_select(list(names), picked)


def _insert_once(table: Table, known: dict[str, Any], values: dict[str, Any]) -> Write:
    """Inserts a row unless one with the `known` columns is there."""
    row = {**known, **values}
    sought = {f"known_{name}": value for name, value in known.items()}
    return Write(_insert_unless(table, tuple(known), tuple(row)), {**row, **sought})


@cache
def _change_call(names: tuple[str, ...]) -> Update:
    """Changes the named columns of a call."""
    return update(call).where(call.c.id == bindparam("which")).values({name: bindparam(name) for name in names})


def add_call(row: dict[str, Any]) -> Write:
    """A new call."""
    return Write(_ADD_CALL, row)


def set_call(id: str, **values: Any) -> Write:
    """Changes columns of a call."""
    return Write(_change_call(tuple(values)), {"which": id, **values})


def add_stamp(id: str, state: str, at: str, by: str, unit_id: str | None = None) -> Write:
    """Stamps a state once; a second stamp of the same state changes nothing."""
    return _insert_once(stamp, {"call": id, "state": state}, {"at": at, "by": by, "unit": unit_id})


def move_call(id: str, state: str, at: str, by: str, unit_id: str | None = None) -> list[Write]:
    """Stamps a state and makes it the call's present one."""
    return [add_stamp(id, state, at, by, unit_id), set_call(id, state=state)]


def reopen_call(id: str, state: str) -> list[Write]:
    """Takes the closing stamps away and puts the call back to `state`; the log keeps what was."""
    closing = delete(stamp).where(stamp.c.call == id, stamp.c.state.in_(("closed", "reviewed")))
    return [Write(closing), set_call(id, state=state)]


def add_transfer(row: dict[str, Any]) -> Write:
    """A service was asked to take a call."""
    return Write(insert(transfer).values(**row))


def answer_transfer(id: str, answer: str, at: str, by: str) -> Write:
    """The service answered; the first answer stands."""
    open_one = and_(transfer.c.id == id, transfer.c.answered_at.is_(None))
    return Write(update(transfer).where(open_one).values(answered_at=at, answer=answer, answered_by=by))


def note_unanswered(id: str, at: str) -> Write:
    """The time ran out and it was said."""
    return Write(update(transfer).where(transfer.c.id == id).values(unanswered_at=at))


def set_position(id: str, fix_at: str, *, simulated: bool, **values: float | None) -> list[Write]:
    """The newest source time wins: an older position changes nothing."""
    newer = and_(unit.c.id == id, or_(unit.c.fix_at.is_(None), unit.c.fix_at < fix_at))
    changed = update(unit).where(newer).values(fix_at=fix_at, simulated=simulated, **values)
    return [_insert_once(unit, {"id": id}, {"simulated": simulated}), Write(changed)]


def set_unit_state(id: str, state_at: str, *, simulated: bool, **values: str | None) -> list[Write]:
    """The newest source time wins: an older state changes nothing."""
    newer = and_(unit.c.id == id, or_(unit.c.state_at.is_(None), unit.c.state_at < state_at))
    changed = update(unit).where(newer).values(state_at=state_at, simulated=simulated, **values)
    return [_insert_once(unit, {"id": id}, {"simulated": simulated}), Write(changed)]
