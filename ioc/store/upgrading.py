"""Bringing a store to this build while its city works: proved before each commit, and back down when it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import Connection, MetaData, func, select, table

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store import migrate
from ioc.store.backup.facts import Span, own_tables, span_of
from ioc.store.backup.mark import refuse_unfinished
from ioc.store.errors import is_unavailable
from ioc.store.migrate import Line
from ioc.store.notes import has_notes, read_note, set_note
from ioc.store.tables import audit, event, observation_batch

NOTE = "upgrade"  # the platform's note of one that is on its way
TRIES = 5  # each waits some seconds for tables that others read
# Tables whose rows nothing may take away, whatever a migration does to their form.
_KEPT = ("event", "audit", "personal", "personal_value", "dead_letter", "cursor", "observation_batch", "series_point")
_NUMBERED = {"event": event.c.position, "audit": audit.c.seq, "observation_batch": observation_batch.c.position}


def upgrade_or_return(url: str, homes: Sequence[Path]) -> list[Line]:
    """Brings every line of migrations to this build; returns those that moved, as they are now.

    Nothing is lost on the way: others go on writing and wait for moments, the rows of the log and of people are
    counted before and after under the city's lock, and what fails leaves every table as it was.

    Raises:
        Problem: `restore-unfinished`. `newer-build`: a newer build was here. `upgrade-failed`: why; everything is as
            before. `upgrade-stuck`: it could not be brought back; the next call goes on.
    """
    refuse_unfinished(url)
    now = migrate.state(url, homes)
    if ahead := [line.name for line in now if line.ahead]:
        raise _newer(", ".join(ahead))
    before = _begun(url, now)
    try:
        _try(url, homes)
    except Exception as error:
        _return(url, homes, before, error)
        raise _failed(error) from error
    _through(url)
    was = {line.name: line.at for line in now}
    return [line for line in migrate.state(url, homes) if line.at != was[line.name]]


class _Begun(msgspec.Struct, frozen=True):
    """An upgrade on its way: where each line of migrations stood before, and where it shall stand."""

    was: dict[str, str | None]
    heads: dict[str, str]


def _begun(url: str, now: Sequence[Line]) -> list[Line]:
    """Where each line stood before, noted in the store. An upgrade to the same tables that was killed on its way, there
    or back, goes on, and its note says so: what is there now is neither of the two."""
    if not has_notes(url):
        return list(now)  # a new store: there is nothing to go back to
    begun = _Begun({line.name: line.at for line in now}, {line.name: line.head for line in now})
    noted = read_note(url, NOTE)
    former = msgspec.json.decode(noted, type=_Begun) if noted else None
    if former and former.heads == begun.heads:
        begun = former
    else:
        set_note(url, NOTE, msgspec.json.encode(begun).decode())
    return [msgspec.structs.replace(line, at=begun.was.get(line.name)) for line in now]


def _return(url: str, homes: Sequence[Path], before: Sequence[Line], why: Exception) -> None:
    try:
        migrate.return_to(url, homes, before)
        _through(url)
    except Exception as error:
        raise _stuck(why, error) from error


def _through(url: str) -> None:
    if has_notes(url):
        set_note(url, NOTE, None)


def _try(url: str, homes: Sequence[Path]) -> None:
    for left in reversed(range(TRIES)):
        try:
            migrate.upgrade(url, homes, proof=_nothing_lost)
            return
        except Exception as error:
            if not (left and is_unavailable(error)):
                raise


@contextmanager
def _nothing_lost(connection: Connection, guarded: MetaData) -> Iterator[None]:
    names = set(_KEPT) & set(guarded.tables)
    before = _rows(connection, names)
    yield
    after = _rows(connection, names)
    for name, rows in before.items():
        if after.get(name) != rows:
            told = f"{name}: {rows} → {after.get(name)}"
            raise Problem("rows-lost", Text(told, told))


def _rows(connection: Connection, names: Iterable[str]) -> dict[str, Span | int]:
    """How many rows the tables that are there have, and the numbers of those that are numbered."""
    found: dict[str, Span | int] = {}
    for name in set(names) & set(own_tables(connection)):
        if name in _NUMBERED:
            found[name] = span_of(connection, _NUMBERED[name].table, _NUMBERED[name])
        else:
            found[name] = int(connection.execute(select(func.count()).select_from(table(name))).scalar_one())
    return found


def _newer(names: str) -> Problem:
    vi, en = f"Bảng của {names} do bản mới hơn tạo", f"A newer build made the tables of {names}"
    return Problem("newer-build", Text(vi, en), 409)


def _stuck(why: Exception, error: Exception) -> Problem:
    title = Text("Không nâng cấp được, cũng chưa lùi lại được", "The upgrade failed, and is not undone yet")
    told = f"{_said(why)}; {_said(error)}"
    vi = f"{told}. Hãy chạy lại ioc upgrade: nó sẽ làm tiếp, hoặc lùi về như lúc đầu"
    return Problem("upgrade-stuck", title, 500, Text(vi, f"{told}. Run ioc upgrade again: it goes on, or back"))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:300]}"


def _failed(error: Exception) -> Problem:
    said = _said(error)
    return Problem(
        "upgrade-failed",
        Text("Không nâng cấp được; dữ liệu vẫn như trước", "The upgrade failed; the data are as before"),
        500,
        Text(said, said),
    )
