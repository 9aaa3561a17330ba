"""Where people, sessions and device keys are kept. Times are whole milliseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

account = Table(
    "account",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("username", String(120), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("modules", String(2000), nullable=False),  # names joined by a blank; none means the whole city
    Column("password", String(300), nullable=False),
    Column("tries", Integer, nullable=False),  # from any address since `tries_since_ms`
    Column("tries_since_ms", BigInteger, nullable=False),
    Column("locked_until_ms", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("disabled_ms", BigInteger),
)

sign_in_address = Table(
    "sign_in_address",
    metadata,
    Column("account_id", String(36), ForeignKey("account.id"), primary_key=True),
    Column("address", LargeBinary(32), primary_key=True),  # a keyed hash; the address itself is never stored
    Column("tries", Integer, nullable=False),
    Column("locked_until_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("good_ms", BigInteger, nullable=False),  # when the right password last came from there; 0: never
)

session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # SHA-256 of the cookie, which itself is never stored
    Column("account_id", String(36), ForeignKey("account.id"), nullable=False),
    Column("opened_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Index("session_account", "account_id"),
)

device_key = Table(
    "device_key",
    metadata,
    Column("id", String(36), primary_key=True),  # the `jti` of the signed key
    Column("kind", String(10), nullable=False),
    Column("name", String(200), nullable=False),
    Column("modules", String(2000), nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("issued_by", String(120), nullable=False),
    Column("revoked_ms", BigInteger),
)
