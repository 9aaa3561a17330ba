"""Demonstration mode: whoever sits at this machine may act as any role. Nobody else may do anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlsplit

from ioc.auth.authenticator import Auth, bearer
from ioc.auth.cookies import read_cookie
from ioc.auth.roles import CLASSES
from ioc.auth.settings import is_loopback
from ioc.contract.rights import Principal, Role

ROLE = "ioc-role"
DEFAULT: Role = "operator"
_NAMES: dict[str, str] = {
    "anyone": "Người dân (mô phỏng)",
    "wall": "Màn hình (mô phỏng)",
    "device": "Thiết bị (mô phỏng)",
    "operator": "Trực ban (mô phỏng)",
    "supervisor": "Trưởng ca (mô phỏng)",
    "admin": "Quản trị (mô phỏng)",
}
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class DemoAuth(Auth):
    """Signed keys work as ever (the simulator has one); without one, the role is what the browser asks for."""

    demo = True

    async def authenticate(
        self, headers: Mapping[str, str], token: str | None = None, *, client: str | None = None, touch: bool = True
    ) -> Principal | None:
        """The key's owner, else a person of this machine in the role of the header or cookie `ioc-role`.

        None for a bad key, for anyone not on loopback, and for a request that came through a proxy.
        """
        if not from_this_machine(headers, client):
            return None
        if token is not None or bearer(headers) is not None:
            return await super().authenticate(headers, token, client=client, touch=touch)
        asked = headers.get(ROLE) or read_cookie(headers, ROLE)
        if asked is None:
            signed_in = await super().authenticate(headers, client=client, touch=touch)
            return signed_in or _act(DEFAULT)
        return _act(asked) if asked in get_args(Role) else None


def from_this_machine(headers: Mapping[str, str], client: str | None) -> bool:
    """Whether caller and `Host` are loopback (a foreign name bound to 127.0.0.1 is not) and no proxy is between.

    A `client` of None is a caller whose address the server does not know, as on a unix socket.
    """
    if any(name in headers for name in _PROXIED):
        return False
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return is_loopback(host) and (client is None or is_loopback(client))


def _act(role: str) -> Principal:
    known: Role = role  # type: ignore[assignment]
    return Principal(
        id=f"demo-{role}",
        name=_NAMES[role],
        sign=_NAMES[role],
        role=known,
        classes=CLASSES[known],
        simulated=role == "device",
    )
