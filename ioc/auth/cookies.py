"""The session cookie: its name, how it is set, how it is read."""

from __future__ import annotations

from collections.abc import Mapping

from ioc.auth.settings import AuthSettings


def cookie_name(settings: AuthSettings) -> str:
    """One name per city, because cookies do not tell ports apart; `__Host-` binds it to this host where TLS is on."""
    return f"{'__Host-' if settings.secure else ''}ioc-session-{settings.city}"


def session_cookie(settings: AuthSettings, value: str) -> str:
    """The `Set-Cookie` text that gives a session."""
    life = int(settings.absolute.total_seconds())
    return f"{cookie_name(settings)}={value}; Path=/; Max-Age={life}; {_guards(settings)}"


def no_cookie(settings: AuthSettings) -> str:
    """The `Set-Cookie` text that takes it away."""
    return f"{cookie_name(settings)}=; Path=/; Max-Age=0; {_guards(settings)}"


def _guards(settings: AuthSettings) -> str:
    return "HttpOnly; SameSite=Strict" + ("; Secure" if settings.secure else "")


def read_cookie(headers: Mapping[str, str], name: str) -> str | None:
    """The value of the first cookie of that name; None where there is none."""
    for part in headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value.strip('"') or None
    return None
