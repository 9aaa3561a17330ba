"""Which installation a command works on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ioc.auth import AuthSettings
from ioc.city.profile import City, load_city
from ioc.cli.city import profile_dir
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text
from ioc.demo.settings import demo_settings, state_dir_of
from ioc.host.migrating import migrate, migration_homes
from ioc.host.parts import store_settings
from ioc.host.private import keep_files_private
from ioc.settings import Settings
from ioc.store import Store
from ioc.store.as_stored import as_text
from ioc.store.backup import refuse_unfinished
from ioc.store.backup.facts import own_tables, read_known
from ioc.store.database import is_sqlite, sqlite_path
from ioc.store.errors import SchemaMissing, StoreUnavailable, WrongCity, is_unavailable, plain_reason
from ioc.store.looking import looking
from ioc.store.migrate import state as standing_of

T = TypeVar("T")
CityName = Annotated[str, typer.Option(help="Tên hoặc thư mục hồ sơ / profile")]
StateDir = Annotated[Path | None, typer.Option(help="Thư mục dữ liệu / state folder")]


class Target(msgspec.Struct, frozen=True):
    """A city with its settings."""

    city: City
    settings: Settings


def target(city: str, state: Path | None) -> Target:
    """The installation of the environment (`IOC_…`) when one is set, else the city's demonstration. The first command
    makes its tables; a demonstration's are brought up to date.

    Raises:
        Problem: a setting is missing or wrong, a secret is not good, a restore is not through, or an installation's
            tables are an older build's: moving them is `ioc upgrade`'s work, which makes a backup first.
    """
    to = standing(city, state)
    url = to.settings.store_url
    refuse_unfinished(url)
    lines = [] if is_sqlite(url) and not sqlite_path(url).exists() else standing_of(url, migration_homes())
    if to.settings.demo or all(line.at is None for line in lines):
        migrate(to.settings)
    elif behind := [line.name for line in lines if line.behind and line.at is not None]:
        raise _older(behind)
    return to


def _older(behind: Sequence[str]) -> Problem:
    names = ", ".join(behind)
    return Problem(
        "older-tables",
        Text("Cơ sở dữ liệu là của bản dựng cũ", "The database is an older build's"),
        409,
        Text(
            f"Hãy chạy ioc upgrade trước (tự sao lưu rồi mới đổi): {names}",
            f"Run ioc upgrade first, which makes a backup before it moves anything: {names}",
        ),
    )


def with_store(city: str, state: Path | None, ask: Callable[[Store], Awaitable[T]]) -> T:
    """What is asked of the store of an installation, which is opened for it and closed.

    Raises:
        Problem: as `target`.
    """
    return in_store(target(city, state), ask)


def in_store(to: Target, ask: Callable[[Store], Awaitable[T]]) -> T:
    """The same of an installation that is known already."""

    async def run() -> T:
        store = await Store.open(store_settings(to.settings, to.city.id))
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(run())


@contextmanager
def looked_at(to: Target) -> Iterator[Connection]:
    """The events' database of an installation, read-only; damaged rows are no hindrance.

    Raises:
        StoreUnavailable: it is away.
        SchemaMissing, WrongCity: there are no tables, or they are another city's.
    """
    try:
        with looking(to.settings.store_url, to.city.id) as (events, _):
            if "platform" not in own_tables(events):
                raise SchemaMissing
            theirs = read_known(events).get("city", to.city.id)
            if theirs != to.city.id:
                raise WrongCity(as_text(theirs), to.city.id)
            yield events
    except (SQLAlchemyError, sqlite3.Error) as error:
        if is_unavailable(error):
            raise StoreUnavailable(plain_reason(error)) from error
        raise


def standing(city: str, state: Path | None) -> Target:
    """The same with its tables as they are, if it has any.

    Raises:
        Problem: as `target`.
    """
    keep_files_private()
    found = installed_settings()
    profile = load_city(found.city_dir if found else profile_dir(city))
    if found and (mistakes := unfit_secrets(found, profile)):
        raise Problem("no-secrets", Text("Khoá bí mật chưa đạt", "The secrets are not good"), errors=tuple(mistakes))
    settings = found or demo_settings(profile_dir(city), state or state_dir_of(profile.id))
    return Target(profile, settings)


def installed_settings() -> Settings | None:
    """The settings of a production installation, if the environment names one.

    Raises:
        Problem: as `read_settings`.
    """
    return read_settings() if os.environ.get("IOC_CITY_DIR") and os.environ.get("IOC_STATE_DIR") else None


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        Problem: it names every setting that is missing or wrong, never a value.
    """
    try:
        return Settings.model_validate({})
    except ValidationError as error:
        fields = tuple(
            FieldError(f"IOC_{'.'.join(map(str, one['loc']))}".upper(), Text("thiếu hoặc sai", one["msg"]))
            for one in error.errors(include_input=False)
        )
        title = Text("Thiết lập chưa đủ", "The settings are not complete")
        raise Problem("settings-incomplete", title, errors=fields) from None


def unfit_secrets(settings: Settings, city: City) -> list[FieldError]:
    """Which of the installation's secrets are missing, short or not random; never their values."""
    mistakes = []
    for name, check in (
        ("IOC_SECRET_KEY", lambda: AuthSettings.of(settings, city.id)),
        ("IOC_PERSONAL_KEY", settings.personal_key_bytes),
    ):
        try:
            check()
        except ValueError as error:
            mistakes.append(FieldError(name, Text("khoá bí mật thiếu hoặc không đạt", str(error))))
    return mistakes
