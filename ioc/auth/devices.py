"""Keys of devices and walls: a signed text (JWS, HS256 only) whose id is looked up, so that it can be revoked."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from ioc.auth.memory import Remembered
from ioc.auth.roles import CLASSES, from_ms, join_modules, split_modules, to_ms
from ioc.auth.settings import AuthSettings
from ioc.auth.tables import device_key
from ioc.contract.rights import Principal
from ioc.core.clock import Clock, iso
from ioc.core.errors import not_found
from ioc.core.ids import new_id
from ioc.core.text import nfc
from ioc.store import Job, Store, Transaction

Kind = Literal["device", "wall"]
ALGORITHM = "HS256"
HEADER = {"alg": ALGORITHM, "typ": "JWT"}  # exactly this; no kid, jku, crit or the like is ever looked at
ISSUER = "ioc"
MAX_CHARS = 1024
MAX_HEADER_CHARS = 64  # read before the signature is known to be ours


class Claims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key says; name, modules and the simulated mark are looked up, never believed."""

    iss: str
    aud: str
    typ: Kind
    jti: str
    iat: int
    exp: int


class Issued(msgspec.Struct, frozen=True):
    """A key just issued; `token` is shown once and not kept."""

    id: str
    token: str
    expires: str


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as listed."""

    id: str
    kind: Kind
    name: str
    modules: tuple[str, ...]
    simulated: bool
    issued: str
    expires: str
    issued_by: str
    revoked: str | None


class Devices:
    """Issues, checks and revokes the keys of one city."""

    def __init__(self, store: Store, settings: AuthSettings, clock: Clock, remembered: Remembered) -> None:
        self._store = store
        self._city = settings.city
        self._clock = clock
        self._remembered = remembered
        self._key = OctKey.import_key(hmac.digest(settings.secret, b"ioc device keys 1", "sha256"))

    async def issue(
        self,
        *,
        kind: Kind,
        name: str,
        by: str,
        modules: Iterable[str] = (),
        simulated: bool = False,
        valid_for: timedelta = timedelta(days=365),
    ) -> Issued:
        """A new key for a device (for some modules, or for all where none is named) or a wall."""
        job = self.issuing(kind=kind, name=name, modules=modules, simulated=simulated, valid_for=valid_for, by=by)
        return await self.issued(await self._store.write(job))

    def issuing(
        self,
        *,
        kind: Kind,
        name: str,
        by: str,
        modules: Iterable[str] = (),
        simulated: bool = False,
        valid_for: timedelta = timedelta(days=365),
    ) -> Job[str]:
        """What makes a new key in a commit and gives its id; the key itself is `issued` after it."""
        now = self._clock.now()
        row = {
            "id": new_id(),
            "kind": kind,
            "name": nfc(name.strip()),
            "modules": join_modules(modules),
            "simulated": simulated,
            "issued_ms": to_ms(now),
            "expires_ms": to_ms(now + valid_for),
            "issued_by": by,
            "revoked_ms": None,
        }
        return partial(_insert, row=row)

    async def issued(self, id: str) -> Issued:
        """The key of a row, signed; the same text however often. For who has just made it, and nobody else.

        Raises:
            Problem: 404 when there is no such key.
        """
        async with self._store.read() as read:
            row = (await read.execute(sa.select(device_key).where(device_key.c.id == id))).mappings().first()
        if row is None:
            raise not_found()
        since, until = from_ms(row["issued_ms"]), from_ms(row["expires_ms"])
        claims = Claims(
            iss=ISSUER,
            aud=self._city,
            typ=row["kind"],
            jti=id,
            iat=int(since.timestamp()),
            exp=int(until.timestamp()),
        )
        token = jws.serialize_compact(HEADER, msgspec.json.encode(claims), self._key, algorithms=[ALGORITHM])
        return Issued(id, token, iso(until))

    async def find(self, token: str) -> Principal | None:
        """Whose key it is; None for anything forged, foreign, expired or revoked."""
        claims = self._read(token)
        if claims is None:
            return None
        async with self._store.read() as read:
            found = await read.execute(sa.select(device_key).where(device_key.c.id == claims.jti))
            row = found.mappings().first()
        if row is None or row["revoked_ms"] is not None or row["kind"] != claims.typ:
            return None
        kind: Kind = row["kind"]
        return Principal(
            id=row["id"],
            name=row["name"],
            role=kind,
            modules=split_modules(row["modules"]),
            classes=CLASSES[kind],
            simulated=bool(row["simulated"]),
        )

    def _read(self, token: str) -> Claims | None:
        if len(token) > MAX_CHARS or not token.isascii() or token.count(".") != 2:
            return None
        try:
            header = token.partition(".")[0]
            if len(header) > MAX_HEADER_CHARS or _plain_object(_unbase64(header)) != HEADER:
                return None
            signed = jws.deserialize_compact(token, self._key, algorithms=[ALGORITHM])
            claims = msgspec.convert(_plain_object(signed.payload or b""), Claims)
        except (JoseError, ValueError):
            return None
        now = int(self._clock.now().timestamp())
        fits = claims.iss == ISSUER and claims.aud == self._city and claims.iat <= now + 60 and now < claims.exp
        return claims if fits else None

    async def list(self) -> list[Key]:
        """Every key, newest first."""
        async with self._store.read() as read:
            rows = (await read.execute(sa.select(device_key).order_by(device_key.c.id.desc()))).mappings().all()
        return [_listed(row) for row in rows]

    async def revoke(self, id: str, *, by: str) -> None:
        """Ends a key for good; open connections follow within seconds.

        Raises:
            Problem: 404 when there is no such key.
        """
        now = to_ms(self._clock.now())

        def job(tx: Transaction) -> int:
            ended = sa.update(device_key).where(device_key.c.id == id, device_key.c.revoked_ms.is_(None))
            if tx.execute(ended.values(revoked_ms=now)).rowcount:
                tx.audit(by, "key.revoked", id, {})
            return len(tx.execute(sa.select(device_key.c.id).where(device_key.c.id == id)).all())

        known = await self._store.write(job)
        self._remembered.forget()
        if not known:
            raise not_found()


def _insert(tx: Transaction, row: dict[str, Any]) -> str:
    id = str(row["id"])
    tx.execute(sa.insert(device_key).values(row))
    tx.audit(row["issued_by"], "key.issued", id, {"kind": row["kind"], "simulated": row["simulated"]})
    return id


def _listed(row: Any) -> Key:
    return Key(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        modules=tuple(sorted(split_modules(row["modules"]))),
        simulated=bool(row["simulated"]),
        issued=iso(from_ms(row["issued_ms"])),
        expires=iso(from_ms(row["expires_ms"])),
        issued_by=row["issued_by"],
        revoked=iso(from_ms(row["revoked_ms"])) if row["revoked_ms"] is not None else None,
    )


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _plain_object(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw, object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is given twice")
    return dict(pairs)
