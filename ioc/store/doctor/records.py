"""Looks at what else the store keeps: its owner, tables, dead letters, the audit chain, its very bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, func, select

from ioc.core.text import Text, counted
from ioc.core.unreadable import recorded_of
from ioc.store.as_stored import columns_there, damaged_rows, select_stored, stored_rows
from ioc.store.audit import first_wrong
from ioc.store.backup.facts import own_tables
from ioc.store.dead_reading import letters_by_kind
from ioc.store.doctor.finding import Finding, broken, warning, well
from ioc.store.migrate import Line, is_current
from ioc.store.observations import is_readable
from ioc.store.proving import Overdue
from ioc.store.tables import audit, event, observation_batch
from ioc.store.vault import Vault

NAMED = 5
COUNTED = 1_000  # damaged rows of a table; where there are more, nobody needs to know how many
LETTER_WAITS = timedelta(minutes=15)  # a dead letter older than that is an alarm of its own


def check_owner(known: Mapping[str, str], city: str, vault: Vault) -> Iterator[Finding]:
    """Whether the store is this city's and the key is its key."""
    if not {"city", "key_check"} <= known.keys():
        yield broken(
            "store.city",
            "Bảng platform không nói dữ liệu này của ai, khoá bằng khoá nào",
            "Table platform does not say whose this store is, nor which key is its own",
        )
    elif known.get("city", city) != city:
        theirs = known["city"]
        yield broken("store.city", f"Dữ liệu này là của {theirs}", f"The store is {theirs}'s, not {city}'s")
    elif known.get("key_check", vault.check) != vault.check:
        yield broken(
            "store.key",
            "IOC_PERSONAL_KEY không phải khoá của dữ liệu này: đặt lại khoá cũ",
            "IOC_PERSONAL_KEY is not the key of this store: set the former one again",
        )
    else:
        yield well("store.key", "Đúng thành phố, đúng khoá", "The right city, and the right key")


def check_migrations(lines: Sequence[Line]) -> Iterator[Finding]:
    """Whether the tables are those of this build."""
    if newer := [line.name for line in lines if line.ahead]:
        names = ", ".join(newer)
        yield broken(
            "store.tables",
            f"Bảng của {names} do bản phần mềm mới hơn tạo: cài lại bản mới",
            f"A newer build made the tables of {names}: install that build again",
        )
    elif old := [line.name for line in lines if line.behind]:
        names = ", ".join(old)
        yield warning(
            "store.tables",
            f"Bảng của {names} cũ hơn phần mềm: chạy ioc upgrade",
            f"The tables of {names} are older than the build: run ioc upgrade",
        )
    else:
        yield well("store.tables", "Bảng đúng với bản phần mềm này", "The tables are those of this build")


