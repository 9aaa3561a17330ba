"""The tree of commands."""

from __future__ import annotations

import sqlite3
import sys

import typer
from sqlalchemy.exc import SQLAlchemyError

from ioc.city.profile import CityInvalid
from ioc.cli import (
    backup,
    broker,
    cameras,
    city,
    dead,
    demo,
    docs,
    doctor,
    evidence,
    hold,
    layers,
    module,
    people,
    restore,
    scenario,
    streams,
    trace,
    up,
    upgrade,
)
from ioc.cli.say import refuse
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text
from ioc.core.traces import masked
from ioc.store import StoreUnavailable
from ioc.store.errors import in_both, is_unavailable, plain_reason

app = typer.Typer(
    name="ioc",
    help="Trung tâm điều hành thông minh / city operations centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.run_demo)
app.command("trace")(trace.run_trace)
app.command("up")(up.run_up)
app.command("backup")(backup.run_backup)
app.command("doctor")(doctor.run_doctor)
app.command("upgrade")(upgrade.run_upgrade)
app.command("restore")(restore.run_restore)
app.add_typer(broker.app, name="broker")
app.add_typer(cameras.app, name="cameras")
app.add_typer(city.app, name="city")
app.add_typer(dead.app, name="dead")
app.add_typer(docs.app, name="docs")
app.add_typer(evidence.app, name="evidence")
app.add_typer(hold.app, name="hold")
app.add_typer(layers.app, name="layers")
app.add_typer(doctor.app, name="log")
app.add_typer(module.app, name="module")
app.add_typer(people.app, name="people")
app.add_typer(scenario.app, name="scenario")
app.add_typer(streams.app, name="streams")


def run() -> int:
    """Runs the command; a refusal is said in both languages and ends with 2."""
    if any(word.encode("utf-8", "surrogateescape").decode("utf-8", "replace") != word for word in sys.argv):
        refuse(Problem("bad-words", Text("Lệnh có chữ không đúng UTF-8", "The command has letters that are no UTF-8")))
        return 2
    if any(_says_nothing(word) for word in sys.argv[1:]):
        vi = "Lệnh có một từ trống: biến của nó đã được đặt chưa?"
        refuse(Problem("empty-word", Text(vi, "The command has an empty word: is its variable set?")))
        return 2
    try:
        app()
    except StoreUnavailable as away:
        refuse(_unreached(away))
        return 2
    except Problem as problem:
        refuse(problem)
        return 2
    except (SQLAlchemyError, sqlite3.Error) as error:
        refuse(_unusable(error))
        return 2
    except CityInvalid as invalid:
        refuse(_bad_profile(invalid))
        return 2
    return 0


def _says_nothing(word: str) -> bool:
    """An empty word, or an option with one: as a path it would be the folder where the command was typed."""
    option, given, value = word.partition("=")
    return not word or (option.startswith("--") and bool(given) and not value)


def _unreached(away: StoreUnavailable) -> Problem:
    """Who stands at the machine is told what the public is not: which server, and why."""
    why = in_both(away.reason)
    vi = "Cơ sở dữ liệu (IOC_DATABASE_URL, hoặc tệp trong IOC_STATE_DIR)"
    en = "The database (IOC_DATABASE_URL, or the file in IOC_STATE_DIR)"
    return Problem(away.code, away.title, away.status, Text(f"{vi}: {why.vi}", f"{en}: {why.en}"))


def _unusable(error: SQLAlchemyError | sqlite3.Error) -> Problem:
    """The database answers, and cannot do what every store can: something of it is missing or damaged."""
    if is_unavailable(error):
        return _unreached(StoreUnavailable(plain_reason(error)))
    said = masked(str(getattr(error, "orig", error)).partition("\n")[0])  # the rest are statements and their values
    look = Text(f"{said}; xem kỹ bằng: ioc doctor --deep", f"{said}; look closer with: ioc doctor --deep")
    return Problem("store-unusable", Text("Không dùng được cơ sở dữ liệu", "The database cannot be used"), 500, look)


def _bad_profile(invalid: CityInvalid) -> Problem:
    errors = tuple(FieldError(f"{one.file} {one.field}".strip(), one.text) for one in invalid.mistakes)
    title = Text(f"Hồ sơ {invalid.path} không dùng được", f"The profile {invalid.path} cannot be used")
    return Problem("bad-profile", title, errors=errors)
