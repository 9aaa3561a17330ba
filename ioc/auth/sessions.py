"""Sessions of people: a random cookie of 256 bits, of which only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets

import msgspec
import sqlalchemy as sa
import structlog

from ioc.auth.people import principal_of
from ioc.auth.roles import to_ms
from ioc.auth.settings import AuthSettings
from ioc.auth.tables import account, session
from ioc.contract.rights import Principal
from ioc.core.clock import Clock
from ioc.store import Store, StoreUnavailable, Transaction

_log = structlog.get_logger("auth")

COOKIE_BYTES = 32
COOKIE_CHARS = 43  # 32 bytes in base64 without padding
TOUCH_MS = 60_000  # a session in use is noted at most once a minute


class Opened(msgspec.Struct, frozen=True):
    """A session just opened; `value` goes into the cookie and is known to nobody else."""

    value: str
    principal: Principal


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, store: Store, settings: AuthSettings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock

    async def open(self, principal: Principal, *, replaces: str | None = None) -> Opened:
        """A new session under a new value, ending the one the browser had (a planted cookie gains nothing)."""
        value = secrets.token_urlsafe(COOKIE_BYTES)
        now = self._clock.now()
        row = {
            "digest": _digest(value),
            "account_id": principal.id,
            "opened_ms": to_ms(now),
            "seen_ms": to_ms(now),
            "expires_ms": to_ms(now + self._settings.absolute),
        }

        def job(tx: Transaction) -> None:
            tx.execute(sa.delete(session).where(session.c.expires_ms < to_ms(now)))
            if replaces is not None:
                tx.execute(sa.delete(session).where(session.c.digest == _digest(replaces)))
            tx.execute(sa.insert(session).values(row))
            tx.audit(principal.id, "sign-in", "", {"role": principal.role})

        await self._store.write(job)
        return Opened(value, principal)

    async def find(self, value: str, *, touch: bool) -> Principal | None:
        """Whose session it is; None when unknown, ended, expired, idle too long, or the account is disabled.

        With `touch` the session counts as used now.
        """
        if len(value) != COOKIE_CHARS:
            return None
        digest, now = _digest(value), to_ms(self._clock.now())
        both = sa.select(account, session.c.seen_ms, session.c.expires_ms).join(
            account, account.c.id == session.c.account_id
        )
        async with self._store.read() as read:
            row = (await read.execute(both.where(session.c.digest == digest))).mappings().first()
        if row is None or row["disabled_ms"] is not None or now >= min(row["expires_ms"], self._idle_end(row)):
            return None
        if touch and now - row["seen_ms"] > TOUCH_MS:
            await self._touch(digest, now)
        return principal_of(row)

    async def _touch(self, digest: bytes, now: int) -> None:
        seen = sa.update(session).where(session.c.digest == digest).values(seen_ms=now)
        try:
            await self._store.write(lambda tx: tx.execute(seen).rowcount)
        except StoreUnavailable as away:  # reading goes on; the session only ages a little faster
            _log.warning("session_not_noted", reason=away.reason.partition("\n")[0])

    def _idle_end(self, row: sa.RowMapping) -> int:
        idle = self._settings.idle_admin if row["role"] == "admin" else self._settings.idle
        return int(row["seen_ms"]) + int(idle.total_seconds() * 1000)

    async def end(self, value: str, *, by: str) -> None:
        """Ends a session; an unknown one is no mistake."""

        def job(tx: Transaction) -> None:
            if tx.execute(sa.delete(session).where(session.c.digest == _digest(value))).rowcount:
                tx.audit(by, "sign-out", "", {})

        await self._store.write(job)


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
