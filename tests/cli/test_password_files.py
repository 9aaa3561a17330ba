"""The passwords of database and Redis from files of their own, joined into addresses that have none."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from redis.connection import parse_url
from sqlalchemy import make_url

from ioc.bus.reaching import guarded
from ioc.cli.target import read_settings
from ioc.core.errors import Problem
from tests.cli.test_secret_files import CITY, laid

SECRET = "p@ss/w:rd?&#%é"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("IOC_CITY_DIR", str(CITY))
    monkeypatch.setenv("IOC_STATE_DIR", str(tmp_path / "state"))
    return monkeypatch


def refused(environment: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    with pytest.raises(Problem) as caught:
        read_settings()
    assert SECRET not in str(caught.value.errors)
    return [(one.field, one.text.en) for one in caught.value.errors]


@pytest.mark.parametrize(
    "url", ["postgresql://ioc@db:5432/ioc", "postgresql+psycopg://ioc@db/ioc?sslmode=require", "postgresql://db/ioc"]
)
def test_the_databases_password_joins_its_address(environment: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    environment.setenv("IOC_DATABASE_URL", url)
    environment.setenv("IOC_DATABASE_PASSWORD_FILE", laid(tmp_path, f"{SECRET}\n"))
    settings = read_settings()
    found, given = make_url(settings.store_url), make_url(url)
    assert found.password == SECRET
    assert (found.host, found.port, found.database, found.query) == (
        given.host,
        given.port,
        given.database,
        given.query,
    )
    assert (found.username or None) == given.username
    assert SECRET not in repr(settings) + str(settings) and unquote(settings.store_url) not in unquote(repr(settings))


@pytest.mark.parametrize(
    "url", ["redis://bus:6379/0", "rediss://ioc@bus/1", "unix:///run/bus.sock", "redis://@bus:6379"]
)
def test_the_buss_password_joins_its_address(environment: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    environment.setenv("IOC_REDIS_URL", url)
    environment.setenv("IOC_REDIS_PASSWORD_FILE", laid(tmp_path, SECRET))
    found, given = parse_url(read_settings().bus_url), parse_url(url)
    assert found.pop("password") == SECRET
    assert found == given


def test_sentinels_know_the_servers_password(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("IOC_REDIS_URL", "redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/ioc/0?sentinel_password=x")
    environment.setenv("IOC_REDIS_PASSWORD_FILE", laid(tmp_path, SECRET))
    found = guarded(read_settings().bus_url)
    assert found is not None
    assert (found.password, found.sentinel_password, len(found.sentinels)) == (SECRET, "x", 2)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "there is no address"),
        ("postgresql://ioc:other@db/ioc", "keep one"),
        ("postgresql://ioc@db/ioc?password=other", "keep one"),
        ("sqlite:////var/ioc.db", "SQLite has no password"),
    ],
)
def test_a_password_that_fits_no_address_is_refused(
    environment: pytest.MonkeyPatch, tmp_path: Path, url: str, why: str
) -> None:
    environment.setenv("IOC_DATABASE_URL", url)
    environment.setenv("IOC_DATABASE_PASSWORD_FILE", laid(tmp_path, SECRET))
    [(field, said)] = refused(environment)
    assert field == "IOC_DATABASE_URL" and why in said and "IOC_DATABASE_PASSWORD_FILE" in said


def test_an_address_from_a_file_may_take_its_password_from_another(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("IOC_REDIS_URL_FILE", laid(tmp_path, "redis://bus:6379/0\n", "address"))
    environment.setenv("IOC_REDIS_PASSWORD_FILE", laid(tmp_path, SECRET, "password"))
    assert parse_url(read_settings().bus_url)["password"] == SECRET


@pytest.mark.parametrize(("content", "why"), [(None, "cannot be read"), ("\n", "empty"), (b"\xff\xfe", "no text")])
@pytest.mark.parametrize("name", ["DATABASE", "REDIS"])
def test_a_file_without_a_password_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: str | bytes | None, why: str, name: str
) -> None:
    environment.setenv("IOC_DATABASE_URL", "postgresql://ioc@db/ioc")
    environment.setenv("IOC_REDIS_URL", "redis://bus:6379/0")
    path = str(tmp_path / "nowhere") if content is None else laid(tmp_path, content)
    environment.setenv(f"IOC_{name}_PASSWORD_FILE", path)
    [(field, said)] = refused(environment)
    assert field == f"IOC_{name}_PASSWORD_FILE" and why in said
