"""What the database says, read with plain SQL and no code of the product."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import psycopg

EVENTS = "select position, id, type, correlationid, dataclass, module, body from event order by position"
BATCHES = "select body from observation_batch order by position"
PHOTOS = (
    "select r.id from citizen_report r join personal_value v on v.ref = r.personal"
    " where v.kind = 'blob' and length(v.sealed) > 500"
)
OPENED, TAKEN = "incident.opened", "incident.taken"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """A row of the log."""

    position: int
    id: str
    type: str
    correlation: str
    data_class: str
    module: str
    causation: str
    entry: str


@dataclass(slots=True)
class Facts:
    """Everything the checker looks at, read in one snapshot of each database."""

    events: list[LoggedEvent] = field(default_factory=list)
    bookings: list[tuple[str, str, int, int]] = field(default_factory=list)  # account, entry, position, balance
    metered: list[tuple[str, str, int]] = field(default_factory=list)  # meter, reading, count
    readings: Counter[str] = field(default_factory=Counter)
    points: int = 0
    reports: Counter[str] = field(default_factory=Counter)
    photos: Counter[str] = field(default_factory=Counter)  # sealed pictures, by report
    steps: Counter[str] = field(default_factory=Counter)
    incidents: Counter[str] = field(default_factory=Counter)
    dead: dict[tuple[str, int], str] = field(default_factory=dict)  # consumer and position: kind
    buried: Counter[str] = field(default_factory=Counter)  # readings among the dead letters
    cursors: dict[str, int] = field(default_factory=dict)
    audit: list[tuple[int, str, str]] = field(default_factory=list)  # seq, action, object

    @property
    def head(self) -> int:
        return self.events[-1].position if self.events else 0

    def by_correlation(self, kind: str) -> Counter[str]:
        """How many events of a type each story has."""
        return Counter(one.correlation for one in self.events if one.type == kind)

    def by_entry(self, kind: str) -> Counter[str]:
        return Counter(one.entry for one in self.events if one.type == kind)

    def by_cause(self, kind: str) -> Counter[str]:
        """How many events of a type each event caused."""
        return Counter(one.causation for one in self.events if one.type == kind)

    def positions_of(self, kind: str) -> dict[str, list[int]]:
        """The positions of events of a type, by entry."""
        found: dict[str, list[int]] = defaultdict(list)
        for one in self.events:
            if one.type == kind:
                found[one.entry].append(one.position)
        return found


def read_facts(url: str) -> Facts:
    """Reads both logs and every table of effects."""
    facts = Facts()
    with _connections(url) as (events, observations):
        facts.events = [_event(row) for row in events(EVENTS)]
        facts.bookings = [
            (a, e, int(p), int(b))
            for a, e, p, b in events("select account, entry, position, balance from ledger_booking order by row")
        ]
        facts.metered = [
            (m, r, int(c)) for m, r, c in events("select meter, reading, count from ledger_metered order by row")
        ]
        facts.reports = Counter(row[0] for row in events("select id from citizen_report"))
        facts.photos = Counter(row[0] for row in events(PHOTOS))
        facts.steps = Counter(row[0] for row in events("select id from citizen_step"))
        facts.incidents = Counter(row[0] for row in events("select correlation from incident"))
        facts.dead = {(c, int(p)): kind for c, p, kind in events("select consumer, position, kind from dead_letter")}
        for (body,) in events("select body from dead_letter where kind = 'reading'"):
            facts.buried.update(str(one["id"]) for one in json.loads(bytes(body))["data"]["readings"])
        facts.cursors = {name: int(at) for name, at in events("select consumer, position from cursor")}
        facts.audit = [(int(s), a, o) for s, a, o in events("select seq, action, object from audit order by seq")]
        for (body,) in observations(BATCHES):
            facts.readings.update(str(one[7]) for one in msgspec.msgpack.decode(bytes(body)))
        ledger = "select count(*) from series_point p join series s on s.id = p.series where s.owner = 'ledger'"
        facts.points = int(next(iter(observations(ledger)))[0])
    return facts


def log_head(url: str) -> int:
    """The last position of the log."""
    with _connections(url) as (events, _):
        return int(next(iter(events("select coalesce(max(position), 0) from event")))[0])


def count_dead_letters(url: str) -> int:
    """How many events are set aside, those parked behind them included."""
    with _connections(url) as (events, _):
        return int(next(iter(events("select count(*) from dead_letter")))[0])


def seats(url: str) -> dict[str, int]:
    """How often each part's seat was taken."""
    with _connections(url) as (events, _):
        return {str(part): int(turn) for part, turn in events("select part, turn from seat")}


def given_up(url: str) -> int:
    """How many dead letters nobody tries again: neither parked, nor asked for."""
    with _connections(url) as (events, _):
        asked = "select 1 from dead_replay r where r.consumer = d.consumer and r.partitionkey = d.partitionkey"
        left = f"select count(*) from dead_letter d where kind in ('buried', 'reading') and not exists ({asked})"  # noqa: S608
        return int(next(iter(events(left)))[0])


def count_bookings(url: str) -> int:
    """How many entries were booked."""
    with _connections(url) as (events, _):
        return int(next(iter(events("select count(*) from ledger_booking")))[0])


def newest_effects(url: str) -> tuple[set[str], set[str]]:
    """Correlations of the newest cases and entries of the newest bookings."""
    with _connections(url) as (events, _):
        cases = events("select correlation from incident order by number desc limit 200")
        found = {str(row[0]) for row in cases}
        booked = events("select entry from ledger_booking order by row desc limit 2000")
        return found, {str(row[0]) for row in booked}


def _event(row: Sequence[Any]) -> LoggedEvent:
    position, id_, kind, correlation, data_class, module, body = row
    told = json.loads(bytes(body))
    entry = told.get("data", {}).get("entry", "")
    return LoggedEvent(
        int(position), id_, kind, correlation, data_class, module, told.get("causationid") or "", str(entry)
    )


@contextmanager
def _connections(url: str) -> Iterator[Any]:
    """Two functions that run a query: on the events' database and on the observations'."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        events = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        observations = sqlite3.connect(f"file:{path.with_name('ioc-observations.db')}?mode=ro", uri=True, timeout=10)
        try:
            events.execute("begin")
            yield events.execute, observations.execute
        finally:
            events.close()
            observations.close()
        return
    with psycopg.connect(url, connect_timeout=5) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection.execute, connection.execute
