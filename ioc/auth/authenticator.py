"""From the headers of a request, or the token of a feed's first message, to who is asking."""

from __future__ import annotations

from collections.abc import Mapping

from ioc.auth.cookies import cookie_name, read_cookie
from ioc.auth.devices import Devices
from ioc.auth.memory import Remembered
from ioc.auth.people import People
from ioc.auth.sessions import Opened, Sessions
from ioc.auth.settings import AuthSettings
from ioc.contract.rights import Principal
from ioc.core.clock import Clock, SystemClock
from ioc.store import Store


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an `Authorization: Bearer` header; None where there is no such header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


class Auth:
    """Accounts, sessions and keys of one city, and the one question asked of them."""

    demo = False

    def __init__(self, store: Store, settings: AuthSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._remembered = Remembered(settings.remembered.total_seconds())
        self.people = People(store, settings, self.clock, self._remembered)
        self.sessions = Sessions(store, settings, self.clock)
        self.devices = Devices(store, settings, self.clock, self._remembered)

    async def authenticate(
        self, headers: Mapping[str, str], token: str | None = None, *, client: str | None = None, touch: bool = True
    ) -> Principal | None:
        """Who is asking; None when there is no credential or it is not good.

        Looked at in this order: `token` (a feed's first message), the Bearer header, the session cookie; the first
        one present decides. A decision is reused for two seconds at most, so asking again and again is cheap and
        shows a change of rights in time. `touch=False` asks without keeping an idle session alive.
        Header names must be found in lower case; `client` is the caller's address where known.
        """
        token = token if token is not None else bearer(headers)
        if token is not None:
            return await self._remembered.ask(token, lambda: self._holder(token))
        value = self.session_value(headers)
        if value is None:
            return None
        # apart by `touch`: a screen that asks every second must not hide that its user is at work
        asked = f"{value} {touch}"
        return await self._remembered.ask(asked, lambda: self.sessions.find(value, touch=touch))

    async def _holder(self, token: str) -> Principal | None:
        """Whose key it is; simulated input has no way into a city at work, not even by a key of its own store."""
        found = await self.devices.find(token)
        return None if found is not None and found.simulated and not self.demo else found

    def session_value(self, headers: Mapping[str, str]) -> str | None:
        """The value of the session cookie, if one was sent."""
        return read_cookie(headers, cookie_name(self.settings))

    async def sign_in(
        self, username: str, password: str, headers: Mapping[str, str], *, address: str = "local"
    ) -> Opened:
        """Opens a session. `address` is where the caller is, as counted: wrong tries lock it for this account.

        Raises:
            Problem: 401 when refused, whatever the reason.
        """
        principal = await self.people.check(username, password, address)
        return await self.sessions.open(principal, replaces=self.session_value(headers))

    async def sign_out(self, headers: Mapping[str, str], by: Principal) -> None:
        """Ends the session the headers carry, if any."""
        value = self.session_value(headers)
        if value:
            await self.sessions.end(value, by=by.id)
            self._remembered.forget()
