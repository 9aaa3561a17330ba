"""SQLite keeps anything in any column. Whoever looks a store over is told which row is damaged, and sees the others."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Float, Integer, LargeBinary, Table

from ioc.city.profile import load_city
from ioc.cli.commands import run
from ioc.core.envelope import encode
from ioc.store.columns import UtcTime
from ioc.store.tables import (
    cursor,
    dead_letter,
    event,
    handler_state,
    latest,
    metadata,
    observation_batch,
    observation_metadata,
    platform,
)
from tests.cli.test_stores import ROOT, ioc
from tests.events import AT, an_event

pytestmark = pytest.mark.timeout(300)

LONG = pytest.mark.long  # tables that only the doctor reads, all in the one same way
EVENTS = 30
TRACED = 5  # a whole event, whose story the damaged rows come after
CONSUMER = "module:whole"
LOADED = cache(load_city)  # the same profile for hundreds of commands
NESTED = b"[" * 100_000
# What is put where it does not belong, as SQLite's own words say it.
DAMAGE: dict[str, tuple[str, Any]] = {
    "text": ("?", "hôm qua"),
    "bytes": ("?", b"\x00\xff\xfe"),
    "bytes that are text": ("?", b"module:whole"),
    "no UTF-8": ("cast(x'ff6863' as text)", None),
    "nothing": ("null", None),
    "a huge number": ("?", 2**62),
    "a broken number": ("?", -1.5),
    "a list": ("?", b'["a", 1]'),
    "nested": ("?", NESTED),
    "a time without end": ("?", "9999-12-31 23:59:59.999999"),
}
TABLES = {table.name: table for table in (*metadata.sorted_tables, *observation_metadata.sorted_tables)}
READ = (cursor, dead_letter, event, handler_state, latest)  # what is read by more than the doctor
# What a row is found by: with another value it is no part of the story of an event any more.
LOST_TO_THE_STORY = (
    "handler_state.key",
    "latest.topic",
    "dead_letter.consumer",
    "dead_letter.position",
    "event.position",
)
COLUMNS = [f"{name}.{column.name}" for name, table in sorted(TABLES.items()) for column in table.columns]


class Found:
    """What a command said, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        assert "Traceback" not in out + err


Command = Callable[..., Found]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """An installation with rows in every table; its files are copied for each test."""
    state = tmp_path_factory.mktemp("filled") / "state"
    given = {"CITY_DIR": str(ROOT / "cities" / "thanh-hoa"), "PUBLIC_URL": "https://ioc.example"}
    given |= {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in ("SECRET_KEY", "PERSONAL_KEY")}
    env = {f"IOC_{name}": value for name, value in given.items()}
    done = ioc("people", "key", "device", "trạm", **env, IOC_STATE_DIR=str(state))
    assert done.returncode == 0, done.stdout + done.stderr
    for file, tables in files(state).items():
        with closing(sqlite3.connect(file)) as connection, connection:
            for table in tables:
                if table is not platform:
                    connection.execute(f'delete from "{table.name}"')  # noqa: S608
                    for number in range(1, EVENTS + 1):
                        put(connection, table, number)
            allow_nothing(connection)
    return state, env