def check_letters(connection: Connection, now: datetime) -> Iterator[Finding]:
    """What consumers have set aside."""
    rows = letters_by_kind(connection)
    for (consumer, kind), (count, since) in sorted(rows.items()):
        oldest = now if since is None else since
        if kind == "reading":
            yield warning(
                "dead.letters",
                f"{consumer}: {count} số đo không xử lý được; xem ioc dead list",
                f"{consumer}: {counted(count, 'reading')} could not be handled; see ioc dead list",
            )
            continue
        say = broken if now - oldest > LETTER_WAITS else warning
        vi, en = ("chờ phía sau", "parked behind others") if kind == "parked" else ("không xử lý được", "not handled")
        age = int((now - oldest).total_seconds() // 60)
        yield say(
            "dead.letters",
            f"{consumer}: {count} sự kiện {vi}, lâu nhất {age} phút; xem ioc dead list",
            f"{consumer}: {counted(count, 'event')} {en}, for {age} min at most; see ioc dead list",
        )
    if not rows:
        yield well("dead.letters", "Không có sự kiện nào bị gác lại", "Nothing is set aside")


def check_retention(found: Overdue) -> Iterator[Finding]:
    """Whether what is past its time is gone."""
    told = ", ".join(f"{name} {count}" for name, count in found.told().items() if count)
    if found.gone:
        held = f"; {found.held} người được giữ theo lệnh" if found.held else ""
        kept = f"; {counted(found.held, 'person is', 'people are')} under a hold" if found.held else ""
        if found.held_evidence:
            held += f"; hình của {found.held_evidence} sự kiện được giữ theo lệnh"
            kept += f"; pictures of {counted(found.held_evidence, 'event')} are under a hold"
        yield well("retention", f"Dữ liệu hết hạn đã xoá hết{held}", f"What is past its time is gone{kept}")
    else:
        yield warning(
            "retention",
            f"Dữ liệu hết hạn vẫn còn ({told}): dịch vụ api có đang chạy?",
            f"What is past its time is still there ({told}): does the api service run?",
        )


def check_audit(connection: Connection, vault: Vault) -> Iterator[Finding]:
    """The audit chain, line by line."""
    wrong = first_wrong(connection, vault)
    count = int(connection.execute(select(func.count()).select_from(audit)).scalar_one())
    if wrong is None:
        yield well(
            "audit.chain",
            f"Chuỗi nhật ký kiểm tra nguyên vẹn, {count} dòng",
            f"The audit chain is whole, {counted(count, 'line')}",
        )
    else:
        yield broken(
            "audit.chain",
            f"Chuỗi nhật ký kiểm tra sai hoặc thiếu từ dòng {wrong}: đã có người sửa cơ sở dữ liệu",
            f"The audit chain is wrong or cut from line {wrong}: somebody changed the database",
        )


def check_bodies(connection: Connection) -> Iterator[Finding]:
    """Every event can be read and is the one its columns say."""
    some = select_stored(event, "position", "id", "type", "body").order_by(event.c.position)
    rows = stored_rows(connection, event, some)
    bad = [row.values["position"] for row in rows if row.wrong or not _same(row.values)]
    if bad:
        named = ", ".join(map(str, bad[:NAMED]))
        yield broken(
            "log.bodies",
            f"{len(bad)} sự kiện không đọc được hoặc bị đổi, như {named}",
            f"{counted(len(bad), 'event')} cannot be read or do not fit their columns, such as {named}",
        )
    else:
        yield well("log.bodies", "Mọi sự kiện đều đọc được", "Every event can be read")


def check_batches(connection: Connection) -> Iterator[Finding]:
    """Every batch of readings can be read."""
    some = select_stored(observation_batch, "position", "body").order_by(observation_batch.c.position)
    rows = stored_rows(connection, observation_batch, some)
    bad = [row.values["position"] for row in rows if row.wrong or not is_readable(row.values["body"])]
    if bad:
        named = ", ".join(map(str, bad[:NAMED]))
        yield broken(
            "observations.bodies",
            f"{len(bad)} lô số đo không đọc được, như {named}",
            f"{counted(len(bad), 'batch', 'batches')} of readings cannot be read, such as {named}",
        )
    else:
        yield well("observations.bodies", "Mọi số đo đều đọc được", "Every reading can be read")


def check_ids(connection: Connection) -> Iterator[Finding]:
    """No id is there twice: an index says so of each partition of the log, whoever writes must say so of all."""
    c = event.c
    twice = select(func.min(c.position), func.max(c.position)).group_by(c.id).having(func.count() > 1)
    found = connection.execute(twice.limit(NAMED)).all()
    if found:
        named = "; ".join(f"{first}, {last}" for first, last in found)
        yield broken(
            "log.ids", f"Có sự kiện trùng mã, ở vị trí {named}", f"Events have an id that others have, at {named}"
        )
    else:
        yield well("log.ids", "Mỗi sự kiện một mã", "Every event has an id of its own")


_SOUND = Text("Không có hàng nào hỏng", "No row is damaged")
SOUND_SO_FAR = Text(
    "Không có hàng nào hỏng trong các bảng mà mọi việc dựa vào; xem mọi hàng: ioc doctor --deep",
    "No row is damaged in the tables that all goes on from; to look at every row: ioc doctor --deep",
)


def check_rows(connection: Connection, tables: Iterable[Table], sound: Text = _SOUND) -> Iterator[Finding]:
    """Every value is of its column's kind; and where the tables are this build's, every column is there. `sound` is
    what is said of them where all is well."""
    there, whole = set(own_tables(connection)), True
    for table in tables:
        for lack in _lacking(connection, table, there):
            whole = False
            yield broken("store.rows", f"Thiếu {lack.vi}", f"Missing: {lack.en}")
        rows = list(islice(damaged_rows(connection, table), COUNTED)) if table.name in there else []
        for row in rows[:NAMED]:
            whole = False
            yield broken("store.rows", f"Dữ liệu hỏng: {row.told.vi}", f"Damaged: {row.told.en}")
        if more := len(rows) - NAMED if len(rows) > NAMED else 0:
            least = Text("ít nhất ", "at least ") if len(rows) == COUNTED else Text("", "")
            vi = f"Bảng {table.name} còn {least.vi}{more} hàng hỏng nữa"
            yield broken("store.rows", vi, f"Table {table.name} has {least.en}{counted(more, 'more damaged row')}")
    if whole:
        yield well("store.rows", sound.vi, sound.en)


def _lacking(connection: Connection, table: Table, there: Collection[str]) -> Iterator[Text]:
    """What of a table is not there although its revision says so; an older build's tables lack what came later."""
    has = columns_there(connection, table) if table.name in there else []
    if len(has) == len(table.c) or not is_current(connection, table.metadata):
        return
    if table.name not in there:
        yield Text(f"bảng {table.name}", f"table {table.name}")
        return
    for name in sorted(set(table.c.keys()) - set(has)):
        yield Text(f"cột {name} của bảng {table.name}", f"column {name} of table {table.name}")


def check_pages(connection: Connection, name: str, *, quick: bool = False) -> Iterator[Finding]:
    """SQLite's own look at the whole file, where it is `quick` without its indexes; PostgreSQL has checksums of its
    own."""
    if connection.dialect.name != "sqlite":
        return
    look = "pragma quick_check(3)" if quick else "pragma integrity_check(3)"
    said = [str(row[0]) for row in connection.exec_driver_sql(look)]
    if said == ["ok"]:
        yield well("store.pages", f"Tệp {name} nguyên vẹn", f"The file of the {name} is whole")
    else:
        yield broken("store.pages", f"Tệp {name} hỏng: {said[0]}", f"The file of the {name} is damaged: {said[0]}")


def _same(row: Mapping[str, Any]) -> bool:
    found = recorded_of(row["position"], row["body"]).envelope
    return (found.id, found.type) == (row["id"], row["type"])
