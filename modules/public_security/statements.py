"""The module's SQL, one function a change. Plain SQLAlchemy Core, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, and_, delete, exists, insert, literal, select, update

from ioc.contract import Write
from modules.public_security.tables import camera, case, cell, condition, look, near_repeat, record, run


def _insert_once(table: Table, known: dict[str, Any], values: dict[str, Any]) -> Write:
    """Inserts a row unless one with the `known` columns is there."""
    there = exists(select(literal(1)).where(*(table.c[name] == value for name, value in known.items())))
    row = {**known, **values}
    picked = select(*(literal(value, table.c[name].type).label(name) for name, value in row.items())).where(~there)
    return Write(insert(table).from_select(list(row), picked))


def add_record(row: dict[str, Any]) -> Write:
    """A new record."""
    return Write(insert(record).values(**row))


def begin(key: str, began_at: str, **values: Any) -> Write:
    """Something began to last."""
    return _insert_once(condition, {"key": key, "began_at": began_at}, {"ended_at": None, **values})


def end(key: str, ended_at: str) -> Write:
    """It is over."""
    return Write(
        update(condition).where(condition.c.key == key, condition.c.ended_at.is_(None)).values(ended_at=ended_at)
    )


def forget_conditions(before: str) -> Write:
    """What began before is of no use to anybody any more; the log keeps what was said of it."""
    return Write(delete(condition).where(condition.c.began_at < before))


def see_camera(id: str, state: str, at: str, *, simulated: bool) -> list[Write]:
    """The newest state of a camera; an older one changes nothing."""
    older = and_(camera.c.id == id, camera.c.at <= at)
    values = {"state": state, "at": at, "simulated": simulated}
    return [_insert_once(camera, {"id": id}, values), Write(update(camera).where(older).values(**values))]


def replace_cells(rows: list[dict[str, Any]]) -> list[Write]:
    """The cells of this run instead of those of the last."""
    return [Write(delete(cell)), *(Write(insert(cell).values(**row)) for row in rows)]


def replace_near_repeat(rows: list[dict[str, Any]]) -> list[Write]:
    """What this run found instead of what the last one did."""
    return [Write(delete(near_repeat)), *(Write(insert(near_repeat).values(**row)) for row in rows)]


def keep_case(row: dict[str, Any]) -> Write:
    """A case waits at the desk."""
    return Write(insert(case).values(**row))


def drop_case(id: str) -> Write:
    """It waits no more."""
    return Write(delete(case).where(case.c.id == id))


def add_look(row: dict[str, Any]) -> Write:
    """A new proposal to look somewhere."""
    return Write(insert(look).values(**row))


def end_look(id: str, state: str, at: str, why_vi: str, why_en: str) -> Write:
    """A proposal is over; one that a person has answered stays as it is."""
    still = (look.c.id == id) & (look.c.state == "open")
    return Write(update(look).where(still).values(state=state, ended_at=at, ended_vi=why_vi, ended_en=why_en))


def answer_look(id: str, state: str, at: str, by: str) -> Write:
    """A person's answer, where none came before and it is not over."""
    still = (look.c.id == id) & (look.c.state == "open")
    return Write(update(look).where(still).values(state=state, ended_at=at, answered_by=by))


def forget_looks(before: str) -> list[Write]:
    """Old proposals and cases are of no use to anybody any more; the log keeps what was said of them."""
    return [
        Write(delete(look).where(look.c.made_at < before)),
        Write(delete(case).where(case.c.opened_at < before)),
    ]


def note_run(name: str, at: str) -> list[Write]:
    """Notes when something that is done from time to time was done last."""
    return [_insert_once(run, {"name": name}, {"at": at}), Write(update(run).where(run.c.name == name).values(at=at))]
