"""What signing in needs to know of the installation."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from ioc.settings import MIN_DIFFERENT_BYTES, Settings, key_bytes

MIN_SECRET_BYTES = 32


class AuthSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Rules of sessions and keys. `secret` signs device keys; `secure` says browsers come by TLS.

    Idle times follow the national guide for centres: 15 minutes, 5 for an administrator.

    Raises:
        ValueError: the secret is missing, short or plainly not random.
    """

    city: str
    secret: bytes
    secure: bool = True
    idle: timedelta = timedelta(minutes=15)
    idle_admin: timedelta = timedelta(minutes=5)
    absolute: timedelta = timedelta(hours=12)
    tries: int = 5  # wrong ones of one address at one account
    lock: timedelta = timedelta(minutes=15)
    tries_kept: timedelta = timedelta(days=1)
    account_tries: int = (
        50  # wrong ones at one account from anywhere within the window, which is also how long it locks
    )
    account_window: timedelta = timedelta(hours=1)
    trusted: timedelta = timedelta(days=30)  # how long an address with a right password is not shut out by others
    remembered: timedelta = timedelta(seconds=2)  # how long a decision may be reused; a change of rights waits as long

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_SECRET_BYTES:
            raise ValueError(f"IOC_SECRET_KEY must be at least {MIN_SECRET_BYTES} bytes, it is {len(self.secret)}")
        if len(set(self.secret)) < MIN_DIFFERENT_BYTES:
            raise ValueError("IOC_SECRET_KEY is not random: make one with `openssl rand -base64 32`")

    @classmethod
    def of(cls, settings: Settings, city: str) -> AuthSettings:
        """From the installation's settings.

        Raises:
            ValueError: the secret is missing or unfit; the message names the setting, never the value.
        """
        text = settings.secret_key.get_secret_value()
        if not text:
            raise ValueError("IOC_SECRET_KEY is not set: make one with `openssl rand -base64 32`")
        return cls(city=city, secret=key_bytes(text, "IOC_SECRET_KEY"), secure=not _on_loopback(settings))


def _on_loopback(settings: Settings) -> bool:
    host = urlsplit(settings.public_url).hostname if settings.public_url else settings.host
    return is_loopback(host or "")


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether a host name or address (brackets of IPv6 aside) is this machine itself."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
