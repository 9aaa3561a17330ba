"""The servers that an installation names: whether they can be used, looked at before anything starts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress

import redis
from sqlalchemy.exc import ArgumentError

from ioc.bus import client_now
from ioc.bus.keys import log_key
from ioc.core.errors import FieldError
from ioc.core.text import Text
from ioc.settings import Settings
from ioc.store.database import event_database

ANSWER_S = 3.0
POLICY = "maxmemory-policy"
KEEPS = "noeviction"  # any other policy throws entries of the log away when memory runs out
_BAD_ADDRESS = Text(
    "địa chỉ không đọc được; mật khẩu trong địa chỉ chỉ nên có chữ và số (openssl rand -hex 24)",
    "the address cannot be read; a password inside an address should be letters and digits (openssl rand -hex 24)",
)


def unfit_servers(settings: Settings) -> Iterator[FieldError]:
    """What is wrong with the addresses of database and bus, and with the bus behind its address.

    A bus that does not answer is no mistake: the city starts without it and waits.
    """
    if not _readable(lambda: event_database(settings.store_url, "")):
        yield FieldError("IOC_DATABASE_URL", _BAD_ADDRESS)
    if not settings.redis_url:
        return
    if not _readable(lambda: client_now(settings.redis_url, ANSWER_S)):
        yield FieldError("IOC_REDIS_URL", _BAD_ADDRESS)
    elif wrong := _refused_by_bus(settings.redis_url):
        yield FieldError("IOC_REDIS_URL", wrong)


def _readable(make: Callable[[], object]) -> bool:
    try:
        make()
    except (ValueError, ArgumentError):
        return False
    return True


def _refused_by_bus(url: str) -> Text | None:
    with client_now(url, ANSWER_S) as client:
        try:
            client.ping()
        except redis.AuthenticationError:
            return Text("máy chủ không nhận mật khẩu này", "the server does not take this password")
        except redis.RedisError:
            return None
        return _wrong_policy(client)


def _wrong_policy(client: redis.Redis) -> Text | None:
    try:
        found = client.config_get(POLICY)
    except redis.RedisError:  # a user without this right: whoever gave such rights has set the server up with care
        return None
    policy = found.get(POLICY, KEEPS) if isinstance(found, dict) else KEEPS
    if policy == KEEPS:
        return None
    return Text(f"máy chủ có {POLICY} {policy}, cần {KEEPS}", f"the server has {POLICY} {policy}, needs {KEEPS}")


def forget_streams(settings: Settings, city: str) -> None:
    """Removes the streams of former lifetimes of the log from the bus; the new one is filled from the table.

    A bus that does not answer keeps them: nobody reads them any more. The embedded bus does not run now; its folder
    goes as a whole.
    """
    if not settings.redis_url:
        shutil.rmtree(settings.state_dir / "bus", ignore_errors=True)
        return
    with client_now(settings.redis_url, ANSWER_S) as client, suppress(redis.RedisError):
        for key in client.scan_iter(match=log_key(city, "*"), count=1_000):
            client.delete(key)
