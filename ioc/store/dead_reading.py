"""Reads what was set aside, damaged rows among it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, case, func, select

from ioc.core.envelope import Recorded
from ioc.core.text import Text, nfc
from ioc.core.unreadable import UNREADABLE, recorded_of
from ioc.store.as_stored import AT_ONCE, StoredRow, as_text, damaged_rows, select_stored, stored_row, stored_rows
from ioc.store.columns import stored_bytes
from ioc.store.tables import dead_letter

Kind = Literal["buried", "parked", "reading"]
COLUMNS = list(dead_letter.c)
SELECT = select_stored(dead_letter)
_c = dead_letter.c
_MINE = _c.kind.is_distinct_from("parked")
_UNREAD = Text("cột body: không đọc được sự kiện", "column body: no event can be read from it")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event set aside for one consumer; `trace` says where the handler failed.

    Of kind `reading` it stands for readings of one batch of the observation log, which `position` counts in; those
    that came after them went on. `wrong` says what of its row somebody damaged; `at` is None where the time is none.
    """

    consumer: str
    kind: Kind
    recorded: Recorded
    partitionkey: str
    reason: str
    trace: str
    payload_hash: str
    at: datetime | None
    wrong: tuple[Text, ...] = ()

    @property
    def told(self) -> Text:
        """Which row, and what is wrong with it."""
        return StoredRow(dead_letter.name, f"{self.consumer}/{self.recorded.position}", {}, self.wrong).told


def letter_of(row: Any) -> DeadLetter:
    """The letter of a row of `SELECT`; one whose position is none stands at 0."""
    stored = stored_row(dead_letter, COLUMNS, row)
    value = stored.values
    recorded = recorded_of(value["position"] or 0, stored_bytes(row.body), value["partitionkey"])
    wrong = (*stored.wrong, *([_UNREAD] if recorded.envelope.type == UNREADABLE else []))
    names = ("consumer", "kind", "partitionkey", "reason", "trace", "payload_hash", "at")
    return DeadLetter(recorded=recorded, wrong=wrong, **{name: value[name] for name in names})


def first_letters(connection: Connection, limit: int) -> tuple[Sequence[DeadLetter], int]:
    """What cannot be handled, without what only waits behind it: events before readings, oldest position first; and how
    many there are in all."""
    order = (case((_c.kind == "reading", 1), else_=0), _c.position, _c.consumer)
    count = connection.execute(select(func.count()).select_from(dead_letter).where(_MINE)).scalar_one()
    rows = connection.execute(SELECT.where(_MINE).order_by(*order).limit(limit))
    return [letter_of(row) for row in rows], int(count)


def find_letter(connection: Connection, consumer: str, position: int) -> DeadLetter | None:
    """One event set aside."""
    row = connection.execute(SELECT.where(_c.consumer == consumer, _c.position == position)).one_or_none()
    return None if row is None else letter_of(row)


def parked_events(connection: Connection) -> dict[tuple[str, str], int]:
    """How many events wait behind a dead letter, by consumer and partition key."""
    statement = select(_c.consumer, _c.partitionkey, func.count()).where(~_MINE)
    rows = connection.execute(statement.group_by(_c.consumer, _c.partitionkey))
    return {(as_text(consumer), as_text(key)): int(count) for consumer, key, count in rows}


def damaged_parked(connection: Connection) -> Iterator[StoredRow]:
    """Damaged rows of events that only wait."""
    return damaged_rows(connection, dead_letter, ~_MINE)


def chosen(
    connection: Connection, *, consumer: str | None, kind: Kind | None, words: str | None
) -> Iterator[DeadLetter]:
    """What cannot be handled, oldest position first: of one consumer, of one kind, and of whose reason these words are
    a part, in whatever case, where they are given."""
    mine = [_MINE, *([_c.consumer == consumer] if consumer else []), *([_c.kind == kind] if kind else [])]
    statement = SELECT.where(*mine).order_by(_c.position, _c.consumer)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(statement):
        one = letter_of(row)
        if words is None or nfc(words).casefold() in nfc(one.reason).casefold():
            yield one


def letters_by_kind(connection: Connection) -> dict[tuple[str, str], tuple[int, datetime | None]]:
    """How many letters each consumer has of each kind, and since when the oldest is there as far as times are told."""
    found: dict[tuple[str, str], tuple[int, datetime | None]] = {}
    names = ("consumer", "kind", "at")
    for row in stored_rows(connection, dead_letter, select_stored(dead_letter, *names)):
        consumer, kind, at = (row.values[name] for name in names)
        count, oldest = found.get((consumer, kind), (0, None))
        found[consumer, kind] = count + 1, min((one for one in (oldest, at) if one), default=None)
    return found