@pytest.fixture
def state(filled: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(filled[0], tmp_path / "state")
    monkeypatch.setattr("ioc.cli.target.load_city", LOADED)
    for name, value in (filled[1] | {"IOC_STATE_DIR": str(tmp_path / "state")}).items():
        monkeypatch.setenv(name, value)
    return tmp_path / "state"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`ioc …` in this process: its whole tree of commands, its refusals and its exit code."""

    def give(*words: str) -> Found:
        monkeypatch.setattr(sys, "argv", ["ioc", *words])
        try:
            code = run()
        except SystemExit as end:
            code = int(end.code or 0)
        return Found(code, *capsys.readouterr())

    return give


def files(state: Path) -> dict[Path, list[Table]]:
    return {
        state / "ioc.db": metadata.sorted_tables,
        state / "ioc-observations.db": observation_metadata.sorted_tables,
    }


def file_of(state: Path, table: Table) -> Path:
    return next(file for file, tables in files(state).items() if table in tables)


def put(connection: sqlite3.Connection, table: Table, number: int) -> None:
    values = [value_of(table, column, number) for column in table.columns]
    marks = ", ".join("?" * len(values))
    connection.execute(f'insert into "{table.name}" values ({marks})', values)  # noqa: S608 - names of our own


def value_of(table: Table, column: Column[Any], number: int) -> Any:
    told = MEANT.get((table.name, column.name))
    if told is not None:
        return told(number)
    for kind, value in PLAIN.items():
        if isinstance(column.type, kind):
            return value(number)
    return f"{column.name} {number}"


def lying(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


def an_id(number: int) -> str:
    return f"event {number}"


def a_body(number: int) -> bytes:
    cause = {"causationid": an_id(TRACED)} if number == TRACED + 1 else {}
    return encode(an_event(id=an_id(number), **cause))


PLAIN: dict[Any, Callable[[int], Any]] = {
    UtcTime: lambda number: lying(datetime.now(UTC) - timedelta(seconds=number)),
    Boolean: lambda number: 0,
    Integer: lambda number: number,
    Float: float,
    Date: lambda number: "2026-11-21",
    LargeBinary: lambda number: b"{}",
}
MEANT: dict[tuple[str, str], Callable[[int], Any]] = {
    ("event", "id"): an_id,
    ("event", "type"): lambda number: "environment.flood.detected",
    ("event", "correlationid"): lambda number: "story-1",
    ("event", "recordedtime"): lambda number: lying(AT),
    ("event", "body"): a_body,
    ("cursor", "consumer"): lambda number: CONSUMER if number == EVENTS else f"module:m{number}",
    ("cursor", "position"): lambda number: EVENTS,
    ("dead_letter", "consumer"): lambda number: CONSUMER if number == EVENTS else f"module:m{number}",
    ("dead_letter", "position"): lambda number: TRACED,
    ("dead_letter", "kind"): lambda number: "parked" if number % 3 == 0 and number < EVENTS else "buried",
    ("dead_letter", "reason"): lambda number: "hỏng ở đây",
    ("dead_letter", "body"): lambda number: a_body(TRACED),
    ("handler_state", "key"): lambda number: "station-1",
    ("latest", "topic"): lambda number: "module",
    ("latest", "body"): lambda number: b'{"position": 1}',
}


def allow_nothing(connection: sqlite3.Connection) -> None:
    """As if somebody had made the tables anew by hand: without the rule that no column is empty."""
    loose = "update sqlite_master set sql = replace(sql, 'NOT NULL', '') where sql not like '%WITHOUT ROWID%'"
    connection.execute("pragma writable_schema = on")
    connection.execute(loose)
    connection.execute("pragma writable_schema = off")


def damaged(state: Path, table: Table, column: str) -> list[str]:
    """Puts each kind of damage into a row of its own; those that SQLite itself takes for this column."""
    done = []
    keys = [one.name for one in table.primary_key]
    with closing(sqlite3.connect(file_of(state, table))) as connection:
        chosen = ", ".join(f'"{name}"' for name in keys)
        rows = connection.execute(f'select {chosen} from "{table.name}" order by {chosen}').fetchall()  # noqa: S608
        for (name, (mark, value)), row in zip(DAMAGE.items(), rows[len(rows) // 2 - 8 :], strict=False):
            where = " and ".join(f'"{key}" is ?' for key in keys)
            given = [value] if mark == "?" else []
            try:
                with connection:
                    connection.execute(
                        f'update "{table.name}" set "{column}" = {mark} where {where}',  # noqa: S608
                        [*given, *row],
                    )
                done.append(name)
            except sqlite3.IntegrityError:
                continue
    return done


def findings(found: Found) -> Iterator[dict[str, str]]:
    return (json.loads(line) for line in found.out.splitlines())


def taken_for_what_it_is(table: Table, column: str) -> bool:
    """Whether nothing that is put into the column can be told from what belongs there, as far as its kind goes."""
    return table.columns[column].primary_key and table.name in ("event", "observation_batch", "audit", "series")


@pytest.mark.parametrize(
    "where", [where if TABLES[where.split(".")[0]] in READ else pytest.param(where, marks=LONG) for where in COLUMNS]
)
def test_whatever_is_in_a_column_is_named_and_hides_nothing_else(state: Path, command: Command, where: str) -> None:
    table, column = TABLES[where.split(".")[0]], where.split(".")[1]
    done = damaged(state, table, column)
    deep = command("doctor", "--deep", "--json")
    said = list(findings(deep))
    checks = {one["check"] for one in said}
    if done and not taken_for_what_it_is(table, column):
        assert deep.code == 2
        told = [one["vi"] for one in said if one["check"] == "store.rows"]
        assert any(f"bảng {table.name}" in one and f"cột {column}" in one for one in told), told
    assert checks >= {"store.rows", "log.positions", "log.bodies", "cursors", "dead.letters", "store.pages"}
    log = command("log", "doctor", "--json")
    assert {one["check"] for one in findings(log)} >= {"log.positions", "cursors", "dead.letters"}
    if table not in READ:
        return
    traced = command("trace", an_id(TRACED))
    if where not in LOST_TO_THE_STORY:
        assert traced.code == (1 if done else 0), traced.out + traced.err
    assert f"{CONSUMER}: " in traced.out and an_id(TRACED) in traced.out
    listed = command("dead", "list")
    assert f"{CONSUMER} {TRACED} " in listed.out
    assert listed.code == (1 if table is dead_letter else 0), listed.out + listed.err
    assert command("dead", "show", CONSUMER, str(TRACED)).code == 0


UNUSABLE: dict[str, Callable[[Path], object]] = {
    "no database": lambda file: file.write_bytes(b"ch\xe1\xbb\xaf" * 5_000),
    "cut short": lambda file: os.truncate(file, 4096 * 3 + 13),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
    "no table of events": lambda file: told_to(file, "drop table event"),
    "no cursors": lambda file: told_to(file, "drop table cursor"),
}


def told_to(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize("name", sorted(UNUSABLE))
@pytest.mark.parametrize("words", [["dead", "list"], ["trace", str(TRACED)]], ids=" ".join)
def test_an_unusable_file_is_told_in_words(state: Path, command: Command, name: str, words: list[str]) -> None:
    UNUSABLE[name](file_of(state, event))
    found = command(*words)
    looks_at_no_events = words[0] == "dead" and name in ("no table of events", "no cursors")
    assert found.code == (0 if looks_at_no_events else 2)
    assert found.code == 0 or "cơ sở dữ liệu" in (found.out + found.err).lower()


@pytest.mark.parametrize("column", [one.name for one in event.columns])
def test_the_story_of_a_damaged_event_is_told_as_far_as_it_goes(state: Path, command: Command, column: str) -> None:
    damaged(state, event, column)
    with closing(sqlite3.connect(state / "ioc.db")) as connection:
        positions = [row[0] for row in connection.execute("select position from event order by position")]
    for position in positions[len(positions) // 2 - 8 :][: len(DAMAGE)]:
        told = command("trace", str(position))
        assert told.code in (0, 1) if 0 < position < 10**18 else told.code == 2, told.err


@pytest.mark.parametrize("column", [one.name for one in dead_letter.columns])
def test_a_damaged_letter_is_shown_and_can_be_given_up(state: Path, command: Command, column: str) -> None:
    done = damaged(state, dead_letter, column)
    with closing(sqlite3.connect(state / "ioc.db")) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        rows = connection.execute("select consumer from dead_letter where position = ?", [TRACED]).fetchall()
    names = [name for (name,) in rows if isinstance(name, str) and name.isprintable()]
    ended = [command("dead", "show", name, str(TRACED)).code for name in names]
    if column not in ("consumer", "position"):  # by which it is found
        assert set(ended) <= {0, 1} and (1 in ended) == bool(done), ended
    assert command("dead", "drop", "--all", "--reason", "hỏng").code == 0
    assert command("dead", "replay", "--all").code == 0
    left = command("dead", "list")
    assert f"{CONSUMER} {TRACED} " not in left.out


@pytest.mark.parametrize("told", ["swept", "epoch", "city", "key_check", "backup", "log stepped back"])
@pytest.mark.parametrize(
    "kind", [one if one in ("no UTF-8", "nothing") else pytest.param(one, marks=LONG) for one in sorted(DAMAGE)]
)
def test_notes_of_the_platform_that_are_damaged(state: Path, command: Command, told: str, kind: str) -> None:
    mark, value = DAMAGE[kind]
    with closing(sqlite3.connect(state / "ioc.db")) as connection, connection:
        connection.execute(
            f"insert or replace into platform values (?, {mark})",  # noqa: S608
            [told, *([value] if mark == "?" else [])],
        )
    deep = command("doctor", "--deep", "--json")
    assert deep.code == (2 if kind not in ("text", "a huge number", "broken number") or told == "city" else deep.code)
    assert {one["check"] for one in findings(deep)} >= {"log.positions", "dead.letters", "store.pages"}
    for words in (("log", "doctor"), ("dead", "list"), ("trace", an_id(TRACED))):
        command(*words)


@pytest.mark.parametrize("kind", sorted(DAMAGE))
def test_how_far_the_tables_are_is_damaged(state: Path, command: Command, kind: str) -> None:
    mark, value = DAMAGE[kind]
    with closing(sqlite3.connect(state / "ioc.db")) as connection, connection:
        connection.execute(
            f"update alembic_version set version_num = {mark}",  # noqa: S608
            [value] if mark == "?" else [],
        )
    assert command("doctor", "--deep", "--json").code == 2
    for words in (("log", "doctor"), ("dead", "list"), ("trace", an_id(TRACED))):
        assert command(*words).code in (0, 1, 2)


ODD = {
    "a title that is a list": {"data": {"title": ["a"]}},
    "a title of numbers": {"data": {"title": {"vi": 1e300, "en": [1] * 10_000}}},
    "nested deep": {"data": json.loads("[" * 400 + "]" * 400) and {"a": json.loads("[" * 400 + "]" * 400)}},
    "no zone": {"time": datetime(2026, 1, 1), "recordedtime": datetime(2026, 1, 1)},  # noqa: DTZ001
    "one zone": {"time": datetime(2026, 1, 1)},  # noqa: DTZ001
    "the first day": {"time": datetime.min.replace(tzinfo=UTC), "recordedtime": datetime.min.replace(tzinfo=UTC)},
    "the last day": {"time": datetime.max.replace(tzinfo=UTC), "recordedtime": datetime.max.replace(tzinfo=UTC)},
}


@pytest.mark.parametrize("name", sorted(ODD))
def test_a_body_that_reads_well_and_says_odd_things(state: Path, command: Command, name: str) -> None:
    body = encode(an_event(id=an_id(TRACED), **ODD[name]))
    with closing(sqlite3.connect(state / "ioc.db")) as connection, connection:
        connection.execute("update event set body = ? where position = ?", [body, TRACED])
        connection.execute("update dead_letter set body = ?", [body])
    assert command("trace", an_id(TRACED)).code == 0
    assert command("dead", "show", CONSUMER, str(TRACED)).code == 0
    assert command("dead", "list").code == 0


def test_a_body_of_five_megabytes_of_brackets(state: Path, command: Command) -> None:
    with closing(sqlite3.connect(state / "ioc.db")) as connection, connection:
        body = b"[" * 5_000_000
        connection.execute("update event set body = ? where position = ?", [body, TRACED])
        connection.execute("update dead_letter set body = ? where consumer = ?", [body, CONSUMER])
    for words in (("trace", an_id(TRACED)), ("dead", "show", CONSUMER, str(TRACED)), ("dead", "list")):
        found = command(*words)
        assert found.code == 1 and "cột body" in found.out and len(found.out) < 60_000
    assert command("dead", "replay", CONSUMER, str(TRACED)).code == 2
    assert command("doctor", "--deep").code == 2


@pytest.mark.parametrize("where", [f"{observation_batch.name}.at", "series_cursor.position"])
def test_the_log_of_readings_is_looked_at_beside_it(state: Path, command: Command, where: str) -> None:
    table, column = TABLES[where.split(".")[0]], where.split(".")[1]
    damaged(state, table, column)
    assert {one["check"] for one in findings(command("log", "doctor", "--json"))} >= {"observations.positions"}
